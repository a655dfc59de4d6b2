namespace Routing.LocalServers;

/// <summary>What to start, of whichever engine. Immutable; the defaults suit tests.</summary>
public abstract record LocalClusterOptions
{
    /// <summary>Connections each node accepts; default 300.</summary>
    public int MaxConnections { get; init; } = 300;

    /// <summary>
    /// Further lines of the server's file of settings by name, on every node; they go before the ones chosen here. PostgreSQL's
    /// values are quoted for you.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The text of further files of a node by their names, given the node's; they are in its data directory before it starts, for the
    /// server's user alone, and <see cref="Settings"/> may name them: certificates, for one. Default none.
    /// </summary>
    public Func<string, IReadOnlyDictionary<string, string>>? Files { get; init; }

    /// <summary>The directory of the server's programs; default: found, see <see cref="PostgreSqlBinaries.FindAsync"/> and <see cref="MariaDbBinaries.FindAsync"/>.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>
    /// Where the cluster's directory is made and stale ones are looked for; default <c>/tmp</c>. The servers' user must
    /// be able to write to it, which is rarely so for another user's TMPDIR.
    /// </summary>
    public string ParentDirectory { get; init; } = "/tmp";

    /// <summary>How long the start, a restart or a wait may take before it fails; default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
