using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Routing.Configuration;
using Routing.Health;
using Routing.Health.Monitors;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Routing's node monitors and health checks.</summary>
public static class RoutingHealthBuilderExtensions
{
    /// <summary>
    /// Watches every node: about once a second each is asked, over a connection of its own, whether it is alive, which role it
    /// has and how far it has come; routes follow the answers. Adds a health check per data source, named
    /// <c>routing:&lt;data source&gt;</c> and tagged <c>routing</c> and <c>ready</c>, and the meters <c>routing.node.state</c> and
    /// <c>routing.node.lag</c>. Calling it again changes nothing. Used at start-up, by one thread.
    /// </summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddHealth(this IRoutingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddHealthChecks();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HealthCheckServiceOptions>, RoutingHealthChecks>());
        services.TryAddSingleton<ITopologyMonitorFactory>(static provider => new DataSourceMonitorFactory(
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance));
        return builder;
    }
}
