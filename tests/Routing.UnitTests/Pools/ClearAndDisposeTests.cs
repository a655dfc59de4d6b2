using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

public sealed class ClearAndDisposeTests
{
    [Fact]
    public async Task Clear_closes_idle_ones_now_and_rented_ones_at_return()
    {
        await using var h = new PoolHarness();
        var (a, b) = (h.Rent(), h.Rent());
        var (idle, rented) = (PoolHarness.Fake(a), PoolHarness.Fake(b));
        PoolHarness.Return(a);
        h.Pool.Clear();
        Assert.Equal((1, 0), (idle.Closes, rented.Closes));
        PoolHarness.Return(b);
        Assert.Equal((1, 0), (rented.Closes, rented.Resets));
        PoolHarness.Return(h.Rent());
        Assert.Equal(1, h.Counts.Idle);
    }

    [Fact]
    public async Task Clear_lets_waiters_stay_and_discards_the_open_in_flight()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var opening = h.Driver.HoldOpen();
        var waiter = h.Start();
        h.Pool.Clear();
        opening.Succeed();
        Assert.Equal(1, PoolHarness.Fake(await PoolHarness.Served(waiter)).Number);
        Assert.Equal(1, h.Driver.Connections[0].Closes);
        Assert.Equal(1, h.Driver.MostOpen);
    }

    [Fact]
    public async Task Failure_of_an_open_from_before_a_clear_is_nobodys()
    {
        await using var h = new PoolHarness();
        var opening = h.Driver.HoldOpen();
        var waiter = h.Start();
        h.Pool.Clear();
        opening.Fail(new FakeDbException("the old primary is gone"));
        await PoolHarness.Served(waiter);
        Assert.Empty(h.Logs.WithId(1201));
    }

    [Fact]
    public async Task Clear_ends_a_fail_fast_window()
    {
        await using var h = new PoolHarness();
        h.Driver.ScriptOpen(FakeSteps.Refuse);
        await PoolHarness.Failed<NodeUnavailableException>(h.Start());
        h.Pool.Clear();
        h.Rent();
    }

    [Fact]
    public async Task Connection_being_reset_during_a_clear_is_closed_when_clean()
    {
        await using var h = new PoolHarness();
        var gate = h.Driver.HoldReset();
        PoolHarness.Return(h.Rent());
        h.Pool.Clear();
        gate.Succeed();
        Assert.Equal(new PoolStatistics(0, 0, 0, 0, 2), h.Counts);
        Assert.Equal(1, h.Driver.Connections[0].Closes);
    }

    [Fact]
    public async Task Dispose_fails_waiters_and_newcomers_and_closes_idle_ones()
    {
        var h = new PoolHarness(LaneLayout.WriterAndReaders);
        PoolHarness.Return(h.Rent(lane: Lane.Reader));
        var held = h.Rent();
        var waiter = h.Start();
        var disposal = h.Pool.DisposeAsync().AsTask();
        var error = await PoolHarness.Failed<ObjectDisposedException>(waiter);
        Assert.Equal("Pool 'orders/a' (writer) was disposed; it rents no connections any more. [RTG0105]", error.Message);
        await PoolHarness.Failed<ObjectDisposedException>(h.Start(lane: Lane.Reader));
        Assert.False(disposal.IsCompleted);
        Assert.Equal(1, h.Driver.OpenNow);
        PoolHarness.Return(held);
        await disposal;
        Assert.Equal(0, h.Driver.OpenNow);
        await h.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_waits_five_seconds_for_rented_ones_which_are_closed_when_they_come_back()
    {
        await using var h = new PoolHarness();
        var held = h.Rent();
        var disposal = h.Pool.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        await h.Time.WaitForTimersAsync(1);
        h.Advance(5000);
        await disposal;
        Assert.Equal(
            "Pool orders/a was disposed while connections were rented; after 5000 ms 1 had not come back. They are closed when they do.",
            Assert.Single(h.Logs.WithId(1209)).Message);
        Assert.NotNull(held.Connection);
        PoolHarness.Return(held);
        Assert.Equal(0, h.Driver.OpenNow);
    }

    [Fact]
    public async Task Dispose_ends_opens_in_flight()
    {
        var h = new PoolHarness();
        h.Driver.ScriptOpen(FakeSteps.Hang);
        var rent = h.Start();
        await h.Pool.DisposeAsync();
        await PoolHarness.Failed<ObjectDisposedException>(rent);
        Assert.Equal(0, h.Driver.OpenNow);
        Assert.False(PoolMeters.IsRegistered(h.Pool));
    }

    [Fact]
    public async Task Dispose_twice_is_once()
    {
        var h = new PoolHarness();
        h.Rent();
        var (first, second) = (h.Pool.DisposeAsync().AsTask(), h.Pool.DisposeAsync().AsTask());
        Assert.Same(first, second);
        await h.DisposeAsync();
        await h.Pool.DisposeAsync();
    }
}
