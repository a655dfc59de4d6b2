using System.Collections.ObjectModel;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Routing.Topology;

namespace Routing.Health;

/// <summary>
/// How one data source is doing, read from its published topology; asks no node and never waits.
/// Healthy: writes and reads are possible and every node is in order. Degraded: only reads are possible, or a node is
/// suspect, down or of unknown role. Unhealthy (or the registration's failure status): nothing is possible.
/// The data are the nodes. Thread-safe.
/// </summary>
internal sealed class RoutingHealthCheck(ITopologyRegistry registry, string dataSource) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var failure = context.Registration.FailureStatus;
        return Task.FromResult(registry.TryGet(dataSource, out var store)
            ? Judge(store.Current, failure)
            : new HealthCheckResult(failure, $"{dataSource}: not a data source of this process."));
    }

    internal static HealthCheckResult Judge(TopologySnapshot topology, HealthStatus failure)
    {
        var nodes = topology.Nodes.ToList();
        var writable = nodes.Exists(static node => node.Role == NodeRole.Primary && IsUsable(node));
        var readable = writable || nodes.Exists(static node => node.Role == NodeRole.Replica && IsUsable(node));
        var troubled = nodes.FindAll(static node => IsTroubled(node));
        var status = !readable ? failure : !writable || troubled.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy;
        var can = writable ? "reads and writes" : readable ? "reads only, no usable primary" : "neither reads nor writes";
        var trouble = troubled.Count == 0 ? "" : $" ({string.Join(", ", troubled.Select(Describe))})";
        return new HealthCheckResult(status, $"{topology.DataSource}: {can}{trouble}.", data: Table(nodes));
    }

    private static bool IsUsable(Node node) => node.State is NodeState.Unknown or NodeState.Up or NodeState.Suspect;

    // A draining node is where its operator wants it; it only shows when nothing is left to do its work.
    private static bool IsTroubled(Node node) =>
        node.State is NodeState.Suspect or NodeState.Down || (node.Role == NodeRole.Unknown && node.State != NodeState.Draining);

    private static string Describe(Node node) => string.Create(CultureInfo.InvariantCulture, $"{node.Name}: {node.Role} {node.State}");

    private static ReadOnlyDictionary<string, object> Table(List<Node> nodes) => new(nodes.ToDictionary(
        static node => node.Name,
        static object (node) => new Dictionary<string, object?>
        {
            ["role"] = node.Role.ToString(),
            ["state"] = node.State.ToString(),
            ["lagMs"] = node.Lag?.TotalMilliseconds,
            ["position"] = node.Position?.ToString(),
            ["epoch"] = node.Epoch,
            ["weight"] = node.Weight,
            ["inFlight"] = node.Load.InFlight,
        }));
}
