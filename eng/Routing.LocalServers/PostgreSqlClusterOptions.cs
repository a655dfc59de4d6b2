namespace Routing.LocalServers;

/// <summary>What to start. Immutable; the defaults suit tests.</summary>
public sealed record PostgreSqlClusterOptions
{
    /// <summary>How many streaming standbys besides the primary; 0 to 10, default 2.</summary>
    public int Standbys { get; init; } = 2;

    /// <summary>Connections each node accepts; default 300.</summary>
    public int MaxConnections { get; init; } = 300;

    /// <summary>
    /// Whether the servers wait for the disk; default false, which only a crash of the operating system could tell from
    /// true: a killed server loses nothing either way.
    /// </summary>
    public bool Fsync { get; init; }

    /// <summary>Further lines of postgresql.conf by name, on every node; they go before the ones chosen here. Values are quoted for you.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The directory of initdb, pg_ctl, postgres and pg_basebackup; default: found, see <see cref="PostgreSqlBinaries.FindAsync"/>.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>
    /// Where the cluster's directory is made and stale ones are looked for; default <c>/tmp</c>. The servers' user must
    /// be able to write to it, which is rarely so for another user's TMPDIR.
    /// </summary>
    public string ParentDirectory { get; init; } = "/tmp";

    /// <summary>How long the start, a restart or a wait may take before it fails; default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
