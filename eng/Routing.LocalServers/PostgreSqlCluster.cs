using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using NpgsqlTypes;

namespace Routing.LocalServers;

/// <summary>
/// A throw-away PostgreSQL primary with streaming standbys on free ports of the loopback address, in a temporary directory.
/// Nothing outlives it: <see cref="DisposeAsync"/> ends the servers and removes the directory; so does the exit of the
/// process; if the process is killed, its guard does; and if the guard is killed too, the next start does.
/// Thread-safe.
/// </summary>
/// <remarks>
/// The guard is a shell in a session of its own that reads from a pipe of this process. When the pipe closes it ends all
/// server processes that work in the cluster's directory, and removes the directory. Disposing closes the pipe and waits:
/// there is one way to end a cluster, and every run exercises it.
/// </remarks>
public sealed class PostgreSqlCluster : IAsyncDisposable, IDisposable
{
    /// <summary>The superuser.</summary>
    public const string AdminUser = "routing_admin";

    /// <summary>The user applications log in as: it owns the databases of <see cref="CreateDatabaseAsync"/> and has no other right.</summary>
    public const string AppUser = "app";

    private const int StartAttempts = 5;

    // Longer than the guard gives servers to quit before it kills them.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    private readonly ClusterDirectory _directory;
    private readonly PostgreSqlClusterOptions _options;
    private readonly string _adminPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly string _appPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly Process _guard;
    private readonly EventHandler _onExit;
    private int _databases;
    private int _disposed;

    private PostgreSqlCluster(PostgreSqlClusterOptions options, PostgreSqlBinaries binaries, ClusterScript script, ClusterDirectory directory)
    {
        _options = options;
        _directory = directory;
        Binaries = binaries;
        Script = script;
        Nodes = [.. Enumerable.Range(0, options.Standbys + 1).Select(CreateNode)];
        Primary = Nodes[0];
        _guard = script.StartGuard(directory.Path);
        _onExit = (_, _) => Dispose();
        AppDomain.CurrentDomain.ProcessExit += _onExit;
    }

    /// <summary>The node that was promoted last; the first node before that.</summary>
    public PostgreSqlNode Primary { get; internal set; }

    /// <summary>All nodes but <see cref="Primary"/>.</summary>
    public ImmutableArray<PostgreSqlNode> Standbys => Nodes.Remove(Primary);

    /// <summary>All nodes, by name.</summary>
    public ImmutableArray<PostgreSqlNode> Nodes { get; }

    /// <summary>The installation the servers run from.</summary>
    public PostgreSqlBinaries Binaries { get; }

    /// <summary>The directory that holds everything of this cluster.</summary>
    public string DirectoryPath => _directory.Path;

    /// <summary>The number of the guard's process.</summary>
    public int GuardProcess => _guard.Id;

    internal ClusterScript Script { get; }

    internal TimeSpan Timeout => _options.Timeout;

    /// <summary>
    /// Ends what dead owners left, then starts a cluster and returns when every standby streams and has replayed all.
    /// </summary>
    /// <param name="options">What to start; default a primary and two standbys.</param>
    /// <param name="cancellationToken">Ends the start and whatever was started.</param>
    /// <exception cref="LocalServerException">PostgreSQL is not installed or did not start; says what to install, or the log's end.</exception>
    public static async Task<PostgreSqlCluster> StartAsync(PostgreSqlClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgreSqlClusterOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Standbys, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Standbys, 10);
        var (account, binaries) = await PrepareAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        var script = new ClusterScript(account, binaries.Directory);
        await script.EndStaleAsync(options.ParentDirectory, ClusterDirectory.PostgreSql, cancellationToken).ConfigureAwait(false);

        var directory = ClusterDirectory.Next(options.ParentDirectory, ClusterDirectory.PostgreSql);
        await script.RunAsync("create", directory.Path, cancellationToken: cancellationToken).ConfigureAwait(false);
        directory.Lock();
        var cluster = new PostgreSqlCluster(options, binaries, script, directory);
        try
        {
            await cluster.StartNodesAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the clusters whose owners are dead, and returns how many there were. Every start does this first.</summary>
    public static async Task<int> EndStaleAsync(PostgreSqlClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgreSqlClusterOptions();
        var (account, binaries) = await PrepareAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        return await new ClusterScript(account, binaries.Directory)
            .EndStaleAsync(options.ParentDirectory, ClusterDirectory.PostgreSql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Creates an empty database owned by <see cref="AppUser"/>, and returns when every running standby whose replay is not
    /// paused has it. Its name is <paramref name="name"/> with a number.
    /// </summary>
    public async Task<string> CreateDatabaseAsync(string name = "test", CancellationToken cancellationToken = default)
    {
        // Template0, because nobody can be connected to it, which would fail the creation.
        var database = string.Create(CultureInfo.InvariantCulture, $"{name}_{Interlocked.Increment(ref _databases)}");
        await Primary.ExecuteAsAdminAsync($"create database {Identifier(database)} owner {AppUser} template template0", cancellationToken: cancellationToken).ConfigureAwait(false);
        await WaitUntilReplayedAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return database;
    }

    /// <summary>Drops a database and ends the sessions in it.</summary>
    public Task DropDatabaseAsync(string database, CancellationToken cancellationToken = default) =>
        Primary.ExecuteAsAdminAsync($"drop database {Identifier(database)} with (force)", cancellationToken: cancellationToken);

    /// <summary>Waits until all running standbys stream from the primary.</summary>
    /// <exception cref="TimeoutException">They did not within <see cref="PostgreSqlClusterOptions.Timeout"/>; says which.</exception>
    public Task WaitUntilStreamingAsync(CancellationToken cancellationToken = default) =>
        WaitUntilStreamingAsync(Primary, Standbys.Where(n => n.State == NodeState.Running), cancellationToken);

    /// <summary>
    /// Waits until standbys have replayed up to <paramref name="position"/>, default all that the primary has written so far.
    /// </summary>
    /// <param name="position">The position.</param>
    /// <param name="nodes">Which; default all running standbys whose replay is not paused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">They did not within <see cref="PostgreSqlClusterOptions.Timeout"/>; says how far they came.</exception>
    public async Task WaitUntilReplayedAsync(
        NpgsqlLogSequenceNumber? position = null, IEnumerable<PostgreSqlNode>? nodes = null, CancellationToken cancellationToken = default)
    {
        var target = position ?? await Primary.PositionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var node in nodes ?? Standbys.Where(n => n is { State: NodeState.Running, IsReplayPaused: false }))
        {
            var reached = default(NpgsqlLogSequenceNumber);
            await WaitUntilAsync(
                async ct => (reached = await node.PositionAsync(ct).ConfigureAwait(false)) >= target,
                () => $"node {node.Name} to replay up to {target} (it is at {reached})",
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The numbers of all server processes of this cluster.</summary>
    public Task<IReadOnlyList<int>> ProcessesAsync(CancellationToken cancellationToken = default) =>
        Script.ProcessesAsync("processes", DirectoryPath, cancellationToken);

    /// <summary>Ends all servers at once and removes the directory; takes well under 5 s. Further calls do nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!BeginEnd())
        {
            return;
        }

        using var timeout = new CancellationTokenSource(EndTimeout, TimeProvider.System);
        try
        {
            await _guard.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The check below says what is left.
        }

        if (Directory.Exists(DirectoryPath))
        {
            // Somebody killed the guard before; what it would have done is a command as well.
            await Script.RunAsync("finish", DirectoryPath, cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }

        CompleteEnd();
    }

    /// <summary>As <see cref="DisposeAsync"/>, for the exit of the process: waits for the guard at most 10 s.</summary>
    public void Dispose()
    {
        if (!BeginEnd())
        {
            return;
        }

        _guard.WaitForExit(EndTimeout);
        CompleteEnd();
    }

    internal string PasswordOf(string user) => user switch
    {
        AppUser => _appPassword,
        AdminUser => _adminPassword,
        _ => throw new ArgumentException($"The cluster has the users {AppUser} and {AdminUser}; '{user}' is neither.", nameof(user)),
    };

    /// <summary>How <paramref name="standby"/> connects to stream from <paramref name="source"/>.</summary>
    internal string StreamFrom(PostgreSqlNode source, PostgreSqlNode standby) =>
        string.Create(CultureInfo.InvariantCulture, $"host={source.Host} port={source.Port} user={AdminUser} password={_adminPassword} application_name={standby.Name} sslmode=disable");

    internal async Task WaitUntilStreamingAsync(PostgreSqlNode source, IEnumerable<PostgreSqlNode> standbys, CancellationToken cancellationToken)
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

    internal async Task WaitUntilAsync(Func<CancellationToken, Task<bool>> condition, Func<string> what, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (!await condition(cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) > Timeout)
            {
                throw new TimeoutException($"Waited {Timeout.TotalSeconds:0} s for {what()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<(ServerAccount Account, PostgreSqlBinaries Binaries)> PrepareAsync(string? directory, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new LocalServerException("Local PostgreSQL servers are started on Linux and macOS only. On Windows use WSL.");
        }

        var account = await ServerAccount.FindAsync(PostgreSqlBinaries.Accounts, cancellationToken).ConfigureAwait(false);
        return (account, await PostgreSqlBinaries.FindAsync(directory, cancellationToken).ConfigureAwait(false));
    }

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private PostgreSqlNode CreateNode(int index)
    {
        var name = ((char)('a' + index)).ToString();
        return new PostgreSqlNode(this, name, _directory.Of(name));
    }

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await StartOnFreePortsAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (LocalServerException e) when (attempt < StartAttempts && e.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                // Another process took the port between our look and the server's.
                await Task.WhenAll(Nodes.Select(n => n.KillAsync(cancellationToken))).ConfigureAwait(false);
            }
        }

        await Primary.ExecuteAsAdminAsync($"create role {AppUser} login password '{_appPassword}'", cancellationToken: cancellationToken).ConfigureAwait(false);
        await WaitUntilStreamingAsync(cancellationToken).ConfigureAwait(false);
        await WaitUntilReplayedAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        var first = Primary.DataDirectory;
        await Script.RunAsync("init", first, [AdminUser], _adminPassword, cancellationToken).ConfigureAwait(false);
        await Script.RunAsync("write", Path.Combine(first, "postgresql.conf"), input: Settings(), cancellationToken: cancellationToken).ConfigureAwait(false);

        // A copy made before the first start is a complete backup, and much cheaper than pg_basebackup.
        await Task.WhenAll(Standbys.Select(s => Script.RunAsync("copy", first, [s.DataDirectory], cancellationToken: cancellationToken))).ConfigureAwait(false);
    }

    private async Task StartOnFreePortsAsync(CancellationToken cancellationToken)
    {
        var ports = FreePorts.Take(Nodes.Length);
        for (var i = 0; i < Nodes.Length; i++)
        {
            Nodes[i].Port = ports[i];
        }

        // A standby that is there before its primary asks again within wal_retrieve_retry_interval.
        await Task.WhenAll(Nodes.Select(async node =>
        {
            await node.ConfigureAsync(node.IsPrimary ? null : Primary, cancellationToken).ConfigureAwait(false);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
        })).ConfigureAwait(false);
    }

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

    private bool BeginEnd()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return false;
        }

        AppDomain.CurrentDomain.ProcessExit -= _onExit;
        try
        {
            _guard.StandardInput.Close();
        }
        catch (IOException)
        {
            // The guard is gone already.
        }

        return true;
    }

    private void CompleteEnd()
    {
        _guard.Dispose();
        _directory.Dispose();
    }
}
