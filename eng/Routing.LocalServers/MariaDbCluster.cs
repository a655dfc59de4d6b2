namespace Routing.LocalServers;

/// <summary>
/// A throw-away MariaDB primary with replicas (GTID replication). The application's user may also see how far replication has come
/// (SLAVE MONITOR). Thread-safe.
/// </summary>
public sealed class MariaDbCluster : LocalCluster<MariaDbNode>
{
    private MariaDbCluster(MariaDbClusterOptions options, MariaDbBinaries binaries, ClusterScript script, ClusterDirectory directory)
        : base(options, script, directory, options.Replicas + 1, (cluster, index) => new MariaDbNode((MariaDbCluster)cluster, directory, index)) =>
        Binaries = binaries;

    /// <summary>The installation the servers run from.</summary>
    public MariaDbBinaries Binaries { get; }

    /// <summary>Ends what dead owners left, then starts a cluster and returns when every replica has all the primary has.</summary>
    /// <param name="options">What to start; default a primary and one replica.</param>
    /// <param name="cancellationToken">Ends the start and whatever was started.</param>
    /// <exception cref="LocalServerException">MariaDB is not installed or did not start; says what to install, or the log's end.</exception>
    public static async Task<MariaDbCluster> StartAsync(MariaDbClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MariaDbClusterOptions();
        CheckReplicas(options.Replicas);
        RefuseWindows("MariaDB");
        var account = await ServerAccount.FindAsync(MariaDbBinaries.Accounts, cancellationToken).ConfigureAwait(false);
        var binaries = await MariaDbBinaries.FindAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        var script = new ClusterScript(account, binaries.Directory);
        return await StartAsync(
            options, ClusterDirectory.MariaDb, script, directory => new MariaDbCluster(options, binaries, script, directory), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task WaitUntilReplicatedAsync(CancellationToken cancellationToken = default)
    {
        var target = await Primary.PositionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var node in Replicas.Where(n => n is { State: NodeState.Running, IsReplicationPaused: false }))
        {
            await node.WaitForAsync(target, cancellationToken).ConfigureAwait(false);
        }
    }

    private protected override Task InitializeAsync(LocalNode first, CancellationToken cancellationToken) =>
        Script.RunAsync("init-mariadb", first.DataDirectory, cancellationToken: cancellationToken);

    private protected override async Task CompleteStartAsync(CancellationToken cancellationToken)
    {
        foreach (var replica in Replicas)
        {
            await replica.FollowAsync(Primary, cancellationToken).ConfigureAwait(false);
        }
    }

    private protected override IEnumerable<string> CreateStatements(string database) =>
    [
        $"create database `{database}` character set utf8mb4",
        $"grant all on `{database}`.* to {AppUser}@'%'",
    ];

    private protected override string DropStatement(string database) => $"drop database if exists `{database}`";
}
