using Routing.Topology;

namespace Routing.Routes;

/// <summary>Why a node was chosen.</summary>
public enum RouteReason
{
    /// <summary>None: there is no node to go to.</summary>
    None,

    /// <summary>The statement writes, or cannot be proven to read only.</summary>
    WriteGoesToPrimary,

    /// <summary>A usable, fresh replica serves the read.</summary>
    ReadGoesToReplica,

    /// <summary>Reads prefer the primary by configuration.</summary>
    ReadPrefersPrimary,

    /// <summary>The data source has one node.</summary>
    OnlyNode,

    /// <summary>No replica is usable or fresh enough; the policy sends the read to the primary.</summary>
    NoReplicaUsable,

    /// <summary>There is no primary; a replica serves the read.</summary>
    NoPrimary,

    /// <summary>The statement runs on the connection its session or transaction holds.</summary>
    HeldConnection,
}

/// <summary>The chosen node and why. <see cref="Node"/> is null when none can serve.</summary>
internal readonly struct Route(Node? node, Intent intent, RouteReason reason)
{
    public Node? Node { get; } = node;

    public Intent Intent { get; } = intent;

    public RouteReason Reason { get; } = reason;
}
