using System.Diagnostics;

namespace Routing.Diagnostics;

/// <summary>The activity source of the library. Nothing is measured or allocated while nobody listens. Thread-safe.</summary>
public static class RoutingActivitySource
{
    /// <summary>The source's name, for <c>AddSource</c>.</summary>
    public const string Name = "Routing";

    internal static readonly ActivitySource Source = new(Name);
}
