using System.Data.Common;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Servers;

public sealed class MariaDbClusterTests(PrivateMariaDbCluster servers) : IClassFixture<PrivateMariaDbCluster>
{
    private const string Create = "create table t (id int)";

    private readonly MariaDbCluster _cluster = servers.Cluster;

    [Fact]
    public async Task Primary_writes_and_the_replica_applies_and_refuses_writes()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await ScalarAsync(_cluster.Primary, database, Create);
        await ScalarAsync(_cluster.Primary, database, "insert into t values (1)");
        await _cluster.WaitUntilReplicatedAsync();

        var replica = Assert.Single(_cluster.Replicas);
        Assert.Equal("1", await ScalarAsync(replica, database, "select count(*) from t"));
        var refused = await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync(replica, database, "insert into t values (2)"));
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_user_has_its_databases_and_nothing_else()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync(_cluster.Primary, database, "create database stolen"));
        await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync(_cluster.Primary, database, "set global read_only = 0"));
    }

    [Fact]
    public async Task Paused_and_delayed_replicas_show_nothing_newer()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await ScalarAsync(_cluster.Primary, database, Create);
        await _cluster.WaitUntilReplicatedAsync();
        var replica = _cluster.Replicas[0];

        await replica.PauseReplicationAsync();
        await ScalarAsync(_cluster.Primary, database, "insert into t values (1)");
        await _cluster.WaitUntilReplicatedAsync();
        Assert.True(replica.IsReplicationPaused);
        Assert.Equal("0", await ScalarAsync(replica, database, "select count(*) from t"));

        await replica.ResumeReplicationAsync();
        await _cluster.WaitUntilReplicatedAsync();
        Assert.Equal("1", await ScalarAsync(replica, database, "select count(*) from t"));

        await replica.DelayReplicationAsync(600);
        await ScalarAsync(_cluster.Primary, database, "insert into t values (2)");
        Assert.Equal("1", await ScalarAsync(replica, database, "select count(*) from t"));
        await replica.DelayReplicationAsync(0);
        await _cluster.WaitUntilReplicatedAsync();
        Assert.Equal("2", await ScalarAsync(replica, database, "select count(*) from t"));
    }

    [Fact]
    public async Task Stopped_and_killed_nodes_come_back_on_their_ports_with_their_data()
    {
        var database = await _cluster.CreateDatabaseAsync();
        var (primary, replica) = (_cluster.Primary, _cluster.Replicas[0]);
        var port = replica.Port;

        await replica.StopAsync();
        Assert.Null(await replica.ProcessAsync());
        await ScalarAsync(primary, database, Create);
        await replica.StartAsync();
        await _cluster.WaitUntilReplicatedAsync();
        Assert.Equal(port, replica.Port);
        Assert.Equal("0", await ScalarAsync(replica, database, "select count(*) from t"));

        await primary.KillAsync();
        await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync(primary, database, "select 1"));
        await primary.RestartAsync();
        await ScalarAsync(primary, database, "insert into t values (1)");
        await _cluster.WaitUntilReplicatedAsync();
        Assert.Equal("1", await ScalarAsync(replica, database, "select count(*) from t"));
    }

    [Fact]
    public async Task Frozen_node_stays_silent_until_thawed()
    {
        var replica = _cluster.Replicas[0];
        await using var connection = MariaDbDriver.CreateConnection(replica.ConnectionString("") + ";Pooling=false");
        await connection.OpenAsync();

        await replica.FreezeAsync();
        var state = ProcessState.Of((await replica.ProcessAsync())!.Value);
        await replica.ThawAsync();

        Assert.Equal('T', state);
        Assert.Equal(NodeState.Running, replica.State);
        await using var command = connection.CreateCommand();
        command.CommandText = "select 1";
        Assert.Equal(1L, Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Promoted_replica_leads_and_the_old_primary_follows_and_nothing_is_left_at_the_end()
    {
        var cluster = await MariaDbCluster.StartAsync();
        await using (cluster)
        {
            var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
            var database = await cluster.CreateDatabaseAsync();
            await ScalarAsync(a, database, Create);
            await cluster.WaitUntilReplicatedAsync();

            await a.KillAsync();
            await b.PromoteAsync();
            await ScalarAsync(b, database, "insert into t values (1)");
            await a.StartAsync();
            await a.FollowAsync(b);
            await cluster.WaitUntilReplicatedAsync();
            Assert.Equal("1", await ScalarAsync(a, database, "select count(*) from t"));
            await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync(a, database, "insert into t values (2)"));
            Assert.Equal(2, (await cluster.ProcessesAsync()).Count);
        }

        Assert.Empty(await cluster.ProcessesAsync());
        Assert.False(Directory.Exists(cluster.DirectoryPath));
    }

    private static async Task<string?> ScalarAsync(MariaDbNode node, string database, string sql)
    {
        await using var connection = MariaDbDriver.CreateConnection(node.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
