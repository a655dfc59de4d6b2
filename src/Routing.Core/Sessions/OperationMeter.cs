using System.Diagnostics.Metrics;
using Routing.Diagnostics;

namespace Routing.Sessions;

/// <summary>The histogram of operations, by OpenTelemetry's convention. Thread-safe.</summary>
internal static class OperationMeter
{
    public static readonly Histogram<double> Duration = RoutingMeter.CreateDuration(
        "db.client.operation.duration", "Duration of database client operations.");

    public static void Record(in OperationEnding ending)
    {
        if (Duration.Enabled)
        {
            Duration.Record(ending.Duration.TotalSeconds, ending.Tags());
        }
    }
}
