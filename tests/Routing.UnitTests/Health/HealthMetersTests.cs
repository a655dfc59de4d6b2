using System.Diagnostics.Metrics;
using System.Globalization;
using Routing.Diagnostics;
using Routing.Topology;

namespace Routing.UnitTests.Health;

public sealed class HealthMetersTests
{
    [Fact]
    public async Task Gauges_show_state_and_lag_of_each_watched_node_until_the_monitor_stops()
    {
        await using var f = new HealthFixture("gauge-a", "gauge-b");
        f.Answers("gauge-a", NodeRole.Primary);
        f.Answers("gauge-b", NodeRole.Replica, lagMs: 1500);
        f.Driver("gauge-a").Answer = f.Driver("gauge-a").Answer with { Lag = null };
        await f.Monitor.InitialProbeAsync(async: true, default);

        Assert.Equal(
            ["routing.node.lag orders gauge-b 1.5", "routing.node.state orders gauge-a 1", "routing.node.state orders gauge-b 1"],
            Measure());

        await f.Monitor.DisposeAsync();
        Assert.Empty(Measure());
    }

    private static string[] Measure()
    {
        var lines = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, l) =>
            {
                if (instrument.Meter.Name == RoutingMeter.Name && instrument.Name.StartsWith("routing.node.", StringComparison.Ordinal))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. lines.Order(StringComparer.Ordinal)];

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // Other tests watch nodes of their own meanwhile.
            if (tags[1].Value is string node && node.StartsWith("gauge-", StringComparison.Ordinal))
            {
                Assert.Equal(("routing.data_source", "routing.node"), (tags[0].Key, tags[1].Key));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {tags[0].Value} {node} {value}"));
            }
        }
    }
}
