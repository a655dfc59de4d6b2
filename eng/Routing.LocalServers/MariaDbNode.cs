using System.Data.Common;
using System.Globalization;

namespace Routing.LocalServers;

/// <summary>One server of a <see cref="MariaDbCluster"/>. Thread-safe.</summary>
public sealed class MariaDbNode : LocalNode
{
    private readonly MariaDbCluster _cluster;
    private readonly int _serverId;

    internal MariaDbNode(MariaDbCluster cluster, ClusterDirectory directory, int index)
        : base(cluster, directory, index)
    {
        _cluster = cluster;
        _serverId = index + 1;
    }

    /// <summary>A connection string with address and log-in only, for either driver.</summary>
    /// <param name="database">The database; empty for none.</param>
    /// <param name="user"><see cref="LocalCluster.AppUser"/> (the default) or <see cref="LocalCluster.AdminUser"/>.</param>
    public override string ConnectionString(string database, string user = LocalCluster.AppUser)
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

    /// <summary>Makes a replica apply each transaction so much later than the primary committed it; whole seconds, 0 for at once.</summary>
    public async Task DelayReplicationAsync(int seconds, CancellationToken cancellationToken = default)
    {
        await ExecuteAsAdminAsync("stop slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync(string.Create(CultureInfo.InvariantCulture, $"change master to master_delay = {seconds}"), cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("start slave", cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes a running node a read-only replica of another. A former primary may follow when the other has all it had;
    /// else replication stops with an error.
    /// </summary>
    public override async Task FollowAsync(LocalNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await ExecuteAsAdminAsync("stop slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("set global read_only = 1", cancellationToken: cancellationToken).ConfigureAwait(false);

        // What it wrote as a primary counts as seen, or it would ask for it again.
        await ExecuteAsAdminAsync("set global gtid_slave_pos = @@global.gtid_current_pos", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"change master to master_host = '{source.Host}', master_port = {source.Port}, master_user = '{LocalCluster.AdminUser}', master_password = '{_cluster.PasswordOf(LocalCluster.AdminUser)}', master_use_gtid = slave_pos, master_connect_retry = 1, master_heartbeat_period = 1"),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("start slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(source, cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await ReplicationAsync(ct).ConfigureAwait(false) is ("Yes", "Yes", _),
            () => $"node {Name} to replicate from {source.Name}; its log ends:{Environment.NewLine}{LogTail()}",
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<string?> QueryAsAdminAsync(string sql, string? database = null, CancellationToken cancellationToken = default)
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
    private protected override async Task ConfigureAsync(LocalNode? source, CancellationToken cancellationToken)
    {
        var users = DataDirectory + ".sql";
        await _cluster.Script.RunAsync("write", users, input: Users(), cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.Script.RunAsync("write", DataDirectory + ".cnf", input: Settings(users, isReplica: source is not null), cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private protected override async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        await _cluster.Script.RunAsync("start-mariadb", DataDirectory, [_cluster.Binaries.Server], cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await AnswersAsync(ct).ConfigureAwait(false) || await HasDiedAsync(ct).ConfigureAwait(false),
            () => $"node {Name} to accept connections; its log ends:{Environment.NewLine}{LogTail()}",
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>By SIGTERM, whatever the mode: sessions end with error 1053 or a closed connection.</summary>
    private protected override Task StopCoreAsync(StopMode mode, CancellationToken cancellationToken)
    {
        var attempts = (_cluster.Timeout.TotalMilliseconds / 50).ToString("0", CultureInfo.InvariantCulture);
        return _cluster.Script.RunAsync("term", DataDirectory, [attempts], cancellationToken: cancellationToken);
    }

    private protected override Task PauseCoreAsync(CancellationToken cancellationToken) =>
        ExecuteAsAdminAsync("stop slave sql_thread", cancellationToken: cancellationToken);

    private protected override Task ResumeCoreAsync(CancellationToken cancellationToken) =>
        ExecuteAsAdminAsync("start slave sql_thread", cancellationToken: cancellationToken);

    private protected override async Task PromoteCoreAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsAdminAsync("stop slave", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("reset slave all", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("set global read_only = 0", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(source: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>With what it has, which the other must have too.</summary>
    private protected override async Task RejoinCoreAsync(LocalNode source, CancellationToken cancellationToken)
    {
        // Read-only from its first answer on: nobody must take it for a primary.
        await ConfigureAsync(source, cancellationToken).ConfigureAwait(false);
        await RestartAsync(cancellationToken).ConfigureAwait(false);
        await FollowAsync(source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Run at each start before the server accepts connections; not written to the binary log, because every node does it itself.</summary>
    private string Users() => $"""
        set sql_log_bin = 0;
        create user if not exists {LocalCluster.AdminUser}@'%' identified by '{_cluster.PasswordOf(LocalCluster.AdminUser)}';
        grant all on *.* to {LocalCluster.AdminUser}@'%' with grant option;
        create user if not exists {LocalCluster.AppUser}@'%' identified by '{_cluster.PasswordOf(LocalCluster.AppUser)}';
        grant slave monitor on *.* to {LocalCluster.AppUser}@'%';
        alter user root@localhost account lock;

        """;

    private string Settings(string users, bool isReplica)
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
            ["read-only"] = isReplica ? "1" : "0",
            ["slave-net-timeout"] = "5",

            // Users that are no administrators may create functions and triggers.
            ["log-bin-trust-function-creators"] = "1",
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

    private DbConnection OpenAsAdmin(string? database) =>
        // A pool would keep connections of a server that was killed since.
        MariaDbDriver.CreateConnection(ConnectionString(database ?? "", LocalCluster.AdminUser) + ";Pooling=false;Connection Timeout=5;Default Command Timeout=60");

    private async Task<(string? Receives, string? Applies, string? Error)> ReplicationAsync(CancellationToken cancellationToken)
    {
        var connection = OpenAsAdmin(database: null);
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

        throw DidNotStart();
    }
}
