using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Routing.LocalServers;

/// <summary>One server of a <see cref="PostgreSqlCluster"/>; its name is also its application_name when it streams. Thread-safe.</summary>
public sealed class PostgreSqlNode : LocalNode
{
    private readonly PostgreSqlCluster _cluster;

    internal PostgreSqlNode(PostgreSqlCluster cluster, ClusterDirectory directory, int index)
        : base(cluster, directory, index) => _cluster = cluster;

    /// <summary>A connection string for Npgsql, without options beyond address and log-in.</summary>
    /// <param name="database">The database.</param>
    /// <param name="user"><see cref="LocalCluster.AppUser"/> (the default) or <see cref="LocalCluster.AdminUser"/>.</param>
    public override string ConnectionString(string database, string user = LocalCluster.AppUser) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = database,
            Username = user,
            Password = _cluster.PasswordOf(user),
        }.ConnectionString;

    /// <summary>Stops it with <c>pg_ctl stop</c>; a frozen node is thawed first, a stopped one is left alone.</summary>
    public Task StopAsync(StopMode mode, CancellationToken cancellationToken = default) => StopByAsync(mode, cancellationToken);

    /// <summary>Makes a running standby stream from another node, and waits until it does.</summary>
    public override async Task FollowAsync(LocalNode source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await ExecuteAsAdminAsync($"alter system set primary_conninfo = {Quote(_cluster.StreamFrom(source, this))}", cancellationToken: cancellationToken).ConfigureAwait(false);
        await ExecuteAsAdminAsync("select pg_reload_conf()", cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilStreamingAsync(source, [this], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As superuser; <paramref name="database"/> is <c>postgres</c> by default.</summary>
    /// <inheritdoc/>
    public override async Task<string?> QueryAsAdminAsync(string sql, string? database = null, CancellationToken cancellationToken = default)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString(database ?? "postgres", LocalCluster.AdminUser))
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

    /// <summary>The number of its postmaster; null when it is not running.</summary>
    public async Task<int?> PostmasterAsync(CancellationToken cancellationToken = default) =>
        await _cluster.Script.ProcessesAsync("postmasters", DataDirectory, cancellationToken).ConfigureAwait(false) is [var pid, ..] ? pid : null;

    /// <summary>Writes the settings that are this node's own; with a source it becomes a standby of that.</summary>
    private protected override async Task ConfigureAsync(LocalNode? source, CancellationToken cancellationToken)
    {
        // The file ALTER SYSTEM writes to, so that a later one finds and replaces these lines.
        var lines = string.Create(CultureInfo.InvariantCulture, $"port = {Port}\ncluster_name = 'routing-{Name}'\n");
        if (source is not null)
        {
            lines += $"primary_conninfo = {Quote(_cluster.StreamFrom(source, this))}\n";
            await WriteFileAsync("standby.signal", "", cancellationToken).ConfigureAwait(false);
        }

        await WriteFileAsync("postgresql.auto.conf", lines, cancellationToken).ConfigureAwait(false);
    }

    private protected override async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        await _cluster.Script.RunAsync("sweep", DataDirectory, cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            await ControlAsync("start", ["-l", LogFile], cancellationToken).ConfigureAwait(false);
        }
        catch (LocalServerException e)
        {
            throw DidNotStart(e);
        }
    }

    private protected override Task StopCoreAsync(StopMode mode, CancellationToken cancellationToken) =>
        ControlAsync("stop", ["-m", mode == StopMode.Fast ? "fast" : "immediate"], cancellationToken);

    private protected override async Task PauseCoreAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsAdminAsync("select pg_wal_replay_pause()", cancellationToken: cancellationToken).ConfigureAwait(false);
        await _cluster.WaitUntilAsync(
            async ct => await QueryAsAdminAsync("select pg_get_wal_replay_pause_state()", cancellationToken: ct).ConfigureAwait(false) == "paused",
            () => $"node {Name} to pause its replay",
            cancellationToken).ConfigureAwait(false);
    }

    private protected override Task ResumeCoreAsync(CancellationToken cancellationToken) =>
        ExecuteAsAdminAsync("select pg_wal_replay_resume()", cancellationToken: cancellationToken);

    private protected override Task PromoteCoreAsync(CancellationToken cancellationToken) => ControlAsync("promote", [], cancellationToken);

    /// <summary>By <c>pg_basebackup</c>: all it had and the other has not is lost.</summary>
    private protected override Task RejoinCoreAsync(LocalNode source, CancellationToken cancellationToken) =>
        ChangeAsync(
            async ct =>
            {
                await KillCoreAsync(ct).ConfigureAwait(false);
                await _cluster.Script.RunAsync("sweep", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                await _cluster.Script.RunAsync("empty", DataDirectory, cancellationToken: ct).ConfigureAwait(false);
                await _cluster.Script.RunProgramAsync(
                    _cluster.DirectoryPath,
                    "pg_basebackup",
                    ["-D", DataDirectory, "-X", "stream", "-c", "fast", "--no-sync", "-d", _cluster.StreamFrom(source, this)],
                    ct).ConfigureAwait(false);
                await PrepareAsync(source, ct).ConfigureAwait(false);
                await StartIfStoppedAsync(ct).ConfigureAwait(false);
                await _cluster.WaitUntilStreamingAsync(source, [this], ct).ConfigureAwait(false);
            },
            cancellationToken);

    private static string Quote(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private Task ControlAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        var seconds = ((int)_cluster.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return _cluster.Script.RunProgramAsync(
            _cluster.DirectoryPath, "pg_ctl", [command, "-D", DataDirectory, "-s", "-w", "-t", seconds, .. arguments], cancellationToken);
    }
}
