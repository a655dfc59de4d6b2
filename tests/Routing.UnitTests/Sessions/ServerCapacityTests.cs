using Microsoft.Extensions.Logging;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Testing;

namespace Routing.UnitTests.Sessions;

public sealed class ServerCapacityTests
{
    [Theory]
    //          pools of one server, each 32   of a data source  of the process  instances  allowed   wanted
    [InlineData(1,                             0,                0,              3,         97,       null)]
    [InlineData(1,                             0,                0,              4,         97,       128L)]
    [InlineData(2,                             0,                0,              2,         97,       128L)]
    [InlineData(2,                             20,               0,              4,         97,       null)]
    [InlineData(2,                             25,               0,              4,         97,       100L)]
    [InlineData(2,                             0,                24,             4,         97,       null)]
    [InlineData(2,                             0,                24,             5,         97,       120L)]
    [InlineData(100,                           0,                0,              100_000,   97,       320_000_000L)]
    public void What_all_instances_may_open_is_compared_with_what_the_server_allows(
        int pools, int dataSourceMax, int processMax, int instances, int allowed, long? wanted)
    {
        var shares = Enumerable.Range(0, pools).Select(i => new CapacityShare("db1", "orders", "orders/" + i, 32, dataSourceMax, allowed)).ToList();

        Assert.Equal(wanted, ServerCapacity.Compare(shares, processMax, instances).SingleOrDefault()?.Wanted);
    }

    [Fact]
    public void Data_sources_on_one_server_share_what_it_allows_and_other_servers_have_their_own()
    {
        CapacityShare[] shares =
        [
            new("db1", "orders", "orders/a", 60, DataSourceMax: 50, Allowed: 97),
            new("db1", "audit", "audit/a", 50, DataSourceMax: 0, Allowed: 97),
            new("db2", "orders", "orders/b", 60, DataSourceMax: 50, Allowed: 97),
        ];

        Assert.Equal([new CapacityExcess("db1", 97, 100, "orders/a 60, audit/a 50")], ServerCapacity.Compare(shares, processMax: 0, instances: 1));
    }

    [Fact]
    public async Task A_server_that_is_too_small_is_told_of_once_and_its_connections_stay_for_use()
    {
        using var logs = new LogCapture();
        var first = new FakeDriver { MaxConnections = static () => 97, Endpoint = new NodeEndpoint("db1", 5433, "orders") };
        var second = new FakeDriver { MaxConnections = static () => 97, Endpoint = new NodeEndpoint("db1", 5433, "orders") };
        var silent = new FakeDriver { Endpoint = new NodeEndpoint("db2", null, "orders") };
        await using var routing = new FakeRouting(first, second, silent);

        await ServerCapacity.WarnAsync([routing.Source], processMax: 0, instances: 2, logs.Factory.CreateLogger("test"), CancellationToken.None);

        var entry = Assert.Single(logs.Events);
        Assert.Equal((LogLevel.Warning, 1107), (entry.Level, entry.Id.Id));
        Assert.Equal(
            "Server db1:5433 allows 97 connections, but all 2 instance(s) of this service together may open 128 to it (Pool:MaxSize: fake/a 32, fake/b 32). It would refuse what is too much. Lower Pool:MaxSize, or set MaxConnections of the data source or the process; Instances says how many processes there are.",
            entry.Message);
        Assert.Equal((1, 1), (first.OpenNow, routing.Source.Pools.All.First().GetStatistics().Idle));
    }

    [Fact]
    public async Task A_node_that_cannot_be_asked_keeps_nobody_from_starting()
    {
        using var logs = new LogCapture();
        var down = new FakeDriver { DefaultOpen = FakeSteps.Refuse };
        var asked = 0;
        var file = new FakeDriver
        {
            AlwaysFresh = true,
            MaxConnections = () => ++asked,
        };
        await using var routing = new FakeRouting(down);
        await using var embedded = new FakeRouting(file);

        await ServerCapacity.WarnAsync([routing.Source, embedded.Source], processMax: 0, instances: 1000, logs.Factory.CreateLogger("test"), CancellationToken.None);

        Assert.Empty(logs.Events);
        Assert.Equal((0, 0), (asked, file.OpenNow));
    }
}
