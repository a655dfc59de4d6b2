using System.Collections.Immutable;
using System.Globalization;
using NpgsqlTypes;

namespace Routing.LocalServers;

/// <summary>A throw-away PostgreSQL primary with streaming standbys. Thread-safe.</summary>
public sealed class PostgreSqlCluster : LocalCluster<PostgreSqlNode>
{
    private readonly PostgreSqlClusterOptions _options;

    private PostgreSqlCluster(PostgreSqlClusterOptions options, PostgreSqlBinaries binaries, ClusterScript script, ClusterDirectory directory)
        : base(options, script, directory, options.Standbys + 1, (cluster, index) => new PostgreSqlNode((PostgreSqlCluster)cluster, directory, index))
    {
        _options = options;
        Binaries = binaries;
    }

    /// <summary>All nodes but the primary.</summary>
    public ImmutableArray<PostgreSqlNode> Standbys => Replicas;

    /// <summary>The installation the servers run from.</summary>
    public PostgreSqlBinaries Binaries { get; }

    /// <summary>
    /// Ends what dead owners left, then starts a cluster and returns when every standby streams and has replayed all.
    /// </summary>
    /// <param name="options">What to start; default a primary and two standbys.</param>
    /// <param name="cancellationToken">Ends the start and whatever was started.</param>
    /// <exception cref="LocalServerException">PostgreSQL is not installed or did not start; says what to install, or the log's end.</exception>
    public static async Task<PostgreSqlCluster> StartAsync(PostgreSqlClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgreSqlClusterOptions();
        CheckReplicas(options.Standbys);
        var (account, binaries) = await PrepareAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        var script = new ClusterScript(account, binaries.Directory);
        return await StartAsync(
            options, ClusterDirectory.PostgreSql, script, directory => new PostgreSqlCluster(options, binaries, script, directory), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the clusters whose owners are dead, and returns how many there were. Every start does this first.</summary>
    public static async Task<int> EndStaleAsync(PostgreSqlClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgreSqlClusterOptions();
        var (account, binaries) = await PrepareAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        return await new ClusterScript(account, binaries.Directory)
            .EndStaleAsync(options.ParentDirectory, ClusterDirectory.PostgreSql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until all running standbys stream from the primary.</summary>
    /// <exception cref="TimeoutException">They did not within <see cref="LocalClusterOptions.Timeout"/>; says which.</exception>
    public Task WaitUntilStreamingAsync(CancellationToken cancellationToken = default) =>
        WaitUntilStreamingAsync(Primary, Standbys.Where(n => n.State == NodeState.Running), cancellationToken);

    /// <inheritdoc/>
    public override async Task WaitUntilReplicatedAsync(CancellationToken cancellationToken = default)
    {
        var target = await Primary.PositionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var node in Standbys.Where(n => n is { State: NodeState.Running, IsReplicationPaused: false }))
        {
            var reached = default(NpgsqlLogSequenceNumber);
            await WaitUntilAsync(
                async ct => (reached = await node.PositionAsync(ct).ConfigureAwait(false)) >= target,
                () => $"node {node.Name} to replay up to {target} (it is at {reached})",
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How <paramref name="standby"/> connects to stream from <paramref name="source"/>.</summary>
    internal string StreamFrom(LocalNode source, PostgreSqlNode standby) =>
        string.Create(CultureInfo.InvariantCulture, $"host={source.Host} port={source.Port} user={AdminUser} password={PasswordOf(AdminUser)} application_name={standby.Name} sslmode=disable");

    internal async Task WaitUntilStreamingAsync(LocalNode source, IEnumerable<PostgreSqlNode> standbys, CancellationToken cancellationToken)
    {
        foreach (var standby in standbys)
        {
            var sql = $"select count(*) from pg_stat_replication where application_name = '{standby.Name}' and state = 'streaming'";
            await WaitUntilAsync(
                async ct => await source.QueryAsAdminAsync(sql, cancellationToken: ct).ConfigureAwait(false) != "0",
                () => $"node {standby.Name} to stream from {source.Name}; its log ends:{Environment.NewLine}{standby.LogTail()}",
                cancellationToken).ConfigureAwait(false);
        }
    }

    private protected override async Task InitializeAsync(LocalNode first, CancellationToken cancellationToken)
    {
        await Script.RunAsync("init", first.DataDirectory, [AdminUser], PasswordOf(AdminUser), cancellationToken).ConfigureAwait(false);
        await first.WriteFileAsync("postgresql.conf", Settings(), cancellationToken).ConfigureAwait(false);
    }

    private protected override async Task CompleteStartAsync(CancellationToken cancellationToken)
    {
        await Primary.ExecuteAsAdminAsync($"create role {AppUser} login password '{PasswordOf(AppUser)}'", cancellationToken: cancellationToken).ConfigureAwait(false);
        await WaitUntilStreamingAsync(cancellationToken).ConfigureAwait(false);
    }

    // Template0, because nobody can be connected to it, which would fail the creation.
    private protected override IEnumerable<string> CreateStatements(string database) =>
        [$"create database {Identifier(database)} owner {AppUser} template template0"];

    private protected override string DropStatement(string database) => $"drop database {Identifier(database)} with (force)";

    private static async Task<(ServerAccount Account, PostgreSqlBinaries Binaries)> PrepareAsync(string? directory, CancellationToken cancellationToken)
    {
        RefuseWindows("PostgreSQL");
        var account = await ServerAccount.FindAsync(PostgreSqlBinaries.Accounts, cancellationToken).ConfigureAwait(false);
        return (account, await PostgreSqlBinaries.FindAsync(directory, cancellationToken).ConfigureAwait(false));
    }

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string Settings()
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = "127.0.0.1",

            // TCP only: a socket's lock file would stop the restart of a killed server, and its path has a length limit.
            ["unix_socket_directories"] = "",
            ["max_connections"] = _options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["password_encryption"] = "scram-sha-256",
            ["shared_buffers"] = "64MB",

            // In the data directory, so that those of a killed server go with it; and /dev/shm is small in containers.
            ["dynamic_shared_memory_type"] = "mmap",
            ["fsync"] = _options.Fsync ? "on" : "off",
            ["wal_level"] = "replica",
            ["hot_standby"] = "on",
            ["max_wal_senders"] = "12",
            ["max_prepared_transactions"] = "64",

            // A standby that was away for a whole stress run still finds what it missed.
            ["wal_keep_size"] = "512MB",
            ["min_wal_size"] = "32MB",

            // As soon as the primary is back, and as fresh as can be: a test waits for both.
            ["wal_retrieve_retry_interval"] = "100ms",
            ["wal_receiver_status_interval"] = "1s",
            ["log_line_prefix"] = "%m [%p] %q%u@%d ",
            ["lc_messages"] = "C",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        foreach (var (name, value) in _options.Settings)
        {
            settings[name] = value;
        }

        return string.Concat(settings.Select(s => $"{s.Key} = '{s.Value.Replace("'", "''", StringComparison.Ordinal)}'\n"));
    }
}
