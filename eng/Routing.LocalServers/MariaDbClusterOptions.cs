namespace Routing.LocalServers;

/// <summary>What to start. Immutable; the defaults suit tests.</summary>
public sealed record MariaDbClusterOptions
{
    /// <summary>How many replicas besides the primary; 0 to 10, default 1.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Connections each node accepts; default 300.</summary>
    public int MaxConnections { get; init; } = 300;

    /// <summary>Further lines of the server's option file by name, on every node; they go before the ones chosen here.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The directory of <c>mariadb-install-db</c>; default: found, see <see cref="MariaDbBinaries.FindAsync"/>.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>
    /// Where the cluster's directory is made and stale ones are looked for; default <c>/tmp</c>. The servers' user must
    /// be able to write to it, which is rarely so for another user's TMPDIR.
    /// </summary>
    public string ParentDirectory { get; init; } = "/tmp";

    /// <summary>How long the start, a restart or a wait may take before it fails; default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
