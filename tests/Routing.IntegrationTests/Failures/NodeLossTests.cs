using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Routing.LocalServers;
using Routing.Testing;
using static Routing.IntegrationTests.RoutedHostExtensions;
using NodeState = Routing.Topology.NodeState;

namespace Routing.IntegrationTests.Failures;

/// <summary>Nodes that go and come back, each test on nodes it leaves running.</summary>
public sealed class NodeLossTests(PrivatePostgreSqlCluster servers) : IClassFixture<PrivatePostgreSqlCluster>, IAsyncLifetime
{
    private readonly PostgreSqlCluster _cluster = servers.Cluster;
    private string _database = null!;
    private RoutedHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await _cluster.CreateDatabaseAsync();
        await _cluster.Primary.ExecuteAsAdminAsync("create table t (id int); grant all on t to app", _database);
        await _cluster.WaitUntilReplicatedAsync();
        _host = RoutedHost.OnPostgreSql(_cluster.Nodes.Select(n => n.ConnectionString(_database)));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("freeze")]
    public async Task Buffered_reads_go_on_while_a_standby_goes_and_comes_back(string how)
    {
        var standby = _cluster.Standbys[0];
        await Eventually.HoldsAsync("the standby serves", async () => (await _host.Database.ReadPortsAsync(10)).ContainsKey(standby.PortText()));
        using var stop = new CancellationTokenSource();
        var errors = new ConcurrentQueue<Exception>();
        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => ReadAsync(errors, stop.Token))).ToArray();

        await (how switch
        {
            "stop" => standby.StopAsync(),
            "kill" => standby.KillAsync(),
            _ => standby.FreezeAsync(),
        });
        await _host.SeesAsync("b", NodeState.Down);
        await (how == "freeze" ? standby.ThawAsync() : standby.StartAsync());
        await _host.SeesAsync("b", NodeState.Up);
        await Eventually.HoldsAsync("the standby serves again", async () => (await _host.Database.ReadPortsAsync(10)).ContainsKey(standby.PortText()));
        await stop.CancelAsync();
        await Task.WhenAll(readers);

        if (how == "freeze")
        {
            // A silent server is only known by its time-out: the statements that were on it waited for nothing else.
            Assert.All(errors, error => Assert.IsType<TimeoutException>(error.InnerException));
        }
        else
        {
            Assert.Empty(errors);
        }

        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task Reads_survive_backends_terminated_while_idle_and_so_do_writes_after_a_second()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.Database.ExecuteScalarAsync<object>("select pg_sleep(0.05)").AsTask()));
        await TerminateAllAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.Database.ExecuteScalarAsync<int>("select 1").AsTask()));

        // Idle for longer than Pool:ValidateAfter, a connection proves itself before a write is given to it.
        await using var careful = RoutedHost.OnPostgreSql(_cluster.Nodes.Select(n => n.ConnectionString(_database)), new() { ["Pool:ValidateAfter"] = "00:00:00" });
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => careful.Database.ExecuteAsync("insert into t select 1 from pg_sleep(0.05)").AsTask()));
        await TerminateAllAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(1, await careful.Database.ExecuteAsync("insert into t values (2)"));
        }
    }

    [Fact]
    public async Task A_write_on_a_connection_terminated_a_moment_ago_fails_and_is_not_repeated()
    {
        await using var trusting = RoutedHost.OnPostgreSql(_cluster.Nodes.Select(n => n.ConnectionString(_database)), new() { ["Pool:ValidateAfter"] = "00:10:00" });
        await trusting.Database.ExecuteAsync("insert into t values (1)");
        await TerminateAllAsync();

        var error = await Record.ExceptionAsync(() => trusting.Database.ExecuteAsync("insert into t values (2)").AsTask());

        Assert.Equal("57P01", Assert.IsType<PostgresException>(error).SqlState);
        Assert.Equal(1, await trusting.Database.ExecuteAsync("insert into t values (3)"));
        Assert.Equal([1, 3], await trusting.Database.QueryAsync<int>("select id from t order by id", options: Writing));
    }

    [Fact]
    public async Task The_health_check_tells_what_is_possible()
    {
        await _host.Database.ExecuteScalarAsync<int>("select 1");
        await Eventually.HoldsAsync("all is well", async () => (await CheckAsync()).Status == HealthStatus.Healthy);
        Assert.Equal("db: reads and writes.", (await CheckAsync()).Description);

        await _cluster.Standbys[0].StopAsync();
        await _host.SeesAsync("b", NodeState.Down);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);
        Assert.Equal("db: reads and writes (b: Replica Down).", (await CheckAsync()).Description);

        await _cluster.Primary.StopAsync(StopMode.Immediate);
        await _host.SeesAsync("a", NodeState.Down);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);
        Assert.Equal("db: reads only, no usable primary (a: Primary Down, b: Replica Down).", (await CheckAsync()).Description);

        await _cluster.Standbys[1].StopAsync();
        await _host.SeesAsync("c", NodeState.Down);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync()).Status);
        Assert.Equal("db: neither reads nor writes (a: Primary Down, b: Replica Down, c: Replica Down).", (await CheckAsync()).Description);
        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => _host.Database.ExecuteScalarAsync<int>("select 1").AsTask());
        Assert.Contains("A retry is safe", error.Message, StringComparison.OrdinalIgnoreCase);

        foreach (var node in _cluster.Nodes)
        {
            await node.StartAsync();
        }

        await Eventually.HoldsAsync("all is well again", async () => (await CheckAsync()).Status == HealthStatus.Healthy);
        Assert.Equal(1, await _host.Database.ExecuteAsync("insert into t values (1)"));
        await _cluster.WaitUntilStreamingAsync();
    }

    [Fact]
    public async Task After_a_promotion_writes_find_the_new_primary_and_the_old_one_returns_as_a_standby()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync();
        var (a, b, c) = (cluster.Nodes[0], cluster.Nodes[1], cluster.Nodes[2]);
        await using var host = RoutedHost.OnPostgreSql(cluster.Nodes.Select(n => n.ConnectionString(database)));
        await host.Database.ExecuteAsync("create table t (id int)");
        await cluster.WaitUntilReplicatedAsync();

        await a.KillAsync();
        var first = await Record.ExceptionAsync(() => host.Database.ExecuteAsync("insert into t values (0)").AsTask());
        await host.SeesAsync("a", NodeState.Down);
        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteAsync("insert into t values (0)").AsTask());

        Assert.NotNull(first);
        Assert.StartsWith("Pool 'db/a' ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was sent; a retry is safe. [RTG010", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.Database.ExecuteScalarAsync<long>("select count(*) from t", options: Anything));

        await b.PromoteAsync();
        await c.FollowAsync(b);
        await Eventually.HoldsAsync("writes work again", async () => await host.Database.ExecuteAsync("insert into t values (1)") == 1);
        Assert.Equal(b.PortText(), await host.Database.ExecuteScalarAsync<string>(Port, options: Writing));
        Assert.Equal(1, await host.Database.ExecuteScalarAsync<long>("select count(*) from t"));

        await a.RejoinAsync(b);
        await Eventually.HoldsAsync("the old primary serves reads", async () => (await host.Database.ReadPortsAsync(10)).ContainsKey(a.PortText()));
        Assert.Equal("a Replica, b Primary, c Replica", string.Join(", ", host.Database.Topology.Nodes.Select(n => $"{n.Name} {n.Role}")));
        await Eventually.HoldsAsync("all see the row", async () => await host.Database.ExecuteScalarAsync<long>("select count(*) from t", options: Anything) == 1);
    }

    private async Task ReadAsync(ConcurrentQueue<Exception> errors, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                Assert.Equal(i, await _host.Database.ExecuteScalarAsync<int>("select @i::int", new { i }, options: new StatementOptions { Timeout = TimeSpan.FromSeconds(5) }, ct: CancellationToken.None));
            }
            catch (Exception error)
            {
                errors.Enqueue(error);
            }
        }
    }

    private async Task<HealthReportEntry> CheckAsync() =>
        (await _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["routing:db"];

    private async Task TerminateAllAsync()
    {
        foreach (var node in _cluster.Nodes)
        {
            await node.ExecuteAsAdminAsync($"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{_database}' and pid <> pg_backend_pid()");
        }
    }
}
