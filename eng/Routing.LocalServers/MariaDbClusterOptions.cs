namespace Routing.LocalServers;

/// <summary>What to start. Immutable; the defaults suit tests.</summary>
public sealed record MariaDbClusterOptions : LocalClusterOptions
{
    /// <summary>How many replicas besides the primary; 0 to 10, default 1.</summary>
    public int Replicas { get; init; } = 1;
}
