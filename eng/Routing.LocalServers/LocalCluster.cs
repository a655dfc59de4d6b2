using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Routing.LocalServers;

/// <summary>
/// A throw-away primary with replicas on free ports of the loopback address, in a temporary directory. Nothing outlives it:
/// <see cref="DisposeAsync"/> ends the servers and removes the directory; so does the exit of the process; if the process is
/// killed, its guard does; and if the guard is killed too, the next start does. Thread-safe.
/// </summary>
/// <remarks>
/// The guard is a shell in a session of its own that reads from a pipe of this process. When the pipe closes it ends all
/// server processes that work in the cluster's directory, and removes the directory. Disposing closes the pipe and waits:
/// there is one way to end a cluster, and every run exercises it.
/// </remarks>
public abstract class LocalCluster : IAsyncDisposable, IDisposable
{
    /// <summary>The user with all rights.</summary>
    public const string AdminUser = "routing_admin";

    /// <summary>The user applications log in as: it has all rights on the databases of <see cref="CreateDatabaseAsync"/>, and hardly any other.</summary>
    public const string AppUser = "app";

    private const int StartAttempts = 5;

    // Longer than the guard gives servers to quit before it kills them.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);

    private readonly ClusterDirectory _directory;
    private readonly string _adminPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly string _appPassword = RandomNumberGenerator.GetHexString(24, lowercase: true);
    private readonly Process _guard;
    private readonly EventHandler _onExit;
    private int _databases;
    private int _disposed;

    private protected LocalCluster(LocalClusterOptions options, ClusterScript script, ClusterDirectory directory, int nodes, Func<LocalCluster, int, LocalNode> createNode)
    {
        Options = options;
        Script = script;
        _directory = directory;
        Nodes = [.. Enumerable.Range(0, nodes).Select(index => createNode(this, index))];
        Primary = Nodes[0];
        _guard = script.StartGuard(directory.Path);
        _onExit = (_, _) => Dispose();
        AppDomain.CurrentDomain.ProcessExit += _onExit;
    }

    /// <summary>The node that was promoted last; the first node before that.</summary>
    public LocalNode Primary { get; internal set; }

    /// <summary>All nodes but <see cref="Primary"/>.</summary>
    public ImmutableArray<LocalNode> Replicas => Nodes.Remove(Primary);

    /// <summary>All nodes, by name.</summary>
    public ImmutableArray<LocalNode> Nodes { get; }

    /// <summary>The directory that holds everything of this cluster.</summary>
    public string DirectoryPath => _directory.Path;

    /// <summary>The number of the guard's process.</summary>
    public int GuardProcess => _guard.Id;

    internal ClusterScript Script { get; }

    internal LocalClusterOptions Options { get; }

    internal TimeSpan Timeout => Options.Timeout;

    /// <summary>
    /// Creates an empty database with all rights for <see cref="AppUser"/>, and returns when every running replica whose replication is
    /// not paused has it. Its name is <paramref name="name"/> with a number.
    /// </summary>
    public async Task<string> CreateDatabaseAsync(string name = "test", CancellationToken cancellationToken = default)
    {
        var database = string.Create(CultureInfo.InvariantCulture, $"{name}_{Interlocked.Increment(ref _databases)}");
        foreach (var sql in CreateStatements(database))
        {
            await Primary.ExecuteAsAdminAsync(sql, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        await WaitUntilReplicatedAsync(cancellationToken).ConfigureAwait(false);
        return database;
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public Task DropDatabaseAsync(string database, CancellationToken cancellationToken = default) =>
        Primary.ExecuteAsAdminAsync(DropStatement(database), cancellationToken: cancellationToken);

    /// <summary>Waits until all running replicas whose replication is not paused have all that the primary has written so far.</summary>
    /// <exception cref="TimeoutException">They did not within <see cref="LocalClusterOptions.Timeout"/>; says how far they came.</exception>
    public abstract Task WaitUntilReplicatedAsync(CancellationToken cancellationToken = default);

    /// <summary>The numbers of all server processes of this cluster.</summary>
    public Task<IReadOnlyList<int>> ProcessesAsync(CancellationToken cancellationToken = default) =>
        Script.ProcessesAsync("processes", DirectoryPath, cancellationToken);

    /// <summary>Ends all servers at once and removes the directory; takes well under 5 s. Further calls do nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
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
        GC.SuppressFinalize(this);
        if (!BeginEnd())
        {
            return;
        }

        _guard.WaitForExit(EndTimeout);
        CompleteEnd();
    }

    /// <summary>Ends what dead owners left, starts a cluster in a directory of its own, and ends it again when that fails.</summary>
    private protected static async Task<TCluster> StartAsync<TCluster>(
        LocalClusterOptions options, string prefix, ClusterScript script, Func<ClusterDirectory, TCluster> create, CancellationToken cancellationToken)
        where TCluster : LocalCluster
    {
        await script.EndStaleAsync(options.ParentDirectory, prefix, cancellationToken).ConfigureAwait(false);
        var directory = ClusterDirectory.Next(options.ParentDirectory, prefix);
        await script.RunAsync("create", directory.Path, cancellationToken: cancellationToken).ConfigureAwait(false);
        directory.Lock();
        var cluster = create(directory);
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

    private protected static void CheckReplicas(int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, 10);
    }

    private protected static void RefuseWindows(string servers)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new LocalServerException($"Local {servers} servers are started on Linux and macOS only. On Windows use WSL.");
        }
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

    /// <summary>Makes the first node's data directory, of which the others get copies.</summary>
    private protected abstract Task InitializeAsync(LocalNode first, CancellationToken cancellationToken);

    /// <summary>What is left to do when all nodes run.</summary>
    private protected abstract Task CompleteStartAsync(CancellationToken cancellationToken);

    private protected abstract IEnumerable<string> CreateStatements(string database);

    private protected abstract string DropStatement(string database);

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        var first = Primary.DataDirectory;
        await InitializeAsync(Primary, cancellationToken).ConfigureAwait(false);

        // A copy made before the first start is a complete backup, and much cheaper than the servers' own ways.
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

        await CompleteStartAsync(cancellationToken).ConfigureAwait(false);
        await WaitUntilReplicatedAsync(cancellationToken).ConfigureAwait(false);
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
            await node.PrepareAsync(node.IsPrimary ? null : Primary, cancellationToken).ConfigureAwait(false);
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

/// <summary>A cluster whose nodes are of one type. Thread-safe.</summary>
/// <typeparam name="TNode">The nodes' type.</typeparam>
public abstract class LocalCluster<TNode> : LocalCluster
    where TNode : LocalNode
{
    private protected LocalCluster(LocalClusterOptions options, ClusterScript script, ClusterDirectory directory, int nodes, Func<LocalCluster, int, LocalNode> createNode)
        : base(options, script, directory, nodes, createNode) => Nodes = [.. base.Nodes.Cast<TNode>()];

    /// <inheritdoc cref="LocalCluster.Primary"/>
    public new TNode Primary => (TNode)base.Primary;

    /// <inheritdoc cref="LocalCluster.Replicas"/>
    public new ImmutableArray<TNode> Replicas => Nodes.Remove(Primary);

    /// <inheritdoc cref="LocalCluster.Nodes"/>
    public new ImmutableArray<TNode> Nodes { get; }
}
