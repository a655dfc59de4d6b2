using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

/// <summary>A rush that the connections at hand can serve soon must not log in a crowd of new ones. Exact, on a clock that stands still.</summary>
public sealed class PoolSpikeTests
{
    private const int ConnectMs = 150;
    private const int QueryMs = 2;

    private readonly List<ValueTask<Lease>> _waiting = [];
    private readonly List<(Lease Lease, int EndsAtMs)> _held = [];
    private int _served;

    [Fact]
    public async Task Fifty_callers_of_five_connections_are_done_in_twenty_milliseconds_with_at_most_one_more()
    {
        await using var h = Create(5);
        await WarmAsync(h);
        Assert.Equal(20, Run(h, callers: 50));
        Assert.Equal(6, h.Driver.Attempts);
        h.Advance(1000);
        Assert.InRange(h.Driver.OpenNow, 5, 6);
    }

    [Fact]
    public async Task Slow_holders_are_not_waited_for_longer_than_half_a_login()
    {
        await using var h = Create(1);
        await WarmAsync(h);
        _held.Add((h.Rent(), int.MaxValue));
        Wait(h, 10);
        Assert.Equal(1, h.Counts.Opening);
        h.Advance((ConnectMs / 2) - 1);
        Assert.Equal(1, h.Counts.Opening);
        h.Advance(1);

        // As many as may be in flight, and no more.
        Assert.Equal(4, h.Counts.Opening);
        h.Advance(ConnectMs / 2);
        Assert.Equal(1, _waiting.Count(static rent => rent.IsCompleted));
        Assert.Equal(4, h.Counts.Opening);
        PoolHarness.Return(_held[0].Lease);
        _held.Clear();
        Drain(h);
    }

    [Fact]
    public async Task Demand_that_holders_cannot_meet_in_half_a_login_opens_at_once()
    {
        await using var h = Create(2);
        await WarmAsync(h);
        var (a, b) = (h.Rent(), h.Rent());
        var seen = h.Pool.RentAsync(Lane.Writer, null, async: true, default, default);
        PoolHarness.Return(a);

        // A holder is seen to hold for 100 ms: two of them return one or two within 75.
        h.Advance(100);
        PoolHarness.Return(await seen);
        a = h.Rent();
        h.Advance(1000);
        Wait(h, 8);
        Assert.Equal(4, h.Counts.Opening);
        PoolHarness.Return(a);
        PoolHarness.Return(b);
        Drain(h);
    }

    [Fact]
    public async Task Cold_pool_opens_for_each_caller_at_once_up_to_four()
    {
        await using var h = new PoolHarness(maxSize: 50);
        h.Driver.DefaultOpen = FakeSteps.After(h.Time, TimeSpan.FromMilliseconds(ConnectMs));
        var waiting = Enumerable.Range(0, 4).Select(_ => h.Start()).ToArray();
        Assert.Equal(4, h.Counts.Opening);
        h.Advance(ConnectMs);
        await Task.WhenAll(waiting.Select(PoolHarness.Served));
    }

    [Fact]
    public async Task Open_that_nobody_waits_for_any_more_closes_when_enough_are_idle()
    {
        await using var h = new PoolHarness(maxSize: 10);
        var (a, b) = (h.Rent(), h.Rent());
        var opening = h.Driver.HoldOpen();
        var waiter = h.Start();
        PoolHarness.Return(a);
        PoolHarness.Return(await PoolHarness.Served(waiter));
        PoolHarness.Return(b);
        opening.Succeed();
        Assert.Equal((2, 1), (h.Counts.Idle, h.Driver.Connections[2].Closes));
    }

    private static PoolHarness Create(int connections) => new(maxSize: 50, configure: o => o.MinIdle = connections);

    private static async Task WarmAsync(PoolHarness h)
    {
        var connections = h.Options.MinIdle;
        h.Driver.DefaultOpen = FakeSteps.After(h.Time, TimeSpan.FromMilliseconds(ConnectMs));
        for (var i = 0; i < connections; i++)
        {
            await h.Pool.MaintainAsync();
            h.Advance(ConnectMs);
        }

        Assert.Equal((connections, connections), (h.Counts.Idle, h.Driver.Attempts));
    }

    private void Wait(PoolHarness h, int callers)
    {
        for (var i = 0; i < callers; i++)
        {
            _waiting.Add(h.Pool.RentAsync(Lane.Writer, null, async: true, default, default));
        }
    }

    /// <summary>The fake time at which the last of them has returned.</summary>
    private int Run(PoolHarness h, int callers)
    {
        Wait(h, callers);
        var now = 0;
        while (true)
        {
            ReturnDue(now);
            if (_served == callers)
            {
                return now;
            }

            h.Advance(1);
            now++;
        }
    }

    private void ReturnDue(int now)
    {
        foreach (var (lease, _) in _held.Where(held => held.EndsAtMs <= now).ToArray())
        {
            _served++;
            PoolHarness.Return(lease);
        }

        _held.RemoveAll(held => held.EndsAtMs <= now);
        foreach (var rent in _waiting.Where(static rent => rent.IsCompleted).ToArray())
        {
            _held.Add((rent.GetAwaiter().GetResult(), now + QueryMs));
            _waiting.Remove(rent);
        }
    }

    private void Drain(PoolHarness h)
    {
        for (var now = 0; _waiting.Count + _held.Count > 0 && now < 5000; now++)
        {
            ReturnDue(now);
            h.Advance(1);
        }

        Assert.Empty(_waiting);
    }
}
