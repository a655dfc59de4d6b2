using System.Diagnostics.Metrics;
using Routing.Drivers;
using Routing.Pools;

namespace Routing.UnitTests.Pools;

/// <summary>What a pool does with its adaptive limit. How the limit is found: <see cref="AdaptiveLimitTests"/>.</summary>
[Collection("pool meters")]
public sealed class AdaptivePoolTests
{
    private const int Min = 2;
    private const int Max = 8;

    [Fact]
    public async Task Off_it_leaves_no_trace()
    {
        await using var h = new PoolHarness(maxSize: Max);
        Assert.All(h.Pool.Lanes, static lane => Assert.Null(lane.Adaptive));
        Assert.False(LaneSignal.IsRaised(h.Pool.Lanes[0].Signal));
    }

    [Fact]
    public async Task Lends_no_more_than_the_limit_though_more_could_be_opened()
    {
        await using var h = Create();
        var (a, b) = (h.Rent(), h.Rent());
        var third = h.Start();
        h.Advance(100);
        Assert.False(third.IsCompleted);
        Assert.Equal(2, h.Driver.OpenNow);
        h.AssertSound();
        PoolHarness.Return(a);
        PoolHarness.Return(await PoolHarness.Served(third));
        PoolHarness.Return(b);
    }

    /// <summary>Seen to fail when opens in flight are not counted against the limit.</summary>
    [Fact]
    public async Task Opens_no_more_at_once_than_the_limit_has_room_for()
    {
        await using var h = Create();
        var gates = Enumerable.Range(0, 4).Select(_ => h.Driver.HoldOpen()).ToList();
        var rents = Enumerable.Range(0, 4).Select(_ => h.Start()).ToList();
        h.Advance(100);
        Assert.Equal(Min, h.Counts.Opening);
        gates.ForEach(static gate => gate.Succeed());
        foreach (var rent in rents)
        {
            PoolHarness.Return(await PoolHarness.Served(rent));
        }

        h.AssertSound();
    }

    /// <summary>Seen to fail with the drive at the end of maintenance removed: the waiter then sleeps until its time-out.</summary>
    [Fact]
    public async Task Whoever_waits_is_served_when_the_limit_grows_though_nothing_comes_back()
    {
        await using var h = Create();
        var held = new List<Lease> { h.Rent(), h.Rent() };
        var third = h.Start();
        var fourth = h.Start();
        Assert.False(third.IsCompleted);
        await Grow(h);
        held.Add(await PoolHarness.Served(third));
        await Grow(h);
        held.Add(await PoolHarness.Served(fourth));
        h.AssertSound();
        held.ForEach(PoolHarness.Return);
        h.AssertSound();
    }

    [Fact]
    public async Task A_connection_that_closes_at_return_leaves_its_room_at_once()
    {
        await using var h = Create();
        var idle = await ThreeIdle(h);
        Assert.Equal(3, idle);
        var limit = h.Pool.Lanes[0].Adaptive!.Limit;
        var held = Enumerable.Range(0, limit).Select(_ => h.Rent()).ToList();
        var late = h.Start();
        var closing = new TaskCompletionSource();
        h.Driver.OnClose = () => new ValueTask(closing.Task);
        held[0].Discard();
        PoolHarness.Return(held[0]);
        held[0] = await PoolHarness.Served(late);
        h.Driver.OnClose = null;
        closing.SetResult();
        held.ForEach(PoolHarness.Return);
    }

    /// <summary>Seen to fail when the limit does not yield.</summary>
    [Fact]
    public async Task Holders_that_wait_for_each_other_only_because_of_the_limit_pass_it()
    {
        await using var h = Create();
        var (x, y) = (new LeaseOwner("x"), new LeaseOwner("y"));
        var (a, b) = (h.Rent(x), h.Rent(y));
        var c = h.Start(x);
        Assert.False(c.IsCompleted);
        var d = h.Start(y);
        PoolHarness.Return(await PoolHarness.Served(c));

        // From here on x does not wait, so the limit holds again until it gives back what it has.
        Assert.False(d.IsCompleted);
        PoolHarness.Return(a);
        PoolHarness.Return(await PoolHarness.Served(d));
        PoolHarness.Return(b);
        h.AssertSound();
    }

    [Fact]
    public async Task Exhaustion_names_the_limit_that_held_the_caller_back()
    {
        await using var h = Create();
        var (a, b) = (h.Rent(new LeaseOwner("checkout")), h.Rent());
        var late = h.Start();
        h.Advance(5000);
        var error = await PoolHarness.Failed<PoolExhaustedException>(late);
        Assert.Equal(
            "Pool 'orders/a' gave no connection within 5 s: 2 active, 0 idle, 0 opening, at most 8; 0 waiting. No more are lent at once for now: the adaptive limit is 2 (Routing:DataSources:orders:Pool:Adaptive), because connections are held longer when more are in use, or it is still growing. Held longest by 'checkout' (5 s), 'one-shot call' (5 s). Return connections sooner, find what slows the server down under load, raise Routing:DataSources:orders:Pool:AdaptiveMin (now 2), or raise Routing:DataSources:orders:Pool:RentTimeout (now 5 s). Nothing was sent; a retry is safe. [RTG0101]",
            error.Message);
        PoolHarness.Return(a);
        PoolHarness.Return(b);
    }

    [Fact]
    public async Task Moves_are_logged_and_not_too_often()
    {
        await using var h = Create();
        var held = new List<Lease> { h.Rent(), h.Rent() };
        var waits = Enumerable.Range(0, 6).Select(_ => h.Start()).ToList();
        for (var i = 0; i < 4; i++)
        {
            await Grow(h);
        }

        var moved = Assert.Single(h.Logs.WithId(1213));
        Assert.Equal("Pool orders/a (writer): the adaptive limit went from 2 to 5 of at most 8.", moved.Message);
        foreach (var wait in waits)
        {
            held.Add(await PoolHarness.Served(wait));
        }

        held.ForEach(PoolHarness.Return);
    }

    [Fact]
    public async Task The_limit_is_measured_where_there_is_one()
    {
        await using var h = Create();
        await using var off = new PoolHarness(name: "orders/off");
        var seen = new Dictionary<string, int>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "routing.pool.limit")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => seen[(string)tags[0].Value!] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(Min, seen["orders/a"]);
        Assert.DoesNotContain("orders/off", seen.Keys);
    }

    [Fact]
    public async Task Idle_connections_above_the_limit_close_after_a_while()
    {
        await using var h = Create();
        Assert.Equal(3, await ThreeIdle(h));
        var lane = h.Pool.Lanes[0];

        // Holds that grow a hundredfold with all in use bring the limit down.
        for (var window = 0; window < 12; window++)
        {
            for (var i = 0; i < 40; i++)
            {
                var held = Enumerable.Range(0, lane.Adaptive!.Limit).Select(_ => h.Rent()).ToList();
                h.Advance(window == 0 ? 1 : 100);
                held.ForEach(PoolHarness.Return);
            }

            await h.Pool.MaintainAsync();
        }

        Assert.Equal(Min, lane.Adaptive!.Limit);
        h.Advance(20_000);
        await h.Pool.MaintainAsync();
        Assert.Equal(Min, h.Counts.Idle);
        Assert.Contains(h.Logs.WithId(1203), static log => log.Message.Contains("the adaptive limit is lower", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_has_it_for_its_readers_only()
    {
        await using var h = Create(LaneLayout.WriterAndReaders);
        Assert.Equal([false, true], h.Pool.Lanes.Select(static lane => lane.Adaptive is not null));
    }

    private static PoolHarness Create(LaneLayout lanes = LaneLayout.Shared) => new(lanes, maxSize: Max, configure: static options =>
    {
        options.Adaptive = true;
        options.AdaptiveMin = Min;
    });

    /// <summary>Until a hold has ended, nothing is known that speaks against growing.</summary>
    private static ValueTask Grow(PoolHarness h)
    {
        h.Advance(1000);
        return h.Pool.MaintainAsync();
    }

    private static async Task<int> ThreeIdle(PoolHarness h)
    {
        var held = new List<Lease> { h.Rent(), h.Rent() };
        var third = h.Start();
        await Grow(h);
        held.Add(await PoolHarness.Served(third));
        held.ForEach(PoolHarness.Return);
        return h.Counts.Idle;
    }
}
