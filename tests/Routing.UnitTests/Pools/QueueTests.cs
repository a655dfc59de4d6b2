using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

/// <summary>Who waits, in what order, how many, and at what price.</summary>
[Collection("pool meters")]
public sealed class QueueTests
{
    [Fact]
    public async Task Higher_priority_is_served_first_and_equals_in_order()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var waits = new List<(string Name, ValueTask<Lease> Rent)>
        {
            ("low 1", Wait(h, RentPriority.Low)),
            ("normal 1", Wait(h, RentPriority.Normal)),
            ("high 1", Wait(h, RentPriority.High)),
            ("normal 2", Wait(h, RentPriority.Normal)),
            ("high 2", Wait(h, RentPriority.High)),
        };
        Assert.Equal(["high 1", "high 2", "normal 1", "normal 2", "low 1"], ServeAll(held, waits));
    }

    [Fact]
    public async Task Lower_priority_is_passed_over_eight_times_and_then_served()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var waits = new List<(string Name, ValueTask<Lease> Rent)> { ("low", Wait(h, RentPriority.Low)), ("normal", Wait(h, RentPriority.Normal)) };
        for (var i = 0; i < 30; i++)
        {
            waits.Add(("high", Wait(h, RentPriority.High)));
        }

        var order = ServeAll(held, waits);
        Assert.Equal((8, 9), (order.IndexOf("low"), order.IndexOf("normal")));
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_at_once_and_those_who_wait_are_served()
    {
        await using var h = new PoolHarness(maxSize: 1, configure: static o => o.MaxWaiting = 2);
        var held = h.Rent(new LeaseOwner("nightly report"));
        h.Advance(1500);
        var (first, second) = (h.Start(), h.Start());
        var refused = h.Start();
        Assert.True(refused.IsCompleted);
        var error = await PoolHarness.Failed<PoolExhaustedException>(refused);
        Assert.Equal(
            "Pool 'orders/a' lets nobody wait any more, because 2 do: 1 active, 0 idle, 0 opening, at most 1; 2 waiting. "
            + "Held longest by 'nightly report' (1.5 s). Send less at once, return connections sooner, "
            + "raise Routing:DataSources:orders:Pool:MaxSize (now 1), or raise Routing:DataSources:orders:Pool:MaxWaiting (now 2). "
            + "Nothing was sent; a retry is safe. [RTG0108]",
            error.Message);
        Assert.True(error.IsTransient);
        PoolHarness.Return(held);
        PoolHarness.Return(await PoolHarness.Served(first));
        PoolHarness.Return(await PoolHarness.Served(second));
    }

    [Fact]
    public async Task Those_for_whom_a_connection_is_being_opened_do_not_fill_the_queue()
    {
        await using var h = new PoolHarness(maxSize: 2, configure: static o => o.MaxWaiting = 1);
        var gates = new[] { h.Driver.HoldOpen(), h.Driver.HoldOpen() };
        var rents = new[] { h.Start(), h.Start(), h.Start() };
        await PoolHarness.Failed<PoolExhaustedException>(h.Start());
        Array.ForEach(gates, static gate => gate.Succeed());
        PoolHarness.Return(await PoolHarness.Served(rents[0]));
        await Task.WhenAll(rents.Select(PoolHarness.Served));
    }

    [Fact]
    public async Task Waiting_with_time_out_and_token_allocates_nothing()
    {
        await using var h = new PoolHarness(maxSize: 1);
        using var cancel = new CancellationTokenSource();
        var owner = new LeaseOwner("owner");
        Cycle(2000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Cycle(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var held = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default).GetAwaiter().GetResult();
                var wait = h.Pool.RentAsync(Lane.Writer, owner, async: true, default, cancel.Token);
                held.ReturnAsync(async: true).GetAwaiter().GetResult();
                wait.GetAwaiter().GetResult().ReturnAsync(async: true).GetAwaiter().GetResult();
            }
        }
    }

    [Fact]
    public async Task A_wait_whose_result_was_not_taken_yet_keeps_its_node()
    {
        // Fails when a node counts as free before its result was taken: the second wait would then share it.
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var first = Wait(h, RentPriority.Normal);
        PoolHarness.Return(held);
        var second = Wait(h, RentPriority.Normal);
        var third = Wait(h, RentPriority.Normal);
        held = await first;
        PoolHarness.Return(held);
        Assert.NotEqual(held, held = await second);
        PoolHarness.Return(held);
        PoolHarness.Return(await third);
    }

    [Fact]
    public async Task A_wave_of_waits_uses_the_nodes_of_the_wave_before()
    {
        const int Size = 300;
        await using var h = new PoolHarness(maxSize: 1);
        var waits = new ValueTask<Lease>[Size];
        Wave();
        Wave();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Wave();
        var perWait = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Size;

        // Of so many at once 256 nodes are kept, the others are made anew.
        Assert.InRange(perWait, 0, 200);

        void Wave()
        {
            var held = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default).GetAwaiter().GetResult();
            for (var i = 0; i < Size; i++)
            {
                waits[i] = Wait(h, RentPriority.Normal);
            }

            foreach (var wait in waits)
            {
                held.ReturnAsync(async: true).GetAwaiter().GetResult();
                held = wait.GetAwaiter().GetResult();
            }

            held.ReturnAsync(async: true).GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task No_timer_of_a_wait_outlives_its_pool()
    {
        var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var waits = Enumerable.Range(0, 5).Select(_ => h.Start()).ToList();
        PoolHarness.Return(held);
        PoolHarness.Return(await waits[0]);
        await h.DisposeAsync();
        Assert.Equal(0, h.Time.ArmedTimers);
    }

    [Fact]
    public async Task Late_cancel_and_timer_of_an_earlier_wait_do_not_end_a_later_one_on_the_same_node()
    {
        // Fails when a late cancel is not compared with the token of the wait that is on, or a timer not with its end.
        await using var h = new PoolHarness(maxSize: 1);
        using var cancel = new CancellationTokenSource();
        var lane = h.Pool.Lanes[0];
        var held = h.Rent();
        var first = h.Pool.RentAsync(Lane.Writer, null, async: true, default, cancel.Token);
        var node = lane.Waiters.Head!;
        PoolHarness.Return(held);
        held = await first;
        var second = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default);
        Assert.Same(node, lane.Waiters.Head);
        lane.Waits.Cancel(node, cancel.Token);
        lane.Waits.OnTimer(node);
        Assert.False(second.IsCompleted);
        PoolHarness.Return(held);
        PoolHarness.Return(await second);
    }

    [Fact]
    public async Task Result_can_be_taken_once()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var held = h.Rent();
        var wait = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default);
        PoolHarness.Return(held);
        var lease = await wait;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await wait);
        PoolHarness.Return(lease);
    }

    private static ValueTask<Lease> Wait(PoolHarness h, RentPriority priority) =>
        h.Pool.RentAsync(Lane.Writer, null, priority, async: true, default, default);

    private static List<string> ServeAll(Lease held, List<(string Name, ValueTask<Lease> Rent)> waits)
    {
        var order = new List<string>();
        while (waits.Count > 0)
        {
            PoolHarness.Return(held);
            var (name, rent) = waits.Single(static wait => wait.Rent.IsCompleted);
            waits.RemoveAll(static wait => wait.Rent.IsCompleted);
            held = rent.GetAwaiter().GetResult();
            order.Add(name);
        }

        PoolHarness.Return(held);
        return order;
    }
}
