using System.Diagnostics;
using System.Diagnostics.Metrics;
using Routing.Diagnostics;

namespace Routing.Benchmarks.Figures;

/// <summary>What does a listener for spans and one for metrics add to a statement, before anything is exported?</summary>
internal sealed class TelemetryOnFigure : DifferenceFigure
{
    private Func<int, ValueTask>? _ours;
    private Func<int, ValueTask>? _peer;
    private ActivityListener? _tracing;
    private MeterListener? _metering;

    public override string Name => "telemetry-on";

    public override string Peer => "the same line without telemetry";

    protected override Operation OurRun => Operation.Batch(_ours!);

    protected override Operation PeerRun => Operation.Batch(_peer!);

    public override ValueTask SetUpAsync()
    {
        _ours = TelemetryLine.Create();
        _peer = TelemetryLine.LoadCopy(isSupported: false);
        _tracing = new ActivityListener
        {
            ShouldListenTo = static source => ReferenceEquals(source, RoutingActivitySource.Source),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_tracing);
        _metering = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, RoutingMeter.Meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _metering.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _metering.Start();
        return default;
    }

    protected override ValueTask CleanUpAsync()
    {
        _tracing?.Dispose();
        _metering?.Dispose();
        return default;
    }
}
