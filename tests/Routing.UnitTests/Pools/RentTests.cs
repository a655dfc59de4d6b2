using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

public sealed class RentTests
{
    [Fact]
    public async Task First_rent_opens_and_the_next_reuses()
    {
        await using var h = new PoolHarness();
        var first = h.Rent();
        Assert.Equal(new PoolStatistics(1, 0, 0, 0, 2), h.Counts);
        var physical = first.Physical;
        PoolHarness.Return(first);
        Assert.Equal(new PoolStatistics(0, 1, 0, 0, 2), h.Counts);
        Assert.Same(physical, h.Rent().Physical);
        Assert.Equal(1, h.Driver.Attempts);
    }

    [Fact]
    public async Task Connection_used_last_is_rented_first()
    {
        await using var h = new PoolHarness();
        var (a, b) = (h.Rent(), h.Rent());
        var (first, second) = (a.Physical, b.Physical);
        PoolHarness.Return(a);
        PoolHarness.Return(b);
        Assert.Same(second, h.Rent().Physical);
        Assert.Same(first, h.Rent().Physical);
    }

    [Fact]
    public async Task Facade_is_made_once_per_connection()
    {
        await using var h = new PoolHarness();
        var lease = h.Rent();
        var facade = lease.Connection;
        Assert.Same(lease.Physical.Connection, facade);
        PoolHarness.Return(lease);
        Assert.Same(facade, h.Rent().Connection);
    }

    [Fact]
    public async Task Never_more_than_max_are_open()
    {
        await using var h = new PoolHarness();
        var (a, b) = (h.Rent(), h.Rent());
        var c = h.Start();
        Assert.False(c.IsCompleted);
        Assert.Equal(new PoolStatistics(2, 0, 0, 1, 2), h.Counts);
        PoolHarness.Return(a);
        Assert.Equal(new PoolStatistics(2, 0, 0, 0, 2), h.Counts);
        await PoolHarness.Served(c);
        PoolHarness.Return(b);
        Assert.Equal(2, h.Driver.MostOpen);
    }

    [Fact]
    public async Task Waiters_are_served_in_order()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var waiting = Enumerable.Range(0, 5).Select(_ => h.Start()).ToArray();
        foreach (var next in waiting)
        {
            PoolHarness.Return(held);
            held = await PoolHarness.Served(next);
            Assert.Equal(Array.IndexOf(waiting, next) + 1, waiting.Count(w => w.IsCompleted));
        }
    }

    [Fact]
    public async Task Newcomer_waits_behind_the_queue()
    {
        await using var h = new PoolHarness();
        var opening = h.Driver.HoldOpen();
        var first = h.Start();
        var second = h.Driver.HoldOpen();
        var newcomer = h.Start();
        second.Succeed();
        await PoolHarness.Served(first);
        Assert.False(newcomer.IsCompleted);
        opening.Succeed();
        await PoolHarness.Served(newcomer);
    }

    [Fact]
    public async Task What_becomes_free_first_serves_the_head_and_the_surplus_open_becomes_idle()
    {
        await using var h = new PoolHarness();
        var held = h.Rent();
        var opening = h.Driver.HoldOpen();
        var waiter = h.Start();
        PoolHarness.Return(held);
        await PoolHarness.Served(waiter);
        Assert.Equal(new PoolStatistics(1, 0, 1, 0, 2), h.Counts);
        opening.Succeed();
        Assert.Equal(new PoolStatistics(1, 1, 0, 0, 2), h.Counts);
    }

    [Fact]
    public async Task Cancelled_caller_leaves_at_once_and_its_open_goes_on_for_the_pool()
    {
        await using var h = new PoolHarness();
        using var cancel = new CancellationTokenSource();
        var opening = h.Driver.HoldOpen();
        var rent = h.Start(token: cancel.Token);
        await cancel.CancelAsync();
        var error = await PoolHarness.Failed<OperationCanceledException>(rent);
        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.Equal(new PoolStatistics(0, 0, 1, 0, 2), h.Counts);
        opening.Succeed();
        Assert.Equal(new PoolStatistics(0, 1, 0, 0, 2), h.Counts);
        Assert.Equal(1, h.Driver.Attempts);
    }

    [Fact]
    public async Task Cancelled_waiter_does_not_take_the_connection_with_it()
    {
        await using var h = new PoolHarness(maxSize: 1);
        using var cancel = new CancellationTokenSource();
        var held = h.Rent();
        var cancelled = h.Start(token: cancel.Token);
        var next = h.Start();
        await cancel.CancelAsync();
        Assert.Equal(1, h.Counts.Waiting);
        PoolHarness.Return(held);
        await PoolHarness.Served(next);
        await PoolHarness.Failed<OperationCanceledException>(cancelled);
    }

    [Fact]
    public async Task Cancel_after_the_grant_changes_nothing()
    {
        // Fails when a waiter may be settled twice: the cancel would complete it again.
        await using var h = new PoolHarness(maxSize: 1);
        using var cancel = new CancellationTokenSource();
        var held = h.Rent();
        var rent = h.Pool.RentAsync(Lane.Writer, null, async: true, Deadline.None, cancel.Token);
        PoolHarness.Return(held);
        await cancel.CancelAsync();
        h.Advance(60_000);
        Assert.True(rent.IsCompletedSuccessfully);
        var lease = await rent;
        Assert.True(lease.IsHeld);
        PoolHarness.Return(lease);
        Assert.Equal(1, h.Counts.Idle);
    }

    [Fact]
    public async Task Cancelled_token_rents_nothing()
    {
        await using var h = new PoolHarness();
        await PoolHarness.Failed<OperationCanceledException>(h.Start(token: new CancellationToken(canceled: true)));
        Assert.Equal(0, h.Driver.Attempts);
    }

    [Fact]
    public async Task Exhaustion_names_counts_holders_and_settings()
    {
        await using var h = new PoolHarness(maxSize: 4);
        h.Rent(new LeaseOwner("checkout"));
        h.Advance(9_000);
        h.Rent(new LeaseOwner("nightly report"));
        h.Advance(1_000);
        h.Rent();
        h.Advance(500);
        h.Rent(new LeaseOwner("youngest"));
        var first = h.Start();
        h.Advance(1);
        var second = h.Start();
        h.Advance(4_999);
        var error = await PoolHarness.Failed<PoolExhaustedException>(first);
        Assert.Equal(
            "Pool 'orders/a' gave no connection within 5 s: 4 active, 0 idle, 0 opening, at most 4; 1 waiting. "
            + "Held longest by 'checkout' (15.5 s), 'nightly report' (6.5 s), 'one-shot call' (5.5 s). "
            + "Return connections sooner, raise Routing:DataSources:orders:Pool:MaxSize (now 4), "
            + "or raise Routing:DataSources:orders:Pool:RentTimeout (now 5 s). Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
        Assert.True(error.IsTransient);
        h.Advance(1);
        await PoolHarness.Failed<PoolExhaustedException>(second);
        Assert.Equal(0, h.Counts.Waiting);
        Assert.Equal(2, h.Logs.WithId(1204).Count);
    }

    [Fact]
    public async Task Callers_earlier_deadline_ends_the_wait()
    {
        await using var h = new PoolHarness(maxSize: 1);
        h.Rent();
        var rent = h.Start(deadline: Deadline.After(h.Time, TimeSpan.FromMilliseconds(120)));
        h.Advance(119);
        Assert.Equal(1, h.Counts.Waiting);
        h.Advance(1);
        var error = await PoolHarness.Failed<PoolExhaustedException>(rent);
        Assert.Equal(
            "Pool 'orders/a' gave no connection within 120 ms, the caller's deadline: 1 active, 0 idle, 0 opening, at most 1; 0 waiting. "
            + "Held longest by 'one-shot call' (120 ms). "
            + "Return connections sooner, raise Routing:DataSources:orders:Pool:MaxSize (now 1), or give the call a later deadline. "
            + "Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
    }

    [Fact]
    public async Task Passed_deadline_still_gets_an_idle_connection_but_does_not_wait()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var passed = Deadline.After(h.Time, TimeSpan.Zero);
        var lease = await PoolHarness.Served(h.Start(deadline: passed));
        await PoolHarness.Failed<PoolExhaustedException>(h.Start(deadline: passed));
        PoolHarness.Return(lease);
        await PoolHarness.Served(h.Start(deadline: passed));
    }

    [Fact]
    public async Task Synchronous_rent_opens_on_the_callers_thread()
    {
        await using var h = new PoolHarness();
        var thread = 0;
        h.Driver.ScriptOpen((async, _) =>
        {
            Assert.False(async);
            thread = Environment.CurrentManagedThreadId;
            return new ValueTask<bool>(true);
        });
        var rent = h.Pool.RentAsync(Lane.Writer, null, async: false, Deadline.None, default);
        Assert.True(rent.IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        PoolHarness.Return(await rent);
    }

    [Fact]
    public async Task Synchronous_rent_blocks_until_a_connection_is_handed_over()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        Lease got = default;
        var completed = false;
        var caller = new Thread(() =>
        {
            var rent = h.Pool.RentAsync(Lane.Writer, null, async: false, Deadline.None, default);
            completed = rent.IsCompleted;
            got = rent.GetAwaiter().GetResult();
        });
        caller.Start();
        SpinWait.SpinUntil(() => h.Counts.Waiting == 1);
        PoolHarness.Return(held);
        caller.Join();
        Assert.True(completed);
        Assert.True(got.IsHeld);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Synchronous_rent_ends_at_its_time_out_or_cancel(bool cancel)
    {
        await using var h = new PoolHarness(maxSize: 1);
        h.Rent();
        using var source = new CancellationTokenSource();
        Exception? error = null;
        var caller = new Thread(() => error = Record.Exception(
            () => { h.Pool.RentAsync(Lane.Writer, null, async: false, Deadline.None, source.Token).GetAwaiter().GetResult(); }));
        caller.Start();
        await h.Time.WaitForTimersAsync(1);
        if (cancel)
        {
            SpinWait.SpinUntil(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            await source.CancelAsync();
        }
        else
        {
            h.Advance(5_000);
        }

        caller.Join();
        Assert.IsType(cancel ? typeof(OperationCanceledException) : typeof(PoolExhaustedException), error);
    }

    [Fact]
    public async Task Idle_connection_proves_itself_before_it_is_rented()
    {
        await using var h = new PoolHarness(configure: o => o.ValidateAfter = TimeSpan.FromSeconds(1));
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        PoolHarness.Return(lease);
        h.Advance(999);
        PoolHarness.Return(h.Rent());
        Assert.Equal(0, fake.Validations);
        h.Advance(1000);
        Assert.Same(fake, h.Rent().Physical);
        Assert.Equal(1, fake.Validations);
    }

    [Fact]
    public async Task Connection_that_gives_no_sign_of_life_is_closed_and_the_next_is_tried()
    {
        await using var h = new PoolHarness(configure: o => o.ValidateAfter = TimeSpan.FromSeconds(1));
        var (a, b) = (h.Rent(), h.Rent());
        var (dead, alive) = (PoolHarness.Fake(a), PoolHarness.Fake(b));
        PoolHarness.Return(a);
        PoolHarness.Return(b);
        h.Advance(2000);
        h.Driver.ScriptValidation(FakeSteps.Refuse);
        Assert.Same(alive, h.Rent().Physical);
        Assert.Equal((1, 0), (dead.Closes, alive.Closes));
        Assert.Equal(new PoolStatistics(1, 0, 0, 0, 2), h.Counts);
    }

    [Fact]
    public async Task Validation_that_hangs_ends_at_the_connect_time_out_and_counts_as_active_until_then()
    {
        await using var h = new PoolHarness(maxSize: 1, configure: o => o.ValidateAfter = TimeSpan.FromSeconds(1));
        PoolHarness.Return(h.Rent());
        h.Advance(1500);
        h.Driver.ScriptValidation(FakeSteps.Hang);
        var rent = h.Start();
        Assert.Equal(new PoolStatistics(1, 0, 0, 1, 1), h.Counts);
        h.Advance(2000);
        await PoolHarness.Served(rent);
        Assert.Equal(2, h.Driver.Attempts);
    }

    [Fact]
    public async Task Broken_connection_makes_the_idle_ones_prove_themselves()
    {
        await using var h = new PoolHarness();
        var (a, b) = (h.Rent(), h.Rent());
        var idle = PoolHarness.Fake(a);
        PoolHarness.Return(a);
        PoolHarness.Fake(b).Broken = true;
        PoolHarness.Return(b);
        Assert.Same(idle, h.Rent().Physical);
        Assert.Equal(1, idle.Validations);
    }

    [Fact]
    public async Task Lanes_are_queues_of_their_own()
    {
        await using var h = new PoolHarness(LaneLayout.WriterAndReaders);
        var writer = h.Rent(lane: Lane.Writer);
        var secondWriter = h.Start(lane: Lane.Writer);
        var (r1, r2) = (h.Rent(lane: Lane.Reader), h.Rent(lane: Lane.Reader));
        Assert.Equal((Lane.Writer, Lane.Reader), (PoolHarness.Fake(writer).Lane, PoolHarness.Fake(r1).Lane));
        Assert.Equal(new PoolStatistics(3, 0, 0, 1, 3), h.Counts);
        PoolHarness.Return(r1);
        PoolHarness.Return(r2);
        Assert.False(secondWriter.IsCompleted);
        h.Advance(5000);
        var error = await PoolHarness.Failed<PoolExhaustedException>(secondWriter);
        Assert.Equal(
            "Pool 'orders/a' (writer) gave no connection within 5 s: 1 active, 0 idle, 0 opening, at most 1; 0 waiting. "
            + "Held longest by 'one-shot call' (5 s). "
            + "A file has one writer: keep write transactions short, or raise Routing:DataSources:orders:Pool:RentTimeout (now 5 s). "
            + "Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
    }

    [Fact]
    public async Task One_connection_serves_both_lanes()
    {
        await using var h = new PoolHarness(LaneLayout.OneConnection, maxSize: 8);
        var writer = h.Rent(lane: Lane.Writer);
        var reader = h.Start(lane: Lane.Reader);
        Assert.Equal(new PoolStatistics(1, 0, 0, 1, 1), h.Counts);
        PoolHarness.Return(writer);
        await PoolHarness.Served(reader);
        Assert.Equal(1, h.Driver.Attempts);
    }
}
