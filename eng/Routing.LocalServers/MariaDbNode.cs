using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Routing.LocalServers;

/// <summary>
/// One server of a <see cref="MariaDbCluster"/>. It keeps its port through restarts. Thread-safe; what changes its state
/// runs one at a time.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
public sealed class MariaDbNode
{
    private readonly MariaDbCluster _cluster;
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly int _serverId;

    internal MariaDbNode(MariaDbCluster cluster, string name, int serverId, string dataDirectory)
    {
        _cluster = cluster;
        _serverId = serverId;
        Name = name;
        DataDirectory = dataDirectory;
        LogFile = Path.Combine(Path.GetDirectoryName(dataDirectory)!, "log");
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

    /// <summary>Whether it is the cluster's <see cref="MariaDbCluster.Primary"/>.</summary>
    public bool IsPrimary => ReferenceEquals(_cluster.Primary, this);

    /// <summary>A connection string with address and log-in only, for either driver.</summary>
    /// <param name="database">The database; empty for none.</param>
    /// <param name="user"><see cref="MariaDbCluster.AppUser"/> (the default) or <see cref="MariaDbCluster.AdminUser"/>.</param>
    public string ConnectionString(string database, string user = MariaDbCluster.AppUser)
    {
        var builder = new DbConnectionStringBuilder
        {
            ["Server"] = Host,
            ["Port"] = Port,
            ["User ID"] = user,
            ["Password"] = _cluster.PasswordOf(user),
        };
        if (database.Length > 0)
        {
            builder["Database"] = database;
        }

        return builder.ConnectionString;
    }

    /// <summary>Starts a stopped node and waits until it accepts connections; a replica goes on replicating.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => ChangeAsync(StartCoreAsync, cancellationToken);

    /// <summary>Shuts it down (SIGTERM): sessions end with error 1053 or a closed connection; a frozen node is thawed first.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => ChangeAsync(StopCoreAsync, cancellationToken);

    /// <summary>Shuts it down when it runs, and starts it; also the way back after <see cref="KillAsync"/>.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                await StopCoreAsync(ct).ConfigureAwait(false);
                await StartCoreAsync(ct).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Kills it with SIGKILL; connections break without a word.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                await _cluster.Script.RunAsync("kill", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                State = NodeState.Stopped;
            },
            cancellationToken);

    /// <summary>Suspends it (SIGSTOP): connections stay open and connecting still succeeds at TCP, but nothing answers.</summary>
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

    /// <summary>Stops a replica from applying what it goes on receiving, and returns when it stands.</summary>
    public async Task PauseReplicationAsync(CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("stop slave sql_thread", cancellationToken: cancellationToken).ConfigureAwait(false);
        IsReplicationPaused = true;
    }

    /// <summary>Lets it apply again; use <see cref="MariaDbCluster.WaitUntilReplicatedAsync"/> to wait until it caught up.</summary>
    public async Task ResumeReplicationAsync(CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("start slave sql_thread", cancellationToken: cancellationToken).ConfigureAwait(false);
        IsReplicationPaused = false;
    }

    /// <summary>Makes a replica apply each transaction so much later than the primary committed it; whole seconds, 0 for at once.</summary>
    public async Task DelayReplicationAsync(int seconds, CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("stop slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync(string.Create(CultureInfo.InvariantCulture, $"change master to master_delay = {seconds}"), cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("start slave", cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends a replica's replication, lets it accept writes, and makes it the cluster's <see cref="MariaDbCluster.Primary"/>. The
    /// old primary is not touched: stop or kill it before, or have two. Other replicas follow the old one until <see cref="FollowAsync"/>.
    /// </summary>
    public Task PromoteAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async ct =>
            {
                Expect(NodeState.Running, "promote");
                await ExecuteAsAdminAsync("stop slave", cancellationToken: ct).ConfigureAwait(false);
                await ExecuteAsAdminAsync("reset slave all", cancellationToken: ct).ConfigureAwait(false);
                await ExecuteAsAdminAsync("set global read_only = 0", cancellationToken: ct).ConfigureAwait(false);
                IsReplicationPaused = false;
                _cluster.Primary = this;
                await ConfigureAsync(ct).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>
    /// Makes a running node a read-only replica of another. A former primary may follow when the other has all it had;
    /// else replication stops with an error.
    /// </summary>
    public async Task FollowAsync(MariaDbNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await ExecuteAsAdminAsync("stop slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("set global read_only = 1", cancellationToken: cancellationToken).ConfigureAwait(false);

        // What it wrote as a primary counts as seen, or it would ask for it again.
        await ExecuteAsAdminAsync("set global gtid_slave_pos = @@global.gtid_current_pos", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"change master to master_host = '{source.Host}', master_port = {source.Port}, master_user = '{MariaDbCluster.AdminUser}', master_password = '{_cluster.PasswordOf(MariaDbCluster.AdminUser)}', master_use_gtid = slave_pos, master_connect_retry = 1, master_heartbeat_period = 1"),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("start slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await ReplicationAsync(ct).ConfigureAwait(false) is ("Yes", "Yes", _),
            () => $"node {Name} to replicate from {source.Name}; its log ends:{Environment.NewLine}{LogTail()}",
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a statement with all rights, on a connection of its own.</summary>
    public async Task ExecuteAsAdminAsync(string sql, string database = "", CancellationToken cancellationToken = default) =>
        await QueryAsAdminAsync(sql, database, cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a query with all rights, on a connection of its own; the first value of the first row as text, or null.</summary>
    public async Task<string?> QueryAsAdminAsync(string sql, string database = "", CancellationToken cancellationToken = default)
    {
        var connection = OpenAsAdmin(database);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = sql;
                return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>The position up to which it has written or applied, as a list of GTIDs.</summary>
    public async Task<string> PositionAsync(CancellationToken cancellationToken = default) =>
        await QueryAsAdminAsync("select @@global.gtid_current_pos", cancellationToken: cancellationToken).ConfigureAwait(false) ?? "";

    /// <summary>The number of its process; null when it is not running.</summary>
    public async Task<int?> ProcessAsync(CancellationToken cancellationToken = default) =>
        await _cluster.Script.ProcessesAsync("processes", DataDirectory, cancellationToken).ConfigureAwait(false) is [var pid, ..] ? pid : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Host}:{Port}, {State})");

    internal async Task WaitForAsync(string position, CancellationToken cancellationToken)
    {
        var seconds = _cluster.Timeout.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        if (await QueryAsAdminAsync($"select master_gtid_wait('{position}', {seconds})", cancellationToken: cancellationToken).ConfigureAwait(false) != "0")
        {
            throw new TimeoutException(
                $"Waited {seconds} s for node {Name} to apply up to {position} (it is at {await PositionAsync(cancellationToken).ConfigureAwait(false)}; {await ReplicationAsync(cancellationToken).ConfigureAwait(false)})");
        }
    }

    /// <summary>Writes its option file, which the next start reads.</summary>
    internal async Task ConfigureAsync(CancellationToken cancellationToken)
    {
        var users = DataDirectory + ".sql";
        await _cluster.Script.RunAsync("write", users, input: Users(), cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.Script.RunAsync("write", DataDirectory + ".cnf", input: Settings(users), cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    internal string LogTail()
    {
        const int Lines = 15;
        return File.Exists(LogFile) ? string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(Lines)) : "(no log)";
    }

    /// <summary>Run at each start before the server accepts connections; not written to the binary log, because every node does it itself.</summary>
    private string Users() => $"""
        set sql_log_bin = 0;
        create user if not exists {MariaDbCluster.AdminUser}@'%' identified by '{_cluster.PasswordOf(MariaDbCluster.AdminUser)}';
        grant all on *.* to {MariaDbCluster.AdminUser}@'%' with grant option;
        create user if not exists {MariaDbCluster.AppUser}@'%' identified by '{_cluster.PasswordOf(MariaDbCluster.AppUser)}';
        grant slave monitor on *.* to {MariaDbCluster.AppUser}@'%';
        alter user root@localhost account lock;

        """;

    private string Settings(string users)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["datadir"] = DataDirectory,
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["bind-address"] = Host,

            // Relative to the data directory: its full path may be longer than a socket's may be.
            ["socket"] = "s",
            ["pid-file"] = "mariadbd.pid",
            ["init-file"] = users,
            ["server-id"] = _serverId.ToString(CultureInfo.InvariantCulture),
            ["skip-name-resolve"] = "1",
            ["log-bin"] = "bin",
            ["log-slave-updates"] = "1",
            ["gtid-strict-mode"] = "1",
            ["binlog-format"] = "ROW",
            ["read-only"] = IsPrimary ? "0" : "1",
            ["slave-net-timeout"] = "5",
            ["character-set-server"] = "utf8mb4",
            ["max-connections"] = _cluster.Options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["innodb-buffer-pool-size"] = "64M",
            ["innodb-log-file-size"] = "8M",

            // Only a crash of the operating system could tell the difference: a killed server loses nothing either way.
            ["innodb-flush-log-at-trx-commit"] = "2",
            ["innodb-flush-method"] = "nosync",
            ["sync-binlog"] = "0",
            ["performance-schema"] = "0",
        };
        foreach (var (name, value) in _cluster.Options.Settings)
        {
            settings[name] = value;
        }

        return "[mariadbd]\n" + string.Concat(settings.Select(s => $"{s.Key} = {s.Value}\n"));
    }

    private DbConnection OpenAsAdmin(string database) =>
        // A pool would keep connections of a server that was killed since.
        MariaDbDriver.CreateConnection(ConnectionString(database, MariaDbCluster.AdminUser) + ";Pooling=false;Connection Timeout=5;Default Command Timeout=60");

    private async Task<(string? Receives, string? Applies, string? Error)> ReplicationAsync(CancellationToken cancellationToken)
    {
        var connection = OpenAsAdmin("");
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = "show slave status";
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                        ? (Text("Slave_IO_Running"), Text("Slave_SQL_Running"), Text("Last_IO_Error") + Text("Last_SQL_Error"))
                        : default;
                }

                string? Text(string column) => Convert.ToString(reader[column], CultureInfo.InvariantCulture);
            }
        }
    }

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

        await _cluster.Script.RunAsync("start-mariadb", DataDirectory, [_cluster.Binaries.Server], cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await AnswersAsync(ct).ConfigureAwait(false) || await HasDiedAsync(ct).ConfigureAwait(false),
            () => $"node {Name} to accept connections; its log ends:{Environment.NewLine}{LogTail()}",
            cancellationToken).ConfigureAwait(false);
        State = NodeState.Running;
        IsReplicationPaused = false;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsAdminAsync("select 1", cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }

    private async Task<bool> HasDiedAsync(CancellationToken cancellationToken)
    {
        if (await ProcessAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        throw new LocalServerException($"Node {Name} did not start on port {Port}. Its log ends:{Environment.NewLine}{LogTail()}");
    }

    private async Task StopCoreAsync(CancellationToken cancellationToken)
    {
        if (State == NodeState.Stopped)
        {
            return;
        }

        await ThawCoreAsync(cancellationToken).ConfigureAwait(false);
        var attempts = (_cluster.Timeout.TotalMilliseconds / 50).ToString("0", CultureInfo.InvariantCulture);
        await _cluster.Script.RunAsync("term", DataDirectory, [attempts], cancellationToken: cancellationToken).ConfigureAwait(false);
        State = NodeState.Stopped;
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

    private void Expect(NodeState state, string action)
    {
        if (State != state)
        {
            throw new InvalidOperationException($"Cannot {action} node {Name}: it is {State}, not {state}.");
        }
    }
}
