using System.Diagnostics.Metrics;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>A listener to every instrument of the process, ours and the driver's, that does nothing with what it hears.</summary>
internal static class Metering
{
    public static MeterListener Start()
    {
        var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<int>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }
}
