using System.Diagnostics.Metrics;

namespace Routing.Diagnostics;

/// <summary>The one meter that every instrument of Routing belongs to. Thread-safe.</summary>
public static class RoutingMeter
{
    /// <summary>The meter's name, for <c>AddMeter</c>.</summary>
    public const string Name = "Routing";

    internal static readonly Meter Meter = new(Name);
}
