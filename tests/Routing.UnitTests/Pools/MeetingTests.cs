using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

/// <summary>
/// What comes in the middle of a return that takes no lock: after it has seen that nobody waits, and before its connection
/// is back. The pool asks the connection at that moment whether it is broken, and the fake lets the other one in.
/// </summary>
public sealed class MeetingTests
{
    [Fact]
    public async Task Caller_who_goes_to_wait_is_served()
    {
        // Fails without the look at the signal after the put-back.
        await using var h = Create();
        var lease = RentIdle(h);
        ValueTask<Lease> waiter = default;
        Meet(lease, () => waiter = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default));
        PoolHarness.Return(lease);
        Assert.True(waiter.IsCompleted);
        PoolHarness.Return(await waiter);
    }

    [Fact]
    public async Task Clear_closes_what_is_put_back_after_it()
    {
        // Fails when a put-back of an older generation is not taken out again.
        await using var h = Create();
        var lease = RentIdle(h);
        var fake = PoolHarness.Fake(lease);
        Meet(lease, h.Pool.Clear);
        PoolHarness.Return(lease);
        Assert.Equal(1, fake.Closes);
        Assert.NotSame(fake, h.Rent().Physical);
    }

    [Fact]
    public async Task Dispose_closes_what_is_put_back_after_it()
    {
        // Fails when a put-back of an older generation is not taken out again: the disposal then waits for it in vain.
        await using var h = Create();
        var lease = RentIdle(h);
        var disposal = Task.CompletedTask;
        Meet(lease, () => disposal = h.Pool.DisposeAsync().AsTask());
        PoolHarness.Return(lease);
        await disposal.WaitAsync(PoolHarness.Patience);
        Assert.Equal(0, h.Driver.OpenNow);
    }

    [Fact]
    public async Task Second_return_wins_and_the_first_throws_without_touching_the_next_holder()
    {
        // Fails when the return writes its word without comparing it.
        await using var h = Create();
        var lease = RentIdle(h);
        Lease next = default;
        Meet(lease, () =>
        {
            PoolHarness.Return(lease);
            next = h.Rent();
        });
        Assert.Throws<InvalidOperationException>(() => { _ = lease.ReturnAsync(async: true); });
        Assert.Equal(1, h.Counts.Active);
        Assert.NotNull(next.Connection);
        PoolHarness.Return(next);
    }

    [Fact]
    public async Task Late_second_return_leaves_the_next_holders_name()
    {
        // Fails when a return writes before it has looked whose the connection is.
        await using var h = Create();
        var lease = RentIdle(h);
        PoolHarness.Return(lease);
        var next = h.Rent(new LeaseOwner("next"));
        Assert.Throws<InvalidOperationException>(() => { _ = lease.ReturnAsync(async: true); });
        Assert.Equal("next", Holder.Oldest(h.Pool.Lanes[0].Entries, 0)[0].Tag);
        PoolHarness.Return(next);
    }

    [Fact]
    public async Task Cancelled_caller_leaves_the_connection_idle()
    {
        await using var h = Create();
        using var cancel = new CancellationTokenSource();
        var lease = RentIdle(h);
        ValueTask<Lease> waiter = default;
        Meet(lease, () =>
        {
            waiter = h.Pool.RentAsync(Lane.Writer, null, async: true, default, cancel.Token);
            cancel.Cancel();
        });
        PoolHarness.Return(lease);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiter);
        Assert.Equal(1, h.Counts.Idle);
        PoolHarness.Return(h.Rent());
    }

    private static PoolHarness Create() => new(maxSize: 1, configure: static o => o.Reset = ResetMode.Never);

    /// <summary>The first lease of a connection is measured, and what is measured returns under the lock.</summary>
    private static Lease RentIdle(PoolHarness h)
    {
        PoolHarness.Return(h.Rent());
        return h.Rent();
    }

    private static void Meet(Lease lease, Action other)
    {
        var fake = PoolHarness.Fake(lease);
        fake.OnAskedIfBroken = () =>
        {
            fake.OnAskedIfBroken = null;
            other();
        };
    }
}
