using Npgsql;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Servers;

public sealed class ClusterTests(PrivatePostgreSqlCluster servers) : IClassFixture<PrivatePostgreSqlCluster>
{
    private readonly PostgreSqlCluster _cluster = servers.Cluster;

    [Fact]
    public async Task Primary_writes_and_standbys_stream()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await ExecuteAsync(_cluster.Primary, database, "create table t (id int); insert into t values (1)");
        await _cluster.WaitUntilReplicatedAsync();

        Assert.False(await _cluster.Primary.IsInRecoveryAsync());
        Assert.Equal(2, _cluster.Standbys.Length);
        foreach (var standby in _cluster.Standbys)
        {
            Assert.True(await standby.IsInRecoveryAsync());
            Assert.Equal(1L, await ScalarAsync(standby, database, "select count(*) from t"));
            Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(standby, database, "insert into t values (2)"))).SqlState);
        }
    }

    [Fact]
    public async Task Application_user_owns_its_database_and_nothing_else()
    {
        var database = await _cluster.CreateDatabaseAsync();

        Assert.Equal(PostgreSqlCluster.AppUser, await ScalarAsync(_cluster.Primary, database, "select current_user::text"));
        Assert.Equal("off", await ScalarAsync(_cluster.Primary, database, "select current_setting('is_superuser')"));
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(_cluster.Primary, database, "create database stolen"))).SqlState);
    }

    [Fact]
    public async Task Wrong_password_is_refused_over_tcp()
    {
        var settings = new NpgsqlConnectionStringBuilder(_cluster.Primary.ConnectionString("postgres")) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);

        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync())).SqlState);
    }

    [Fact]
    public async Task Paused_standby_shows_nothing_newer_until_resumed()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await ExecuteAsync(_cluster.Primary, database, "create table t (id int)");
        await _cluster.WaitUntilReplicatedAsync();
        var standby = _cluster.Standbys[0];

        await standby.PauseReplicationAsync();
        await ExecuteAsync(_cluster.Primary, database, "insert into t values (1)");
        await _cluster.WaitUntilReplicatedAsync();

        Assert.True(standby.IsReplicationPaused);
        Assert.Equal(0L, await ScalarAsync(standby, database, "select count(*) from t"));
        Assert.Equal(1L, await ScalarAsync(_cluster.Standbys[1], database, "select count(*) from t"));

        await standby.ResumeReplicationAsync();
        await _cluster.WaitUntilReplicatedAsync();
        Assert.Equal(1L, await ScalarAsync(standby, database, "select count(*) from t"));
    }

    [Theory]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    public async Task Stopped_standby_comes_back_on_its_port_and_catches_up(StopMode mode)
    {
        var database = await _cluster.CreateDatabaseAsync();
        var standby = _cluster.Standbys[1];
        var port = standby.Port;

        await standby.StopAsync(mode);
        Assert.Null(await standby.PostmasterAsync());
        await ExecuteAsync(_cluster.Primary, database, "create table t (id int)");
        await standby.StartAsync();
        await _cluster.WaitUntilStreamingAsync();
        await _cluster.WaitUntilReplicatedAsync();

        Assert.Equal(port, standby.Port);
        Assert.Equal(0L, await ScalarAsync(standby, database, "select count(*) from t"));
    }

    [Fact]
    public async Task Killed_primary_restarts_with_its_data_and_standbys_return_to_it()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await ExecuteAsync(_cluster.Primary, database, "create table t (id int); insert into t values (1)");
        await using var victim = new NpgsqlConnection(_cluster.Primary.ConnectionString(database) + ";Pooling=false");
        await victim.OpenAsync();

        await _cluster.Primary.KillAsync();

        Assert.Empty(await _cluster.Primary.ProcessesAsync());
        await using var command = new NpgsqlCommand("select 1", victim);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync());

        await _cluster.Primary.RestartAsync();
        await _cluster.WaitUntilStreamingAsync();
        Assert.Equal(1L, await ScalarAsync(_cluster.Primary, database, "select count(*) from t"));
    }

    [Fact]
    public async Task Frozen_node_accepts_and_stays_silent_until_thawed()
    {
        var standby = _cluster.Standbys[0];
        await using var connection = new NpgsqlConnection(standby.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();

        await standby.FreezeAsync();
        var states = (await standby.ProcessesAsync()).Select(ProcessState.Of).Distinct().ToArray();
        await using var command = new NpgsqlCommand("select 1", connection);
        var answer = command.ExecuteScalarAsync();
        var answeredWhileFrozen = answer.IsCompleted;
        await standby.ThawAsync();

        Assert.Equal(['T'], states);
        Assert.False(answeredWhileFrozen);
        Assert.Equal(1, await answer);
        Assert.Equal(NodeState.Running, standby.State);
    }

    [Fact]
    public async Task Cluster_leaves_neither_process_nor_directory()
    {
        var cluster = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = 1 });
        var processes = await cluster.ProcessesAsync();
        Assert.True(processes.Count >= 2, $"Only {processes.Count} processes are running.");
        await cluster.Nodes[0].FreezeAsync();
        await cluster.Nodes[1].KillAsync();

        await cluster.DisposeAsync();

        Assert.False(Directory.Exists(cluster.DirectoryPath));
        Assert.DoesNotContain(processes, ProcessState.IsAlive);
        Assert.DoesNotContain(processes, ProcessState.HasLeftSharedMemory);
    }

    private static async Task ExecuteAsync(PostgreSqlNode node, string database, string sql) => await ScalarAsync(node, database, sql);

    private static async Task<object?> ScalarAsync(PostgreSqlNode node, string database, string sql)
    {
        await using var connection = new NpgsqlConnection(node.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
