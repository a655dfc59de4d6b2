using System.Diagnostics;

namespace Routing.Diagnostics;

/// <summary>The activity source of the library. Nothing is measured or allocated while nobody listens.</summary>
internal static class Tracing
{
    public const string SourceName = "Routing";

    public static readonly ActivitySource Source = new(SourceName);
}
