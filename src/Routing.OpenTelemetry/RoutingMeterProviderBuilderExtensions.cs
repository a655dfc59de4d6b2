using Routing.Diagnostics;

// Where OpenTelemetry's own instrumentations have theirs, so that no further using is needed.
namespace OpenTelemetry.Metrics;

/// <summary>Adds Routing's metrics to a meter provider.</summary>
public static class RoutingMeterProviderBuilderExtensions
{
    /// <summary>Listens to the metrics of every data source of the process: operations, pools, nodes, background loops. Calling it again changes nothing.</summary>
    /// <param name="builder">The meter provider's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddRoutingInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(RoutingMeter.Name);
    }
}
