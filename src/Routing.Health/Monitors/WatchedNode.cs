using Routing.Configuration;
using Routing.Drivers;
using Routing.Health.Detectors;
using Routing.Topology;

namespace Routing.Health.Monitors;

/// <summary>
/// One node's monitor and the evidence about the node. The evidence is guarded by its <see cref="DataSourceMonitor"/>'s lock.
/// </summary>
internal sealed class WatchedNode
{
    public WatchedNode(Node node, Func<WatchedNode, NodeMonitor> monitor)
    {
        Id = node.Id;
        Name = node.Name;
        Role = new RoleVerdict(node.Role, RoleConflict.None);
        Monitor = monitor(this);
    }

    public int Id { get; }

    public string Name { get; }

    public NodeMonitor Monitor { get; }

    public NodeHealth Health { get; set; } = new(NodeState.Unknown, 0, LeaseFailureCounted: false);

    /// <summary>The last answer; null before the first.</summary>
    public ProbeResult? Last { get; set; }

    /// <summary>The role it has; at first the one it came with.</summary>
    public RoleVerdict Role { get; set; }

    /// <summary>Whether anything has been observed, so that there is a verdict.</summary>
    public bool IsObserved { get; set; }

    /// <summary>Whether the current run of inconclusive probes has been logged.</summary>
    public bool InconclusiveLogged { get; set; }

    public long Epoch(Node published) => Last?.Epoch ?? published.Epoch;

    public RoleCandidate Candidate(Node published, ConfiguredRole configured, long highestEpoch) => new(
        configured,
        Last?.Role ?? published.Role,

        // Not the published one: publishing happens outside the lock and may still be under way.
        Role.Role,
        Health.State == NodeState.Down,
        Epoch(published),
        highestEpoch);

    public NodeVerdict Verdict(Node published) => new(
        Health.State, Role.Role, Epoch(published), Last is null ? published.Position : Last.Position, Last is null ? published.Lag : Last.Lag);
}
