using System.Runtime.CompilerServices;
using Routing.Drivers;
using Routing.Pools;

namespace Routing.UnitTests.Pools;

/// <summary>Leases whose holder was never disposed: found, told of once, and their connections closed.</summary>
public sealed class LeakTests
{
    private int _lost;

    [Fact]
    public async Task A_connection_whose_holder_is_gone_is_closed_and_its_place_serves_who_waits()
    {
        await using var h = new PoolHarness(maxSize: 1);
        Forget(h, new LeaseOwner("nightly report"));
        var waiting = h.Start();
        h.Advance(1500);
        await CollectAsync(h);

        var lease = await PoolHarness.Served(waiting);

        Assert.Equal((2, 1), (h.Driver.Connections.Count, h.Driver.Connections[0].Closes));
        Assert.Equal(1, _lost);
        Assert.Equal(
            "'nightly report' was never disposed, and kept a connection of pool orders/a (writer) for 1500 ms, until the garbage collector found it. The connection was closed. Dispose it ('await using'). Rented in: not sampled, see Pool:SampleStackEvery.",
            Assert.Single(h.Logs.WithId(1105)).Message);
        Assert.Contains("its holder was never disposed", h.Logs.WithId(1203)[^1].Message, StringComparison.Ordinal);
        PoolHarness.Return(lease);

        // Once.
        await CollectAsync(h);
        Assert.Single(h.Logs.WithId(1105));
    }

    /// <summary>Seen to fail without the comparison of the watch's version with the lease's.</summary>
    [Fact]
    public async Task Whoever_comes_after_a_holder_that_returned_and_died_keeps_its_connection()
    {
        await using var h = new PoolHarness(maxSize: 1);
        PoolHarness.Return(Forget(h, owner: null));

        var lease = h.Rent();
        await CollectAsync(h);

        Assert.Same(h.Driver.Connections[0], lease.Physical);
        Assert.Equal((0, 0), (_lost, h.Driver.Connections[0].Closes));
        PoolHarness.Return(lease);
    }

    [Fact]
    public async Task A_holder_that_lives_keeps_its_connection_however_long()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var holder = new object();
        var lease = h.Rent();
        lease.Watch(holder, "session", () => _lost++);
        h.Advance(3_600_000);
        await CollectAsync(h);

        PoolHarness.Return(lease);
        Assert.Equal(0, _lost);
        GC.KeepAlive(holder);
    }

    /// <summary>Seen to fail when maintenance ends the lease without the swap.</summary>
    [Fact]
    public async Task A_return_after_all_is_refused_and_disturbs_nobody()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var lost = Forget(h, owner: null);
        await CollectAsync(h);

        Assert.Throws<InvalidOperationException>(() => PoolHarness.Return(lost));

        Assert.Equal((0, 0), (h.Counts.Active, h.Counts.Idle));
        var next = h.Rent();
        Assert.Same(h.Driver.Connections[1], next.Physical);
        PoolHarness.Return(next);
    }

    [Fact]
    public async Task The_only_connection_of_an_in_memory_database_is_cleaned_and_kept()
    {
        await using var h = new PoolHarness(LaneLayout.OneConnection);
        Forget(h, owner: null);
        await CollectAsync(h);

        var lease = h.Rent();

        Assert.Equal((1, 0), (h.Driver.Connections.Count, h.Driver.Connections[0].Closes));
        Assert.Equal(1, h.Driver.Connections[0].Resets);
        PoolHarness.Return(lease);
    }

    [Fact]
    public async Task A_sampled_stack_names_the_methods_that_rented()
    {
        await using var h = new PoolHarness(maxSize: 1, configure: static options => options.SampleStackEvery = 1);
        var lease = Worker(h);
        var waiting = h.Start();
        h.Advance(5000);

        var error = await PoolHarness.Failed<PoolExhaustedException>(waiting);

        Assert.Equal(
            "Pool 'orders/a' gave no connection within 5 s: 1 active, 0 idle, 0 opening, at most 1; 0 waiting. Held longest by 'session' (5 s, rented in Routing.UnitTests.Pools.LeakTests.Rent < Routing.UnitTests.Pools.LeakTests.ReportAsync < Routing.UnitTests.Pools.LeakTests.Worker). Return connections sooner, raise Routing:DataSources:orders:Pool:MaxSize (now 1), or raise Routing:DataSources:orders:Pool:RentTimeout (now 5 s). Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
        PoolHarness.Return(lease);
    }

    [Fact]
    public async Task One_of_so_many_stacks_is_taken()
    {
        await using var h = new PoolHarness(maxSize: 3, configure: static options => options.SampleStackEvery = 3);
        Lease[] leases = [Worker(h), Worker(h), Worker(h)];
        var waiting = h.Start();
        h.Advance(5000);

        var error = await PoolHarness.Failed<PoolExhaustedException>(waiting);

        Assert.Equal(2, error.Message.Split("rented in").Length);
        Assert.All(leases, PoolHarness.Return);
    }

    [Fact]
    public async Task Watching_a_lease_allocates_nothing_after_the_first_of_a_place()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var holder = new object();
        Action onLost = () => _lost++;
        long before = 0;
        for (var i = 0; i < 100; i++)
        {
            if (i == 50)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            var lease = await h.Pool.RentAsync(Lane.Writer, owner: null, async: true, default, CancellationToken.None);
            lease.Watch(holder, "session", onLost);
            await lease.ReturnAsync(async: true);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static async Task CollectAsync(PoolHarness h)
    {
        // Only what is unreachable after a full collection is gone for a weak reference.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        await h.Pool.MaintainAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Lease Forget(PoolHarness h, LeaseOwner? owner)
    {
        var lease = h.Rent(owner);
        lease.Watch(new object(), "session", () => _lost++);
        return lease;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Lease Worker(PoolHarness h) => ReportAsync(h).GetAwaiter().GetResult();

    private static async Task<Lease> ReportAsync(PoolHarness h)
    {
        var lease = Rent(h);
        await Task.CompletedTask;
        return lease;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Lease Rent(PoolHarness h)
    {
        var lease = h.Rent();
        lease.Watch(h, "session", static () => { });
        return lease;
    }
}
