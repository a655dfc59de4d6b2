using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Routing.LocalServers;

/// <summary>
/// One server of a <see cref="PostgreSqlCluster"/>. It keeps its port through restarts. Thread-safe; what changes its state
/// runs one at a time.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
public sealed class PostgreSqlNode
{
    private readonly PostgreSqlCluster _cluster;
    private readonly SemaphoreSlim _oneChange = new(1, 1);

    internal PostgreSqlNode(PostgreSqlCluster cluster, string name, string dataDirectory)
    {
        _cluster = cluster;
        Name = name;
        DataDirectory = dataDirectory;
        LogFile = Path.Combine(Path.GetDirectoryName(dataDirectory)!, "log");
    }

    /// <summary>Its name: <c>a</c> is the first primary, <c>b</c>, <c>c</c> … the standbys. Also its application_name when it streams.</summary>
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

    /// <summary>Whether its replay was paused through <see cref="PauseReplayAsync"/> and not resumed; a restart resumes it.</summary>
    public bool IsReplayPaused { get; private set; }

    /// <summary>Whether it is the cluster's <see cref="PostgreSqlCluster.Primary"/>.</summary>
    public bool IsPrimary => ReferenceEquals(_cluster.Primary, this);

    /// <summary>A connection string for Npgsql, without options beyond address and log-in.</summary>
    /// <param name="database">The database.</param>
    /// <param name="user"><see cref="PostgreSqlCluster.AppUser"/> (the default) or <see cref="PostgreSqlCluster.AdminUser"/>.</param>
    public string ConnectionString(string database, string user = PostgreSqlCluster.AppUser) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = database,
            Username = user,
            Password = _cluster.PasswordOf(user),
        }.ConnectionString;

    /// <summary>Starts a stopped node and waits until it accepts connections.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => ChangeAsync(StartCoreAsync, cancellationToken);

    /// <summary>Stops it with <c>pg_ctl stop</c>; a frozen node is thawed first, a stopped one is left alone.</summary>
    public Task StopAsync(StopMode mode = StopMode.Fast, CancellationToken cancellationToken = default) =>
        ChangeAsync(ct => StopCoreAsync(mode, ct), cancellationToken);

    /// <summary>Stops it fast when it runs, and starts it; also the way back after <see cref="KillAsync"/>.</summary>
    public Task RestartAsync(StopMode mode = StopMode.Fast, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                await StopCoreAsync(mode, ct).ConfigureAwait(false);
                await StartCoreAsync(ct).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>
    /// Kills the postmaster and all its processes with SIGKILL, as a power cut would end them; connections break without a
    /// word. (A postmaster killed alone leaves backends that go on with their query for a while.)
    /// </summary>
    public Task KillAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                await _cluster.Script.RunAsync("kill", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                Become(NodeState.Stopped);
            },
            cancellationToken);

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
    public Task ThawAsync(CancellationToken cancellationToken = default) => ChangeAsync(ThawCoreAsync, cancellationToken);

    /// <summary>Pauses replay of a standby and returns when it stands: it goes on receiving, but shows no newer row.</summary>
    public async Task PauseReplayAsync(CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("select pg_wal_replay_pause()", cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await QueryAsAdminAsync("select pg_get_wal_replay_pause_state()", cancellationToken: ct).ConfigureAwait(false) == "paused",
            () => $"node {Name} to pause its replay",
            cancellationToken).ConfigureAwait(false);
        IsReplayPaused = true;
    }

    /// <summary>Resumes replay of a standby; use <see cref="PostgreSqlCluster.WaitUntilReplayedAsync"/> to wait until it caught up.</summary>
    public async Task ResumeReplayAsync(CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("select pg_wal_replay_resume()", cancellationToken: cancellationToken).ConfigureAwait(false);
        IsReplayPaused = false;
    }

    /// <summary>
    /// Makes this standby a primary on a new timeline, and the cluster's <see cref="PostgreSqlCluster.Primary"/>. The old
    /// primary is not touched: stop or kill it before, or have two. Other standbys go on following the old one until
    /// <see cref="FollowAsync"/>.
    /// </summary>
    public Task PromoteAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                Expect(NodeState.Running, "promote");
                await ControlAsync("promote", [], ct).ConfigureAwait(false);
                IsReplayPaused = false;
                _cluster.Primary = this;
            },
            cancellationToken);

    /// <summary>Makes a running standby stream from another node, and waits until it does.</summary>
    public async Task FollowAsync(PostgreSqlNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await ExecuteAsAdminAsync($"alter system set primary_conninfo = {Quote(_cluster.StreamFrom(source, this))}", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("select pg_reload_conf()", cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilStreamingAsync(source, [this], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes this node, whatever became of it, a fresh standby of another by <c>pg_basebackup</c>: how a former primary
    /// comes back after a failover. All it had and the other has not is lost.
    /// </summary>
    public Task RejoinAsync(PostgreSqlNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (IsPrimary)
        {
            throw new InvalidOperationException($"Node {Name} is the primary; promote another node before it can rejoin as a standby.");
        }

        return ChangeAsync(
            async ct =>
            {
                await _cluster.Script.RunAsync("kill", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                await _cluster.Script.RunAsync("sweep", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                Become(NodeState.Stopped);
                await _cluster.Script.RunAsync("empty", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                await _cluster.Script.RunProgramAsync(
                    _cluster.DirectoryPath,
                    "pg_basebackup",
                    ["-D", DataDirectory, "-X", "stream", "-c", "fast", "--no-sync", "-d", _cluster.StreamFrom(source, this)],
                    ct).ConfigureAwait(false);
                await ConfigureAsync(source, ct).ConfigureAwait(false);
                await StartCoreAsync(ct).ConfigureAwait(false);
                await _cluster.WaitUntilStreamingAsync(source, [this], ct).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Runs a statement as superuser, on a connection of its own.</summary>
    public async Task ExecuteAsAdminAsync(string sql, string database = "postgres", CancellationToken cancellationToken = default) =>
        await QueryAsAdminAsync(sql, database, cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a query as superuser, on a connection of its own; the first value of the first row as text, or null.</summary>
    public async Task<string?> QueryAsAdminAsync(string sql, string database = "postgres", CancellationToken cancellationToken = default)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString(database, PostgreSqlCluster.AdminUser))
        {
            // A pool would keep connections of a server that was killed since.
            Pooling = false,
            Timeout = 5,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.FieldCount > 0 && !await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false)
            ? reader.GetString(0)
            : null;
    }

    /// <summary>The position up to which it has written (a primary) or replayed (a standby).</summary>
    public async Task<NpgsqlLogSequenceNumber> PositionAsync(CancellationToken cancellationToken = default)
    {
        const string Sql = "select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end";
        var text = await QueryAsAdminAsync(Sql, cancellationToken: cancellationToken).ConfigureAwait(false);
        return text is null ? default : NpgsqlLogSequenceNumber.Parse(text);
    }

    /// <summary>Whether the server itself says that it is a standby.</summary>
    public async Task<bool> IsInRecoveryAsync(CancellationToken cancellationToken = default) =>
        await QueryAsAdminAsync("select pg_is_in_recovery()", cancellationToken: cancellationToken).ConfigureAwait(false) == "t";

    /// <summary>The numbers of all its processes, those of a killed postmaster that still run included.</summary>
    public Task<IReadOnlyList<int>> ProcessesAsync(CancellationToken cancellationToken = default) =>
        _cluster.Script.ProcessesAsync("processes", DataDirectory, cancellationToken);

    /// <summary>The number of its postmaster; null when it is not running.</summary>
    public async Task<int?> PostmasterAsync(CancellationToken cancellationToken = default) =>
        await _cluster.Script.ProcessesAsync("postmasters", DataDirectory, cancellationToken).ConfigureAwait(false) is [var pid, ..] ? pid : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Host}:{Port}, {State})");

    /// <summary>Writes the settings that are this node's own; with a source it becomes a standby of that.</summary>
    internal async Task ConfigureAsync(PostgreSqlNode? source, CancellationToken cancellationToken)
    {
        // The file ALTER SYSTEM writes to, so that a later one finds and replaces these lines.
        var lines = string.Create(CultureInfo.InvariantCulture, $"port = {Port}\ncluster_name = 'routing-{Name}'\n");
        if (source is not null)
        {
            lines += $"primary_conninfo = {Quote(_cluster.StreamFrom(source, this))}\n";
            await _cluster.Script.RunAsync("write", Path.Combine(DataDirectory, "standby.signal"), input: "", cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        await _cluster.Script.RunAsync("write", Path.Combine(DataDirectory, "postgresql.auto.conf"), input: lines, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    internal string LogTail()
    {
        const int Lines = 15;
        return File.Exists(LogFile) ? string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(Lines)) : "(no log)";
    }

    private static string Quote(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private async Task ChangeAsync(Func<CancellationToken, Task> change, CancellationToken cancellationToken)
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

    private async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        if (State != NodeState.Stopped)
        {
            return;
        }

        await _cluster.Script.RunAsync("sweep", DataDirectory, cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            await ControlAsync("start", ["-l", LogFile], cancellationToken).ConfigureAwait(false);
        }
        catch (LocalServerException e)
        {
            throw new LocalServerException($"Node {Name} did not start on port {Port}. {e.Message}{Environment.NewLine}Its log ends:{Environment.NewLine}{LogTail()}", e);
        }

        Become(NodeState.Running);
    }

    private async Task StopCoreAsync(StopMode mode, CancellationToken cancellationToken)
    {
        if (State == NodeState.Stopped)
        {
            return;
        }

        await ThawCoreAsync(cancellationToken).ConfigureAwait(false);
        await ControlAsync("stop", ["-m", mode == StopMode.Fast ? "fast" : "immediate"], cancellationToken).ConfigureAwait(false);
        Become(NodeState.Stopped);
    }

    private async Task ThawCoreAsync(CancellationToken cancellationToken)
    {
        if (State != NodeState.Frozen)
        {
            return;
        }

        await _cluster.Script.RunAsync("thaw", DataDirectory, cancellationToken: cancellationToken).ConfigureAwait(false);
        State = NodeState.Running;
    }

    private Task ControlAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        var seconds = ((int)_cluster.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return _cluster.Script.RunProgramAsync(
            _cluster.DirectoryPath, "pg_ctl", [command, "-D", DataDirectory, "-s", "-w", "-t", seconds, .. arguments], cancellationToken);
    }

    private void Become(NodeState state)
    {
        State = state;
        IsReplayPaused = false;
    }

    private void Expect(NodeState state, string action)
    {
        if (State != state)
        {
            throw new InvalidOperationException($"Cannot {action} node {Name}: it is {State}, not {state}.");
        }
    }
}
