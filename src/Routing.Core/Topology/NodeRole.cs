namespace Routing.Topology;

/// <summary>What a node is for.</summary>
public enum NodeRole
{
    /// <summary>Not known yet: the node has not answered since it was added. It serves nothing.</summary>
    Unknown,

    /// <summary>Accepts writes; there is at most one per shard.</summary>
    Primary,

    /// <summary>Follows a primary and serves reads.</summary>
    Replica,
}

/// <summary>How a node is doing, as last judged by its monitor.</summary>
public enum NodeState
{
    /// <summary>Not probed yet. It counts as usable, so that a service without monitors works.</summary>
    Unknown,

    /// <summary>Answers.</summary>
    Up,

    /// <summary>Failed its last probe; used only when nothing better is there.</summary>
    Suspect,

    /// <summary>Failed several probes in a row; not used until a probe succeeds.</summary>
    Down,

    /// <summary>Taken out by configuration: finishes what runs on it, gets nothing new.</summary>
    Draining,
}
