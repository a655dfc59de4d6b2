using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

public sealed class NestedDeadlockTests
{
    [Fact]
    public async Task Owner_that_waits_for_what_it_holds_fails_at_once()
    {
        await using var h = new PoolHarness(LaneLayout.WriterAndReaders);
        var owner = new LeaseOwner("transaction begun in Checkout.Pay");
        h.Rent(owner);
        h.Advance(1500);
        var inner = h.Start(owner);
        Assert.True(inner.IsCompleted);
        var error = await PoolHarness.Failed<PoolExhaustedException>(inner);
        Assert.Equal(
            "Pool 'orders/a' (writer) can never serve this wait (nested deadlock): 'transaction begun in Checkout.Pay' waits for a connection "
            + "while it already holds the only one. Held longest by 'transaction begun in Checkout.Pay' (1.5 s). "
            + "Run the inner statement on the session or transaction that already holds the connection, or end that one first. "
            + "Nothing was sent; a retry is safe. [RTG0102]",
            error.Message);
        Assert.Single(h.Logs.WithId(1205));
    }

    [Fact]
    public async Task Newest_wait_fails_when_all_are_held_by_owners_that_wait_for_more()
    {
        await using var h = new PoolHarness();
        var (a, b) = (new LeaseOwner("a"), new LeaseOwner("b"));
        h.Rent(a);
        var heldByB = h.Rent(b);
        var waitOfA = h.Start(a);
        Assert.False(waitOfA.IsCompleted);
        var error = await PoolHarness.Failed<PoolExhaustedException>(h.Start(b));
        Assert.Equal(
            "Pool 'orders/a' can never serve this wait (nested deadlock): 'b' waits for a connection while all 2 are held by owners that "
            + "themselves wait for one more. Held longest by 'a' (0 ms), 'b' (0 ms). "
            + "Run the inner statement on the session or transaction that already holds the connection, or end that one first, "
            + "or raise Routing:DataSources:orders:Pool:MaxSize (now 2). Nothing was sent; a retry is safe. [RTG0102]",
            error.Message);
        Assert.False(waitOfA.IsCompleted);
        PoolHarness.Return(heldByB);
        await PoolHarness.Served(waitOfA);
    }

    [Fact]
    public async Task Newest_that_holds_something_fails_and_bystanders_stay()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var owner = new LeaseOwner("owner");
        var held = h.Rent(owner);
        var bystander = h.Start(new LeaseOwner("bystander"));
        var oneShot = h.Start();
        await PoolHarness.Failed<PoolExhaustedException>(h.Start(owner));
        Assert.Equal(2, h.Counts.Waiting);
        PoolHarness.Return(held);
        PoolHarness.Return(await PoolHarness.Served(bystander));
        await PoolHarness.Served(oneShot);
    }

    [Fact]
    public async Task One_shot_call_inside_a_transaction_waits_for_the_transaction()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var transaction = new LeaseOwner("transaction begun in Checkout.Pay");
        h.Rent(transaction);
        LeaseOwner.Current = transaction;
        try
        {
            var error = await PoolHarness.Failed<PoolExhaustedException>(h.Start());
            Assert.Contains("'transaction begun in Checkout.Pay' waits for a connection while it already holds the only one", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            LeaseOwner.Current = null;
        }
    }

    [Fact]
    public async Task Inner_transaction_blocks_the_one_around_it()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var outer = new LeaseOwner("outer");
        h.Rent(outer);
        var error = await PoolHarness.Failed<PoolExhaustedException>(h.Start(new LeaseOwner("inner", outer)));
        Assert.Contains("'inner' waits for a connection", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_shot_call_that_runs_beside_its_transaction_will_end_so_others_wait_for_it()
    {
        await using var h = new PoolHarness();
        var transaction = new LeaseOwner("transaction");
        h.Rent(transaction);
        LeaseOwner.Current = transaction;
        try
        {
            var running = h.Rent();
            var second = h.Start();
            Assert.False(second.IsCompleted);
            PoolHarness.Return(running);
            await PoolHarness.Served(second);
        }
        finally
        {
            LeaseOwner.Current = null;
        }
    }

    [Fact]
    public async Task Owner_that_waits_in_another_pool_is_not_blocked_here()
    {
        await using var a = new PoolHarness(maxSize: 1);
        await using var b = new PoolHarness(maxSize: 1, name: "orders/b");
        var (x, y) = (new LeaseOwner("x"), new LeaseOwner("y"));
        var xHoldsA = a.Rent(x);
        var oneShotHoldsB = b.Rent();
        var xWaitsInB = b.Start(x);
        var yWaitsInA = a.Start(y);
        Assert.False(xWaitsInB.IsCompleted);
        Assert.False(yWaitsInA.IsCompleted);
        PoolHarness.Return(oneShotHoldsB);
        PoolHarness.Return(await PoolHarness.Served(xWaitsInB));
        PoolHarness.Return(xHoldsA);
        PoolHarness.Return(await PoolHarness.Served(yWaitsInA));
    }

    [Fact]
    public async Task Connection_being_opened_or_reset_is_a_hope()
    {
        await using var h = new PoolHarness();
        var owner = new LeaseOwner("owner");
        h.Rent(owner);
        var opening = h.Driver.HoldOpen();
        var wait = h.Start(owner);
        Assert.False(wait.IsCompleted);
        opening.Succeed();
        var second = await PoolHarness.Served(wait);
        var reset = h.Driver.HoldReset();
        PoolHarness.Return(second);
        wait = h.Start(owner);
        Assert.False(wait.IsCompleted);
        reset.Succeed();
        await PoolHarness.Served(wait);
    }

    [Fact]
    public async Task Wait_that_was_cancelled_blocks_nothing_any_more()
    {
        await using var h = new PoolHarness();
        var (a, b) = (new LeaseOwner("a"), new LeaseOwner("b"));
        h.Rent(a);
        var heldByB = h.Rent(b);
        using var cancel = new CancellationTokenSource();
        var waitOfA = h.Start(a, token: cancel.Token);
        await cancel.CancelAsync();
        var waitOfB = h.Start(b);
        Assert.False(waitOfB.IsCompleted);
        PoolHarness.Return(heldByB);
        await PoolHarness.Served(waitOfB);
        await PoolHarness.Failed<OperationCanceledException>(waitOfA);
    }

    [Fact]
    public async Task Owner_with_two_waits_at_once_cannot_block_itself_with_the_first()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var owner = new LeaseOwner("owner");
        var held = h.Rent();
        var (first, second) = (h.Start(owner), h.Start(owner));
        PoolHarness.Return(held);
        await PoolHarness.Served(first);
        await PoolHarness.Failed<PoolExhaustedException>(second);
    }
}
