using System.Diagnostics;
using System.Diagnostics.Metrics;
using Routing.Diagnostics;

namespace Routing.Sessions;

/// <summary>Counts the rows of bulk inserts. Thread-safe.</summary>
internal static class BulkMeter
{
    public static readonly Counter<long> Rows = RoutingMeter.Meter.CreateCounter<long>(
        "routing.bulk_insert.rows", "{row}", "Rows that bulk inserts loaded, also where their transaction was rolled back later.");

    public static void Record(DataSourceRuntime source, in RoutedLease lease, long rows)
    {
        if (Telemetry.IsSupported && Rows.Enabled)
        {
            Rows.Add(rows, new TagList
            {
                { Tags.System, lease.Driver.System },
                { Tags.DataSource, source.Name },
                { Tags.Node, lease.Node.Name },
            });
        }
    }
}
