using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

public sealed class MaintenanceTests
{
    [Fact]
    public async Task Minimum_is_opened_in_parallel_and_replenished()
    {
        await using var h = new PoolHarness(maxSize: 5, configure: static o => o.MinIdle = 3);
        var gates = Enumerable.Range(0, 3).Select(_ => h.Driver.HoldOpen()).ToArray();
        await h.Pool.MaintainAsync();
        Assert.Equal(new PoolStatistics(0, 0, 3, 0, 5), h.Counts);
        await h.Pool.MaintainAsync();
        Assert.Equal(3, h.Driver.Attempts);
        Array.ForEach(gates, static gate => gate.Succeed());
        var leases = Enumerable.Range(0, 3).Select(_ => h.Rent()).ToArray();
        await h.Pool.MaintainAsync();
        Assert.Equal(new PoolStatistics(3, 2, 0, 0, 5), h.Counts);
        Assert.All(leases, PoolHarness.Return);
    }

    [Fact]
    public async Task Reset_that_waits_for_the_next_command_is_sent_when_none_comes_within_a_second()
    {
        await using var h = new PoolHarness(maxSize: 2);
        PoolHarness.Return(h.Rent());
        var connection = h.Driver.Connections[0];
        connection.PendingReset = true;
        h.Advance(999);
        await h.Pool.MaintainAsync();
        Assert.Equal(0, connection.Validations);
        h.Advance(1);
        await h.Pool.MaintainAsync();
        Assert.Equal((1, false), (connection.Validations, connection.PendingReset));
        Assert.Equal(1, h.Counts.Idle);
        h.Advance(10_000);
        await h.Pool.MaintainAsync();
        Assert.Equal(1, connection.Validations);
    }

    [Fact]
    public async Task Failing_minimum_is_tried_once_per_window()
    {
        await using var h = new PoolHarness(maxSize: 5, configure: static o => o.MinIdle = 3);
        h.Driver.DefaultOpen = FakeSteps.Refuse;
        await h.Pool.MaintainAsync();
        Assert.Equal(1, h.Driver.Attempts);
        await h.Pool.MaintainAsync();
        Assert.Equal(1, h.Driver.Attempts);
        h.Advance(250);
        h.Driver.DefaultOpen = FakeSteps.Succeed;
        await h.Pool.MaintainAsync();
        Assert.Equal(3, h.Counts.Idle);
    }

    [Fact]
    public async Task What_idles_too_long_is_closed_down_to_the_minimum_the_highest_place_first()
    {
        await using var h = new PoolHarness(maxSize: 5, configure: static o => (o.MinIdle, o.MaxIdleTime) = (2, TimeSpan.FromSeconds(60)));
        var leases = Enumerable.Range(0, 5).Select(_ => h.Rent()).ToArray();
        Assert.All(leases, PoolHarness.Return);
        h.Advance(30_000);
        PoolHarness.Return(h.Rent());
        h.Advance(29_999);
        await h.Pool.MaintainAsync();
        Assert.Equal(5, h.Counts.Idle);
        h.Advance(1);
        await h.Pool.MaintainAsync();
        Assert.Equal(2, h.Counts.Idle);
        Assert.Equal([0, 1, 1, 1, 0], h.Driver.Connections.Select(static c => c.Closes));
        h.Advance(3_600_000);
        await h.Pool.MaintainAsync();
        Assert.Equal(2, h.Counts.Idle);
    }

    [Fact]
    public async Task Idle_connection_past_its_lifetime_is_replaced_when_the_minimum_needs_it()
    {
        await using var h = new PoolHarness(configure: static o => (o.MinIdle, o.MaxLifetime) = (1, TimeSpan.FromSeconds(60)));
        await h.Pool.MaintainAsync();
        h.Advance(60_000);
        await h.Pool.MaintainAsync();
        Assert.Equal([1, 0], h.Driver.Connections.Select(static c => c.Closes));
        Assert.Equal(1, h.Counts.Idle);
    }

    [Fact]
    public async Task Connection_past_its_lifetime_serves_until_its_replacement_is_open()
    {
        await using var h = new PoolHarness(configure: static o => o.MaxLifetime = TimeSpan.FromSeconds(60));
        PoolHarness.Return(h.Rent());
        h.Advance(60_000);
        var opening = h.Driver.HoldOpen();
        await h.Pool.MaintainAsync();
        Assert.Equal(new PoolStatistics(0, 1, 1, 0, 2), h.Counts);
        var lease = h.Rent();
        Assert.Equal(0, PoolHarness.Fake(lease).Number);
        await h.Pool.MaintainAsync();
        Assert.Equal(2, h.Driver.Attempts);
        opening.Succeed();
        Assert.Equal(2, h.Driver.OpenNow);
        PoolHarness.Return(lease);
        Assert.Equal([1, 0], h.Driver.Connections.Select(static c => c.Closes));
    }

    [Fact]
    public async Task Connection_past_its_lifetime_that_nobody_needs_is_closed_without_replacement()
    {
        await using var h = new PoolHarness(configure: static o => (o.MaxLifetime, o.MaxIdleTime) = (TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(60)));
        var (a, b) = (h.Rent(), h.Rent());
        PoolHarness.Return(a);
        PoolHarness.Return(b);
        h.Advance(599_000);
        await h.Pool.MaintainAsync();
        Assert.Equal(0, h.Driver.OpenNow);
        Assert.Equal(2, h.Driver.Attempts);
    }

    [Fact]
    public async Task Lifetime_that_ends_while_replacements_cannot_be_opened_goes_on()
    {
        await using var h = new PoolHarness(configure: static o => o.MaxLifetime = TimeSpan.FromSeconds(60));
        PoolHarness.Return(h.Rent());
        h.Advance(60_000);
        h.Driver.ScriptOpen(FakeSteps.Refuse);
        await h.Pool.MaintainAsync();
        Assert.Equal(new PoolStatistics(0, 1, 0, 0, 2), h.Counts);
        h.Advance(1000);
        await h.Pool.MaintainAsync();
        Assert.Equal([1, 0], h.Driver.Connections.Select(static c => c.Closes));
    }

    [Fact]
    public async Task Cohort_of_one_birthday_leaves_one_by_one_over_a_tenth_of_its_lifetime()
    {
        // Busy all the time, at the maximum: there is no room for replacements before the old ones go.
        await using var h = new PoolHarness(maxSize: 20, configure: static o => o.MaxLifetime = TimeSpan.FromSeconds(1000));
        var leases = Enumerable.Range(0, 20).Select(_ => h.Rent()).ToArray();
        h.Advance(899_000);
        var closed = 0;
        for (var second = 899; second < 1030; second++)
        {
            await h.Pool.MaintainAsync();
            Assert.All(leases, PoolHarness.Return);
            leases = [.. Enumerable.Range(0, 20).Select(_ => h.Rent())];
            var now = h.Driver.Connections.Take(20).Count(static c => c.Closes > 0);
            Assert.InRange(now - closed, 0, 1);
            Assert.True(second >= 900 || now == 0, "Closed before its jittered lifetime.");
            closed = now;
            h.Advance(1000);
        }

        Assert.Equal(20, closed);
    }

    [Fact]
    public async Task What_is_above_the_most_used_at_once_is_closed_although_threads_use_them_in_turn()
    {
        await using var h = new PoolHarness(maxSize: 4, configure: static o => (o.MaxIdleTime, o.Reset) = (TimeSpan.FromSeconds(80), ResetMode.Never));
        var leases = Enumerable.Range(0, 4).Select(_ => h.Rent()).ToArray();
        Assert.All(leases, PoolHarness.Return);
        for (var second = 0; second < 200; second++)
        {
            // Another one each round, as when callers move from thread to thread: none idles for long.
            EntryTable.Settle(h.Pool.Lanes[0].Entries.All[second % 4]);
            PoolHarness.Return(h.Rent());
            h.Advance(1000);
            await h.Pool.MaintainAsync();
        }

        Assert.Equal(1, h.Counts.Idle);
    }

    [Fact]
    public async Task Silent_connections_are_asked_for_a_sign_of_life_and_idle_on()
    {
        await using var h = new PoolHarness(maxSize: 2, configure: static o => (o.KeepAlive, o.MaxIdleTime) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)));
        PoolHarness.Return(h.Rent());
        var fake = h.Driver.Connections[0];
        for (var second = 0; second < 59; second++)
        {
            h.Advance(1000);
            await h.Pool.MaintainAsync();
        }

        Assert.Equal((5, 0), (fake.Validations, fake.Closes));
        h.Advance(1000);
        await h.Pool.MaintainAsync();
        Assert.Equal(1, fake.Closes);
    }

    [Fact]
    public async Task Connection_that_does_not_answer_its_keep_alive_is_closed()
    {
        await using var h = new PoolHarness(configure: static o => o.KeepAlive = TimeSpan.FromSeconds(10));
        PoolHarness.Return(h.Rent());
        h.Advance(10_000);
        h.Driver.ScriptValidation(FakeSteps.Refuse);
        await h.Pool.MaintainAsync();
        Assert.Equal(0, h.Driver.OpenNow);
    }

    [Fact]
    public async Task Large_minimum_is_opened_four_at_a_time_without_waiting_for_the_next_round()
    {
        await using var h = new PoolHarness(maxSize: 10, configure: static o => o.MinIdle = 10);
        h.Driver.DefaultOpen = FakeSteps.After(h.Time, TimeSpan.FromMilliseconds(100));
        await h.Pool.MaintainAsync();
        Assert.Equal(4, h.Counts.Opening);
        h.Advance(300);
        Assert.Equal(10, h.Counts.Idle);
    }

    [Fact]
    public async Task Zero_times_mean_never()
    {
        await using var h = new PoolHarness(configure: static o => (o.MaxIdleTime, o.MaxLifetime) = (TimeSpan.Zero, TimeSpan.Zero));
        PoolHarness.Return(h.Rent());
        h.Advance(TimeSpan.FromDays(1000).TotalMilliseconds);
        await h.Pool.MaintainAsync();
        Assert.Equal(0, PoolHarness.Fake(h.Rent()).Number);
    }

    [Fact]
    public async Task Loop_warms_up_at_start_and_goes_on_until_dispose()
    {
        var h = new PoolHarness(configure: static o => (o.MinIdle, o.MaxLifetime) = (1, TimeSpan.FromSeconds(60)), maintain: true);
        SpinWait.SpinUntil(() => h.Counts.Idle == 1);
        while (h.Driver.Attempts < 2)
        {
            await h.Time.WaitForTimersAsync(1);
            h.Advance(1100);
        }

        await h.DisposeAsync();
        Assert.Equal(0, h.Driver.OpenNow);
        Assert.Equal(0, h.Time.ArmedTimers);
    }
}
