namespace Routing.Topology;

/// <summary>One server or file as of one snapshot. Immutable and thread-safe; a change makes a new one with <c>with</c>.</summary>
public sealed record Node
{
    /// <summary>The name it has under <c>Nodes</c> in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>A number that stays the node's own while the process runs and is never given to another.</summary>
    public required int Id { get; init; }

    /// <summary>Its role. Default <see cref="NodeRole.Unknown"/>: configured as <c>Auto</c> and not asked yet.</summary>
    public NodeRole Role { get; init; }

    /// <summary>Its state. Default <see cref="NodeState.Unknown"/>.</summary>
    public NodeState State { get; init; }

    /// <summary>Its share of the reads against the other replicas, 0-1000; 0 gets none while another replica is usable. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The availability zone it stands in; null when not configured.</summary>
    public string? Zone { get; init; }

    /// <summary>The engine's own failover count (PostgreSQL: the timeline); 0 where the engine has none or before the first probe.</summary>
    public long Epoch { get; init; }

    /// <summary>The last position its monitor saw; null before the first probe and on engines without positions.</summary>
    public NodePosition? Position { get; init; }

    /// <summary>How long its data lags behind its primary, as last probed; null when not known.</summary>
    public TimeSpan? Lag { get; init; }

    /// <summary>Whether every read here sees every committed write anywhere in the data source (SQLite: one file).</summary>
    public bool AlwaysFresh { get; init; }

    internal NodeLoad Load { get; init; } = new();
}
