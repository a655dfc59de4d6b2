using System.Diagnostics.Metrics;

namespace Routing.Diagnostics;

/// <summary>The one meter that every instrument of Routing belongs to. Thread-safe.</summary>
public static class RoutingMeter
{
    /// <summary>The meter's name, for <c>AddMeter</c>.</summary>
    public const string Name = "Routing";

    internal static readonly Meter Meter = new(Name);

    /// <summary>The boundaries that OpenTelemetry advises for the durations of database calls, in seconds; the usual default is made for milliseconds.</summary>
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    internal static Histogram<double> CreateDuration(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, tags: null, Durations);
}
