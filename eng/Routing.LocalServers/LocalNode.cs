using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Routing.LocalServers;

/// <summary>
/// One server of a <see cref="LocalCluster"/>. It keeps its port through restarts. Thread-safe; what changes its state runs
/// one at a time.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
public abstract class LocalNode
{
    private readonly LocalCluster _cluster;
    private readonly SemaphoreSlim _oneChange = new(1, 1);

    private protected LocalNode(LocalCluster cluster, ClusterDirectory directory, int index)
    {
        _cluster = cluster;
        Name = ((char)('a' + index)).ToString();
        DataDirectory = directory.Of(Name);
        LogFile = Path.Combine(Path.GetDirectoryName(DataDirectory)!, "log");
    }

    /// <summary>Its name: <c>a</c> is the first primary, <c>b</c>, <c>c</c> … the replicas.</summary>
    public string Name { get; }

    /// <summary>Always <c>127.0.0.1</c>.</summary>
    public string Host => "127.0.0.1";

    /// <summary>Its TCP port.</summary>
    public int Port { get; internal set; }

    /// <summary>Its data directory.</summary>
    public string DataDirectory { get; }

    /// <summary>Its log; gone with the cluster.</summary>
    public string LogFile { get; }

    /// <summary>What was last done to it.</summary>
    public NodeState State { get; private set; } = NodeState.Stopped;

    /// <summary>Whether its replication was paused through <see cref="PauseReplicationAsync"/> and not resumed; a restart resumes it.</summary>
    public bool IsReplicationPaused { get; private set; }

    /// <summary>Whether it is the cluster's <see cref="LocalCluster.Primary"/>.</summary>
    public bool IsPrimary => ReferenceEquals(_cluster.Primary, this);

    /// <summary>A connection string with address and log-in only.</summary>
    /// <param name="database">The database.</param>
    /// <param name="user"><see cref="LocalCluster.AppUser"/> (the default) or <see cref="LocalCluster.AdminUser"/>.</param>
    public abstract string ConnectionString(string database, string user = LocalCluster.AppUser);

    /// <summary>Starts a stopped node and waits until it accepts connections; a replica goes on replicating.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => ChangeAsync(StartIfStoppedAsync, cancellationToken);

    /// <summary>Shuts it down in the way of its engine that ends sessions with an error; a frozen node is thawed first, a stopped one is left alone.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => StopByAsync(StopMode.Fast, cancellationToken);

    /// <summary>Stops it when it runs, and starts it; also the way back after <see cref="KillAsync"/>.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                await StopIfNeededAsync(StopMode.Fast, ct).ConfigureAwait(false);
                await StartIfStoppedAsync(ct).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Kills all its processes with SIGKILL, as a power cut would end them; connections break without a word.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => ChangeAsync(KillCoreAsync, cancellationToken);

    /// <summary>Suspends all its processes (SIGSTOP): connections stay open and connecting still succeeds at TCP, but nothing answers.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                Expect(NodeState.Running, "freeze");
                await _cluster.Script.RunAsync("freeze", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                State = NodeState.Frozen;
            },
            cancellationToken);

    /// <summary>Lets a frozen node go on where it was; does nothing to another.</summary>
    public Task ThawAsync(CancellationToken cancellationToken = default) => ChangeAsync(ThawIfFrozenAsync, cancellationToken);

    /// <summary>Stops a replica from applying what it goes on receiving, and returns when it stands.</summary>
    public async Task PauseReplicationAsync(CancellationToken cancellationToken = default)
    {
        await PauseCoreAsync(cancellationToken).ConfigureAwait(false);
        IsReplicationPaused = true;
    }

    /// <summary>Lets it apply again; use <see cref="LocalCluster.WaitUntilReplicatedAsync"/> to wait until it caught up.</summary>
    public async Task ResumeReplicationAsync(CancellationToken cancellationToken = default)
    {
        await ResumeCoreAsync(cancellationToken).ConfigureAwait(false);
        IsReplicationPaused = false;
    }

    /// <summary>
    /// Makes a replica a primary, and the cluster's <see cref="LocalCluster.Primary"/>. The old primary is not touched: stop or kill it
    /// before, or have two. Other replicas go on following the old one until <see cref="FollowAsync"/>.
    /// </summary>
    public Task PromoteAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                Expect(NodeState.Running, "promote");
                await PromoteCoreAsync(ct).ConfigureAwait(false);
                IsReplicationPaused = false;
                _cluster.Primary = this;
            },
            cancellationToken);

    /// <summary>Makes a running replica follow another node, and waits until it does.</summary>
    public abstract Task FollowAsync(LocalNode source, CancellationToken cancellationToken = default);

    /// <summary>Makes a former primary, whatever became of it, a replica of another node: how it comes back after a failover.</summary>
    public async Task RejoinAsync(LocalNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (IsPrimary)
        {
            throw new InvalidOperationException($"Node {Name} is the primary; promote another node before it can rejoin as a replica.");
        }

        await RejoinCoreAsync(source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a file into its data directory, for the server's user alone; a setting may name it.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="text">What is to be in it.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public Task WriteFileAsync(string name, string text, CancellationToken cancellationToken = default) =>
        _cluster.Script.RunAsync("write", Path.Combine(DataDirectory, name), input: text, cancellationToken: cancellationToken);

    /// <summary>Runs a statement with all rights, on a connection of its own.</summary>
    public async Task ExecuteAsAdminAsync(string sql, string? database = null, CancellationToken cancellationToken = default) =>
        await QueryAsAdminAsync(sql, database, cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a query with all rights, on a connection of its own; the first value of the first row as text, or null.</summary>
    public abstract Task<string?> QueryAsAdminAsync(string sql, string? database = null, CancellationToken cancellationToken = default);

    /// <summary>The numbers of all its processes.</summary>
    public Task<IReadOnlyList<int>> ProcessesAsync(CancellationToken cancellationToken = default) =>
        _cluster.Script.ProcessesAsync("processes", DataDirectory, cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Host}:{Port}, {State})");

    /// <summary>Puts what the options say into the directory of a node that has not been started there.</summary>
    internal async Task PrepareAsync(LocalNode? source, CancellationToken cancellationToken)
    {
        foreach (var (name, text) in _cluster.Options.Files?.Invoke(Name) ?? new Dictionary<string, string>())
        {
            await WriteFileAsync(name, text, cancellationToken).ConfigureAwait(false);
        }

        await ConfigureAsync(source, cancellationToken).ConfigureAwait(false);
    }

    internal string LogTail()
    {
        const int Lines = 15;
        return File.Exists(LogFile) ? string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(Lines)) : "(no log)";
    }

    private protected Task StopByAsync(StopMode mode, CancellationToken cancellationToken) =>
        ChangeAsync(ct => StopIfNeededAsync(mode, ct), cancellationToken);

    /// <summary>Writes the settings that are this node's own, which the next start reads; with a source, those of its replica.</summary>
    private protected abstract Task ConfigureAsync(LocalNode? source, CancellationToken cancellationToken);

    private protected abstract Task StartCoreAsync(CancellationToken cancellationToken);

    private protected abstract Task StopCoreAsync(StopMode mode, CancellationToken cancellationToken);

    private protected abstract Task PauseCoreAsync(CancellationToken cancellationToken);

    private protected abstract Task ResumeCoreAsync(CancellationToken cancellationToken);

    private protected abstract Task PromoteCoreAsync(CancellationToken cancellationToken);

    private protected abstract Task RejoinCoreAsync(LocalNode source, CancellationToken cancellationToken);

    private protected LocalServerException DidNotStart(LocalServerException? reason = null) =>
        new($"Node {Name} did not start on port {Port}. {reason?.Message}{Environment.NewLine}Its log ends:{Environment.NewLine}{LogTail()}", reason!);

    private protected async Task ChangeAsync(Func<CancellationToken, Task> change, CancellationToken cancellationToken)
    {
        await _oneChange.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await change(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private protected async Task StartIfStoppedAsync(CancellationToken cancellationToken)
    {
        if (State == NodeState.Stopped)
        {
            await StartCoreAsync(cancellationToken).ConfigureAwait(false);
            State = NodeState.Running;
            IsReplicationPaused = false;
        }
    }

    private protected async Task KillCoreAsync(CancellationToken cancellationToken)
    {
        await _cluster.Script.RunAsync("kill", DataDirectory, cancellationToken: cancellationToken).ConfigureAwait(false);
        State = NodeState.Stopped;
    }

    private async Task StopIfNeededAsync(StopMode mode, CancellationToken cancellationToken)
    {
        if (State == NodeState.Stopped)
        {
            return;
        }

        await ThawIfFrozenAsync(cancellationToken).ConfigureAwait(false);
        await StopCoreAsync(mode, cancellationToken).ConfigureAwait(false);
        State = NodeState.Stopped;
    }

    private async Task ThawIfFrozenAsync(CancellationToken cancellationToken)
    {
        if (State == NodeState.Frozen)
        {
            await _cluster.Script.RunAsync("thaw", DataDirectory, cancellationToken: cancellationToken).ConfigureAwait(false);
            State = NodeState.Running;
        }
    }

    private void Expect(NodeState state, string action)
    {
        if (State != state)
        {
            throw new InvalidOperationException($"Cannot {action} node {Name}: it is {State}, not {state}.");
        }
    }
}
