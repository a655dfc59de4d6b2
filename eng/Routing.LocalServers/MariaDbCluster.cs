using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Routing.LocalServers;

/// <summary>
/// A throw-away MariaDB primary with replicas (GTID replication) on free ports of the loopback address, in a temporary
/// directory. Nothing outlives it, in the same way as with <see cref="PostgreSqlCluster"/>: its guard ends the servers and
/// removes the directory when this process disposes the cluster or ends, however it ends. Thread-safe.
/// </summary>
public sealed class MariaDbCluster : IAsyncDisposable, IDisposable
{
    /// <summary>The user with all rights.</summary>
    public const string AdminUser = "routing_admin";

    /// <summary>
    /// The user applications log in as: it has all rights on the databases of <see cref="CreateDatabaseAsync"/>, may see how
    /// far replication has come (SLAVE MONITOR), and has no other right.
    /// </summary>
    public const string AppUser = "app";

    private const int StartAttempts = 5;

    // Longer than the guard gives servers to end.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    private readonly ClusterDirectory _directory;
    private readonly MariaDbClusterOptions _options;
    private readonly string _adminPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly string _appPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly Process _guard;
    private readonly EventHandler _onExit;
    private int _databases;
    private int _disposed;

    private MariaDbCluster(MariaDbClusterOptions options, MariaDbBinaries binaries, ClusterScript script, ClusterDirectory directory)
    {
        _options = options;
        _directory = directory;
        Binaries = binaries;
        Script = script;
        Nodes = [.. Enumerable.Range(0, options.Replicas + 1).Select(CreateNode)];
        Primary = Nodes[0];
        _guard = script.StartGuard(directory.Path);
        _onExit = (_, _) => Dispose();
        AppDomain.CurrentDomain.ProcessExit += _onExit;
    }

    /// <summary>The node that was promoted last; the first node before that.</summary>
    public MariaDbNode Primary { get; internal set; }

    /// <summary>All nodes but <see cref="Primary"/>.</summary>
    public ImmutableArray<MariaDbNode> Replicas => Nodes.Remove(Primary);

    /// <summary>All nodes, by name.</summary>
    public ImmutableArray<MariaDbNode> Nodes { get; }

    /// <summary>The installation the servers run from.</summary>
    public MariaDbBinaries Binaries { get; }

    /// <summary>The directory that holds everything of this cluster.</summary>
    public string DirectoryPath => _directory.Path;

    /// <summary>The number of the guard's process.</summary>
    public int GuardProcess => _guard.Id;

    internal ClusterScript Script { get; }

    internal MariaDbClusterOptions Options => _options;

    internal TimeSpan Timeout => _options.Timeout;

    /// <summary>Ends what dead owners left, then starts a cluster and returns when every replica has all the primary has.</summary>
    /// <param name="options">What to start; default a primary and one replica.</param>
    /// <param name="cancellationToken">Ends the start and whatever was started.</param>
    /// <exception cref="LocalServerException">MariaDB is not installed or did not start; says what to install, or the log's end.</exception>
    public static async Task<MariaDbCluster> StartAsync(MariaDbClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MariaDbClusterOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Replicas, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Replicas, 10);
        if (OperatingSystem.IsWindows())
        {
            throw new LocalServerException("Local MariaDB servers are started on Linux and macOS only. On Windows use WSL.");
        }

        var account = await ServerAccount.FindAsync(MariaDbBinaries.Accounts, cancellationToken).ConfigureAwait(false);
        var binaries = await MariaDbBinaries.FindAsync(options.BinDirectory, cancellationToken).ConfigureAwait(false);
        var script = new ClusterScript(account, binaries.Directory);
        await script.EndStaleAsync(options.ParentDirectory, ClusterDirectory.MariaDb, cancellationToken).ConfigureAwait(false);

        var directory = ClusterDirectory.Next(options.ParentDirectory, ClusterDirectory.MariaDb);
        await script.RunAsync("create", directory.Path, cancellationToken: cancellationToken).ConfigureAwait(false);
        directory.Lock();
        var cluster = new MariaDbCluster(options, binaries, script, directory);
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

    /// <summary>
    /// Creates an empty database (utf8mb4) with all rights for <see cref="AppUser"/>, and returns when every running replica
    /// whose replication is not paused has it. Its name is <paramref name="name"/> with a number.
    /// </summary>
    public async Task<string> CreateDatabaseAsync(string name = "test", CancellationToken cancellationToken = default)
    {
        var database = string.Create(CultureInfo.InvariantCulture, $"{name}_{Interlocked.Increment(ref _databases)}");
        await Primary.ExecuteAsAdminAsync($"create database `{database}` character set utf8mb4", cancellationToken: cancellationToken).ConfigureAwait(false);
        await Primary.ExecuteAsAdminAsync($"grant all on `{database}`.* to {AppUser}@'%'", cancellationToken: cancellationToken).ConfigureAwait(false);
        await WaitUntilReplicatedAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return database;
    }

    /// <summary>Drops a database; sessions in it live on and find nothing.</summary>
    public Task DropDatabaseAsync(string database, CancellationToken cancellationToken = default) =>
        Primary.ExecuteAsAdminAsync($"drop database if exists `{database}`", cancellationToken: cancellationToken);

    /// <summary>Waits until replicas have applied up to <paramref name="position"/>, default all that the primary has written so far.</summary>
    /// <param name="position">A GTID position, such as <c>0-1-42</c>.</param>
    /// <param name="nodes">Which; default all running replicas whose replication is not paused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">They did not within <see cref="MariaDbClusterOptions.Timeout"/>; says how far they came.</exception>
    public async Task WaitUntilReplicatedAsync(string? position = null, IEnumerable<MariaDbNode>? nodes = null, CancellationToken cancellationToken = default)
    {
        var target = position ?? await Primary.PositionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var node in nodes ?? Replicas.Where(n => n is { State: NodeState.Running, IsReplicationPaused: false }))
        {
            await node.WaitForAsync(target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The numbers of all server processes of this cluster.</summary>
    public Task<IReadOnlyList<int>> ProcessesAsync(CancellationToken cancellationToken = default) =>
        Script.ProcessesAsync("processes", DirectoryPath, cancellationToken);

    /// <summary>Ends all servers at once and removes the directory. Further calls do nothing.</summary>
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

    private MariaDbNode CreateNode(int index)
    {
        var name = ((char)('a' + index)).ToString();
        return new MariaDbNode(this, name, index + 1, _directory.Of(name));
    }

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        var first = Primary.DataDirectory;
        await Script.RunAsync("init-mariadb", first, cancellationToken: cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(Replicas.Select(s => Script.RunAsync("copy", first, [s.DataDirectory], cancellationToken: cancellationToken))).ConfigureAwait(false);
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

        foreach (var replica in Replicas)
        {
            await replica.FollowAsync(Primary, cancellationToken).ConfigureAwait(false);
        }

        await WaitUntilReplicatedAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private async Task StartOnFreePortsAsync(CancellationToken cancellationToken)
    {
        var ports = FreePorts.Take(Nodes.Length);
        for (var i = 0; i < Nodes.Length; i++)
        {
            Nodes[i].Port = ports[i];
        }

        await Task.WhenAll(Nodes.Select(async node =>
        {
            await node.ConfigureAsync(cancellationToken).ConfigureAwait(false);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
        })).ConfigureAwait(false);
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
