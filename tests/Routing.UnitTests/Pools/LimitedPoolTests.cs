using Routing.Drivers;
using Routing.Pools;

namespace Routing.UnitTests.Pools;

/// <summary>Pools under a common limit: what one keeps idle is given up for another, and errors name the limit.</summary>
public sealed class LimitedPoolTests
{
    [Fact]
    public async Task An_idle_connection_of_another_pool_is_closed_to_make_room()
    {
        var limit = new ConnectionLimits(0).Of("orders", 2);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        PoolHarness.Return(a.Rent());
        Assert.Equal((1, 1), (a.Counts.Active, a.Counts.Idle));

        var lease = await PoolHarness.Served(b.Start());

        Assert.Equal((1, 0), (a.Counts.Active, a.Counts.Idle));
        Assert.Equal((1, 1), (a.Driver.OpenNow, b.Driver.OpenNow));
        Assert.Contains("another pool needs its place under MaxConnections", a.Logs.WithId(1203)[^1].Message, StringComparison.Ordinal);
        PoolHarness.Return(lease);
        PoolHarness.Return(held);
    }

    [Fact]
    public async Task A_connection_that_comes_back_goes_to_the_pool_that_waits_for_room()
    {
        var limit = new ConnectionLimits(1).Of("orders", 0);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        var waiting = b.Start();
        Assert.False(waiting.IsCompleted);

        PoolHarness.Return(held);
        var lease = await PoolHarness.Served(waiting);

        Assert.Equal((0, 1), (a.Driver.OpenNow, b.Driver.OpenNow));
        PoolHarness.Return(lease);
    }

    /// <summary>Seen to fail when a connection that becomes idle is not offered to who waits elsewhere.</summary>
    [Fact]
    public async Task A_pools_own_waiters_come_before_another_pools()
    {
        var limit = new ConnectionLimits(1).Of("orders", 0);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        var elsewhere = b.Start();
        var here = a.Start();

        PoolHarness.Return(held);
        held = await PoolHarness.Served(here);
        Assert.False(elsewhere.IsCompleted);
        PoolHarness.Return(held);
        PoolHarness.Return(await PoolHarness.Served(elsewhere));
    }

    [Fact]
    public async Task A_connection_that_closes_makes_room_too()
    {
        var limit = new ConnectionLimits(1).Of("orders", 0);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        var waiting = b.Start();

        held.Discard();
        PoolHarness.Return(held);

        PoolHarness.Return(await PoolHarness.Served(waiting));
    }

    [Fact]
    public async Task An_open_that_fails_gives_its_place_back()
    {
        var limits = new ConnectionLimits(1);
        await using var a = new PoolHarness(name: "orders/a", limit: limits.Of("orders", 0));
        a.Driver.ScriptOpen(Routing.Testing.FakeSteps.Refuse);

        await PoolHarness.Failed<NodeUnavailableException>(a.Start());

        Assert.Equal(0, limits.Open);
    }

    [Fact]
    public async Task The_minimum_of_idle_ones_is_no_reason_to_take_a_place_from_others()
    {
        var limit = new ConnectionLimits(1).Of("orders", 0);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", configure: static options => options.MinIdle = 1, limit: limit);
        PoolHarness.Return(a.Rent());

        await b.Pool.MaintainAsync();

        Assert.Equal((1, 0), (a.Driver.OpenNow, b.Driver.OpenNow));
    }

    [Fact]
    public async Task The_error_names_the_limit_of_the_data_source()
    {
        var limit = new ConnectionLimits(9).Of("orders", 1);
        await using var a = new PoolHarness(name: "orders/a", limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        var waiting = b.Start();
        b.Advance(5000);

        var error = await PoolHarness.Failed<PoolExhaustedException>(waiting);

        Assert.Equal(
            "Pool 'orders/b' gave no connection within 5 s: 0 active, 0 idle, 0 opening, at most 2; 0 waiting. No more may be opened: all 1 connections of the data source (Routing:DataSources:orders:MaxConnections) are taken. Return connections sooner, raise Routing:DataSources:orders:MaxConnections (now 1), or raise Routing:DataSources:orders:Pool:RentTimeout (now 5 s). Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
        PoolHarness.Return(held);
    }

    [Fact]
    public async Task The_error_names_the_limit_of_the_process()
    {
        var limits = new ConnectionLimits(1);
        await using var a = new PoolHarness(name: "orders/a", limit: limits.Of("orders", 0));
        await using var b = new PoolHarness(name: "audit/a", limit: limits.Of("audit", 0));
        var held = a.Rent();
        var waiting = b.Start();
        b.Advance(5000);

        var error = await PoolHarness.Failed<PoolExhaustedException>(waiting);

        Assert.Contains("No more may be opened: all 1 connections of the process (Routing:MaxConnections) are taken. Return connections sooner, raise Routing:MaxConnections (now 1), or raise", error.Message, StringComparison.Ordinal);
        PoolHarness.Return(held);
    }

    [Fact]
    public async Task Lanes_of_one_file_share_the_limit()
    {
        var limit = new ConnectionLimits(0).Of("orders", 1);
        await using var file = new PoolHarness(LaneLayout.WriterAndReaders, limit: limit);
        PoolHarness.Return(file.Rent(lane: Lane.Writer));

        var reader = await PoolHarness.Served(file.Start(lane: Lane.Reader));

        Assert.Equal(1, file.Driver.MostOpen);
        PoolHarness.Return(reader);
    }

    [Fact]
    public async Task An_in_memory_database_is_never_given_up()
    {
        var limits = new ConnectionLimits(1);
        await using var memory = new PoolHarness(LaneLayout.OneConnection, name: "memory/a", limit: limits.Of("memory", 0));
        await using var b = new PoolHarness(name: "orders/b", limit: limits.Of("orders", 0));
        PoolHarness.Return(memory.Rent());
        var waiting = b.Start();
        await memory.Pool.MaintainAsync();
        b.Advance(5000);

        await PoolHarness.Failed<PoolExhaustedException>(waiting);
        Assert.Equal(1, memory.Driver.OpenNow);
    }
}
