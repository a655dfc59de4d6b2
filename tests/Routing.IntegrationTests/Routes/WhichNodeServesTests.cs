using Npgsql;
using Routing.LocalServers;
using Routing.Testing;
using static Routing.IntegrationTests.RoutedHostExtensions;
using NodeState = Routing.Topology.NodeState;

namespace Routing.IntegrationTests.Routes;

public sealed class WhichNodeServesTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private readonly PostgreSqlCluster _cluster = database.Cluster;

    private string[] Nodes => [database.Primary, .. database.Standbys];

    [Fact]
    public async Task Both_standbys_get_reads_and_the_primary_none()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes);

        var ports = await host.Database.ReadPortsAsync(100);

        Assert.Equal(_cluster.Standbys.Select(s => s.PortText()).Order(), ports.Keys.Order());
    }

    [Fact]
    public async Task Reads_follow_the_weights()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Nodes:b:Weight"] = "3", ["Reads:Balance"] = "Random" });

        var ports = await host.Database.ReadPortsAsync(400);

        // 300 are expected on b; the bounds are more than six standard deviations away.
        Assert.InRange(ports[_cluster.Standbys[0].PortText()], 240, 360);
        Assert.Equal(400, ports[_cluster.Standbys[0].PortText()] + ports[_cluster.Standbys[1].PortText()]);
    }

    [Fact]
    public async Task Weights_drains_and_read_options_apply_while_running()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes);
        var (b, c) = (_cluster.Standbys[0].PortText(), _cluster.Standbys[1].PortText());
        await host.Database.ExecuteScalarAsync<int>("select 1");

        host.Reload(("Nodes:b:Weight", "0"));
        await Eventually.HoldsAsync("b weighs nothing", () => host.Node("b").Weight == 0);
        Assert.Equal([c], (await host.Database.ReadPortsAsync(30)).Keys);

        host.Reload(("Nodes:b:Weight", "1"), ("Nodes:c:Drain", "true"));
        await host.SeesAsync("c", NodeState.Draining);
        Assert.Equal([b], (await host.Database.ReadPortsAsync(30)).Keys);

        host.Reload(("Nodes:c:Drain", "false"));
        await Eventually.HoldsAsync("c serves again", async () => (await host.Database.ReadPortsAsync(20)).ContainsKey(c));

        host.Reload(("Reads:Prefer", "Primary"));
        await Eventually.HoldsAsync("reads go to the primary", async () => !await host.Database.ExecuteScalarAsync<bool>(OnStandby));
        Assert.Equal([_cluster.Primary.PortText()], (await host.Database.ReadPortsAsync(20)).Keys);
    }

    [Fact]
    public async Task A_node_added_while_running_serves()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary, database.Standbys[0]]);
        Assert.Equal([_cluster.Standbys[0].PortText()], (await host.Database.ReadPortsAsync(10)).Keys);

        host.Reload(("Nodes:late:ConnectionString", database.Standbys[1]));

        await Eventually.HoldsAsync("the new node serves", async () => (await host.Database.ReadPortsAsync(10)).ContainsKey(_cluster.Standbys[1].PortText()));
    }

    [Fact]
    public async Task A_lone_primary_becomes_one_of_two_when_a_standby_is_added()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary]);
        Assert.False(await host.Database.ExecuteScalarAsync<bool>(OnStandby));

        host.Reload(("Nodes:late:ConnectionString", database.Standbys[1]));

        await Eventually.HoldsAsync("the standby serves", () => host.Database.ExecuteScalarAsync<bool>(OnStandby).AsTask());
    }

    [Fact]
    public async Task Without_a_replica_the_primary_serves_or_the_read_fails_as_configured()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Nodes:b:Drain"] = "true", ["Nodes:c:Drain"] = "true" });
        Assert.False(await host.Database.ExecuteScalarAsync<bool>(OnStandby));

        host.Reload(("Reads:WhenNoReplica", "Fail"));

        NodeUnavailableException? error = null;
        await Eventually.HoldsAsync("reads fail", async () =>
        {
            error = await Record.ExceptionAsync(() => host.Database.ExecuteScalarAsync<bool>(OnStandby).AsTask()) as NodeUnavailableException;
            return error is not null;
        });
        Assert.Equal(
            "No node of data source 'db' can serve this read, so it was not sent. A retry is safe. Its nodes: a (Primary, Up), b (Replica, Draining), c (Replica, Draining). Db.Explain(...) says why each was left out; 'Routing:DataSources:db:Reads:WhenNoReplica' = 'Primary' lets the primary serve it. [RTG0202]",
            error!.Message);
        Assert.Equal(
            "Read (query without side effects) as Read -> db/nowhere: None; left out: a (Primary, Up): NotAReplica, b (Replica, Draining): Draining, c (Replica, Draining): Draining",
            host.Database.Explain(OnStandby).ToString());
        Assert.Equal(1, await host.Database.ExecuteAsync("create table if not exists fails (id int); insert into fails values (1)"));
    }

    [Fact]
    public async Task An_explicit_read_that_falls_back_to_the_primary_cannot_write_there()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Nodes:b:Drain"] = "true", ["Nodes:c:Drain"] = "true" });
        await host.Database.ExecuteAsync("create table if not exists falls_back (id int)");

        Assert.False(await host.Database.ExecuteScalarAsync<bool>(OnStandby, options: Reading));
        var error = await Assert.ThrowsAsync<PostgresException>(() => host.Database.ExecuteAsync("insert into falls_back values (1)", options: Reading).AsTask());

        Assert.Equal("25006", error.SqlState);
        Assert.Equal(0, await host.Database.ExecuteScalarAsync<long>("select count(*) from falls_back", options: Writing));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Auto_roles_are_what_the_nodes_say_whatever_their_order(bool health)
    {
        await using var host = RoutedHost.OnPostgreSql([database.Standbys[0], database.Primary, database.Standbys[1]], health: health);

        Assert.False(await host.Database.ExecuteScalarAsync<bool>("select pg_is_in_recovery() from pg_advisory_xact_lock(1)"));
        Assert.True(await host.Database.ExecuteScalarAsync<bool>(OnStandby, options: Anything));
        Assert.Equal("a Replica, b Primary, c Replica", string.Join(", ", host.Database.Topology.Nodes.Select(n => $"{n.Name} {n.Role}")));
    }

    [Fact]
    public async Task Without_a_known_primary_a_write_is_not_sent()
    {
        await using var host = RoutedHost.OnPostgreSql([.. database.Standbys]);

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteAsync("create table never (id int)").AsTask());

        Assert.Matches(
            "^No primary of data source 'db' is known, so the statement was not sent\\. A retry is safe\\. Its nodes: a \\(Replica, [^)]+\\), b \\(Replica, [^)]+\\)\\. A node with Role 'Auto' becomes primary when it answers as one\\. \\[RTG0201\\]$",
            error.Message);
        Assert.True(await host.Database.ExecuteScalarAsync<bool>(OnStandby));
    }
}
