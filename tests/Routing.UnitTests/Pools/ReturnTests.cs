using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

// Not beside the tests of the meters: a listener would measure, and allocate, on this thread.
[Collection("pool meters")]
public sealed class ReturnTests
{
    [Fact]
    public async Task Second_return_throws_and_leaves_the_next_holder_alone()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var lease = h.Rent();
        PoolHarness.Return(lease);
        var next = h.Rent();
        var error = Assert.Throws<InvalidOperationException>(() => { _ = lease.ReturnAsync(async: true); });
        Assert.Equal(
            "A lease of pool 'orders/a' was returned twice. Return each lease once; the second return was ignored, and the connection is safe. [RTG0107]",
            error.Message);
        Assert.Equal(1, h.Counts.Active);
        Assert.NotNull(next.Connection);
    }

    [Fact]
    public async Task Use_after_return_throws()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var lease = h.Rent();
        PoolHarness.Return(lease);
        h.Rent();
        Action[] uses = [() => _ = lease.Connection, () => _ = lease.Physical, () => lease.Soil(Dirt.None), () => lease.Discard()];
        foreach (var use in uses)
        {
            var error = Assert.Throws<ObjectDisposedException>(use);
            Assert.Equal(
                "The lease of a connection of pool 'orders/a' has ended: it was returned, and the connection may already serve someone else. "
                + "Use the connection before its lease is returned. [RTG0106]",
                error.Message);
        }
    }

    [Fact]
    public void Default_lease_is_not_held()
    {
        Assert.False(default(Lease).IsHeld);
        Assert.Throws<InvalidOperationException>(() => default(Lease).Connection);
        Assert.Throws<InvalidOperationException>(() => { _ = default(Lease).ReturnAsync(true); });
    }

    [Fact]
    public async Task Broken_connection_is_closed_and_its_place_opens_for_the_head()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        var waiter = h.Start();
        fake.Broken = true;
        PoolHarness.Return(lease);
        Assert.NotSame(fake, (await PoolHarness.Served(waiter)).Physical);
        Assert.Equal((1, 0), (fake.Closes, fake.Resets));
        Assert.Equal(1, h.Driver.MostOpen);
    }

    [Fact]
    public async Task Discarded_connection_is_closed()
    {
        await using var h = new PoolHarness();
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        lease.Discard();
        PoolHarness.Return(lease);
        Assert.Equal(1, fake.Closes);
        Assert.Equal(new PoolStatistics(0, 0, 0, 0, 2), h.Counts);
    }

    [Fact]
    public async Task Place_is_free_only_when_the_close_has_ended()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var closing = new TaskCompletionSource();
        h.Driver.OnClose = () => new ValueTask(closing.Task);
        var lease = h.Rent();
        lease.Discard();
        PoolHarness.Return(lease);
        h.Driver.OnClose = null;
        var waiter = h.Start();
        Assert.Equal(1, h.Driver.Attempts);
        closing.SetResult();
        await PoolHarness.Served(waiter);
        Assert.Equal(1, h.Driver.MostOpen);
    }

    [Fact]
    public async Task Close_that_hangs_gives_its_place_up_after_the_cancel_time_out()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var closing = new TaskCompletionSource();
        h.Driver.OnClose = () => new ValueTask(closing.Task);
        var lease = h.Rent();
        lease.Discard();
        PoolHarness.Return(lease);
        var waiter = h.Start();
        h.Advance(2000);
        await PoolHarness.Served(waiter);
        closing.SetResult();
    }

    [Fact]
    public async Task Reset_that_needs_no_wait_is_done_at_return_and_told_the_dirt()
    {
        await using var h = new PoolHarness();
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        lease.Soil(Dirt.SessionState);
        lease.Soil(Dirt.Failed);
        PoolHarness.Return(lease);
        Assert.Equal((1, Dirt.SessionState | Dirt.Failed), (fake.Resets, fake.LastDirt));
        PoolHarness.Return(h.Rent());
        Assert.Equal((2, Dirt.None), (fake.Resets, fake.LastDirt));
    }

    [Fact]
    public async Task Reset_that_does_io_is_not_waited_for_and_the_connection_is_active_until_clean()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var gate = h.Driver.HoldReset();
        PoolHarness.Return(h.Rent());
        Assert.Equal(new PoolStatistics(1, 0, 0, 0, 1), h.Counts);
        var waiter = h.Start();
        Assert.False(waiter.IsCompleted);
        gate.Succeed();
        await PoolHarness.Served(waiter);
        Assert.Equal(1, h.Driver.Attempts);
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("throws")]
    [InlineData("refuses later")]
    [InlineData("throws later")]
    [InlineData("hangs")]
    [InlineData("hangs and ignores its token")]
    public async Task Connection_that_cannot_be_reset_is_closed_and_replaced_on_demand(string how)
    {
        await using var h = new PoolHarness(maxSize: 1);
        var gate = new FakeGate();
        h.Driver.ScriptReset(how switch
        {
            "refuses" => FakeSteps.Refuse,
            "throws" => static (_, _) => throw new FakeDbException("gone"),
            "hangs" => FakeSteps.Hang,
            "hangs and ignores its token" => FakeSteps.HangForever,
            _ => gate.Step,
        });
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        PoolHarness.Return(lease);
        var waiter = h.Start();
        switch (how)
        {
            case "refuses later":
                gate.Refuse();
                break;
            case "throws later":
                gate.Fail(new FakeDbException("gone"));
                break;
            case "hangs":
                h.Advance(2000);
                break;
            case "hangs and ignores its token":
                h.Advance(4000);
                Assert.Equal(1, fake.Interrupts);
                break;
        }

        Assert.NotSame(fake, (await PoolHarness.Served(waiter)).Physical);
        Assert.Equal(1, fake.Closes);
        Assert.Single(h.Logs.WithId(1206));
    }

    [Fact]
    public async Task Connection_whose_reset_timed_out_once_is_not_the_next_ones_problem()
    {
        await using var h = new PoolHarness(maxSize: 1);
        for (var i = 0; i < 3; i++)
        {
            var gate = h.Driver.HoldReset();
            PoolHarness.Return(h.Rent());
            h.Advance(1999);
            gate.Succeed();
            Assert.Equal(1, h.Counts.Idle);
        }
    }

    [Fact]
    public async Task Synchronous_return_resets_synchronously()
    {
        await using var h = new PoolHarness();
        bool? async = null;
        h.Driver.ScriptReset((a, _) =>
        {
            async = a;
            return new ValueTask<bool>(true);
        });
        Assert.True(h.Rent().ReturnAsync(async: false).IsCompletedSuccessfully);
        Assert.False(async);
        Assert.Equal(1, h.Counts.Idle);
    }

    [Theory]
    [InlineData(Dirt.None, 0)]
    [InlineData(Dirt.SessionState | Dirt.Unknown, 0)]
    [InlineData(Dirt.Transaction, 1)]
    [InlineData(Dirt.Cancelled, 1)]
    public async Task Without_resets_only_open_work_is_undone(Dirt dirt, int resets)
    {
        await using var h = new PoolHarness(configure: static o => o.Reset = ResetMode.Never);
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        lease.Soil(dirt);
        PoolHarness.Return(lease);
        Assert.Equal(resets, fake.Resets);
        Assert.Equal(1, h.Counts.Idle);
    }

    [Fact]
    public async Task Only_connection_of_an_in_memory_database_is_never_given_up()
    {
        await using var h = new PoolHarness(LaneLayout.OneConnection, static o =>
        {
            o.MaxLifetime = TimeSpan.FromSeconds(1);
            o.MaxIdleTime = TimeSpan.FromSeconds(1);
            o.ValidateAfter = TimeSpan.Zero;
        });
        var lease = h.Rent();
        var fake = PoolHarness.Fake(lease);
        h.Driver.ScriptReset(FakeSteps.Refuse);
        PoolHarness.Return(lease);
        Assert.Single(h.Logs.WithId(1207));
        h.Advance(3_600_000);
        await h.Pool.MaintainAsync();
        h.Pool.Clear();
        var again = h.Rent();
        Assert.Same(fake, again.Physical);
        again.Discard();
        PoolHarness.Return(again);
        Assert.Equal(Dirt.Unknown, fake.LastDirt);
        Assert.Same(fake, h.Rent().Physical);
        Assert.Equal((0, 0), (fake.Closes, fake.Validations));
    }

    [Fact]
    public async Task Only_connection_that_broke_is_replaced()
    {
        await using var h = new PoolHarness(LaneLayout.OneConnection);
        var lease = h.Rent();
        PoolHarness.Fake(lease).Broken = true;
        PoolHarness.Return(lease);
        h.Rent();
        Assert.Equal(2, h.Driver.Attempts);
    }

    [Theory]
    [InlineData(ResetMode.Always)]
    [InlineData(ResetMode.Never)]
    public async Task Renting_and_returning_an_idle_connection_allocates_nothing(ResetMode reset)
    {
        await using var h = new PoolHarness(configure: o => o.Reset = reset);
        var owner = new LeaseOwner("owner");
        Cycle(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Cycle(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var rent = h.Pool.RentAsync(Lane.Writer, owner, async: (i & 1) == 0, default, default);
                var lease = rent.GetAwaiter().GetResult();
                lease.Soil(Dirt.SessionState);
                lease.ReturnAsync(async: (i & 2) == 0).GetAwaiter().GetResult();
            }
        }
    }
}
