using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Routing.Topology;

namespace Routing.Health;

/// <summary>
/// Adds a check <c>routing:&lt;data source&gt;</c> per data source when the health checks are first used: only then are all
/// data sources known, also those set up in code after <c>AddHealth()</c>.
/// </summary>
internal sealed class RoutingHealthChecks(ITopologyRegistry registry) : IConfigureOptions<HealthCheckServiceOptions>
{
    public void Configure(HealthCheckServiceOptions options)
    {
        foreach (var dataSource in registry.DataSources)
        {
            options.Registrations.Add(new HealthCheckRegistration(
                $"routing:{dataSource}", new RoutingHealthCheck(registry, dataSource), HealthStatus.Unhealthy, ["routing", "ready"]));
        }
    }
}
