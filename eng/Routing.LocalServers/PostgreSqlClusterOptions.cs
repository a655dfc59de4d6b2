namespace Routing.LocalServers;

/// <summary>What to start. Immutable; the defaults suit tests.</summary>
public sealed record PostgreSqlClusterOptions : LocalClusterOptions
{
    /// <summary>How many streaming standbys besides the primary; 0 to 10, default 2.</summary>
    public int Standbys { get; init; } = 2;

    /// <summary>
    /// Whether the servers wait for the disk; default false, which only a crash of the operating system could tell from
    /// true: a killed server loses nothing either way.
    /// </summary>
    public bool Fsync { get; init; }
}
