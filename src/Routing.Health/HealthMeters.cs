using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Routing.Diagnostics;
using Routing.Health.Monitors;
using Routing.Topology;

namespace Routing.Health;

/// <summary>
/// The gauges about nodes. An instrument lives as long as its meter, so there is one of each for the process, reading
/// whichever monitors run at the moment. Thread-safe.
/// </summary>
internal static class HealthMeters
{
    public const string DataSourceTag = "routing.data_source";
    public const string NodeTag = "routing.node";

    private static ImmutableArray<DataSourceMonitor> _monitors = [];

    static HealthMeters()
    {
        RoutingMeter.Meter.CreateObservableGauge(
            "routing.node.state",
            static () => Observe<int>(static node => (int)node.State),
            description: "A node's state: 0 unknown, 1 up, 2 suspect, 3 down, 4 draining.");
        RoutingMeter.Meter.CreateObservableGauge(
            "routing.node.lag",
            static () => Observe<double>(static node => node.Lag?.TotalSeconds),
            "s",
            "How long a node's data lags behind its primary, as last probed.");
    }

    public static void Add(DataSourceMonitor monitor) =>
        ImmutableInterlocked.Update(ref _monitors, static (monitors, added) => monitors.Add(added), monitor);

    public static void Remove(DataSourceMonitor monitor) =>
        ImmutableInterlocked.Update(ref _monitors, static (monitors, removed) => monitors.Remove(removed), monitor);

    private static List<Measurement<T>> Observe<T>(Func<Node, T?> value)
        where T : struct
    {
        var measurements = new List<Measurement<T>>();
        foreach (var monitor in _monitors)
        {
            foreach (var node in monitor.Current.Nodes)
            {
                if (value(node) is { } measured)
                {
                    measurements.Add(new Measurement<T>(
                        measured,
                        new KeyValuePair<string, object?>(DataSourceTag, monitor.Current.DataSource),
                        new KeyValuePair<string, object?>(NodeTag, node.Name)));
                }
            }
        }

        return measurements;
    }
}
