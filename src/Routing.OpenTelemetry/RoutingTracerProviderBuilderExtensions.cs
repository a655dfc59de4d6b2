using Routing.Diagnostics;

// Where OpenTelemetry's own instrumentations have theirs, so that no further using is needed.
namespace OpenTelemetry.Trace;

/// <summary>Adds Routing's spans to a tracer provider.</summary>
public static class RoutingTracerProviderBuilderExtensions
{
    /// <summary>
    /// Listens to the spans of every data source of the process. Calling it again changes nothing. The driver's own
    /// instrumentation need not be added, and makes no spans beside these if it is; see <c>Telemetry:DriverSpans</c>.
    /// </summary>
    /// <param name="builder">The tracer provider's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TracerProviderBuilder AddRoutingInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(RoutingActivitySource.Name);
    }
}
