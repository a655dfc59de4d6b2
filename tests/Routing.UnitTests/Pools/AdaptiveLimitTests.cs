using System.Globalization;
using Routing.Pools;
using Xunit.Abstractions;

namespace Routing.UnitTests.Pools;

/// <summary>
/// The limit against a simulated server: so many callers who always want a connection, holds that grow in proportion beyond
/// what the server can work on at once, a clock of its own. A failure prints its seed; ROUTING_SEED runs that one again.
/// </summary>
public sealed class AdaptiveLimitTests(ITestOutputHelper output)
{
    private const int Min = 4;
    private const int Max = 64;

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    public void Settles_near_what_the_server_can_work_on_at_once(int capacity)
    {
        var run = Start(capacity);
        run.Seconds(60);

        // Five minutes, with several probes: never far above, and below only while it probes.
        var (lowest, highest, mean) = run.Watch(300);
        Assert.InRange(mean, capacity, (2 * capacity) + 4);
        Assert.True(highest <= (2.5 * capacity) + 4, $"The limit went up to {highest}.");
        Assert.True(lowest >= capacity / 3, $"The limit went down to {lowest}.");
    }

    [Fact]
    public void Stays_at_the_maximum_while_holds_are_flat()
    {
        var run = Start(capacity: 1000);
        run.Seconds(30);
        var (lowest, highest, _) = run.Watch(300);
        Assert.Equal((Max, Max), (lowest, highest));
    }

    [Fact]
    public void Never_leaves_its_bounds()
    {
        var run = Start(capacity: 1);
        run.Seconds(60);
        var (lowest, highest, _) = run.Watch(120);
        Assert.True(lowest >= Min, $"The limit went down to {lowest}.");
        run.Server.Capacity = 1000;
        run.Seconds(60);
        (_, highest, _) = run.Watch(60);
        Assert.Equal(Max, highest);
    }

    [Fact]
    public void Recovers_when_the_server_does()
    {
        var run = Start(capacity: 48);
        run.Seconds(60);
        run.Server.Capacity = 6;
        run.Seconds(60);
        Assert.InRange(run.Limit.Limit, Min, 24);
        run.Server.Capacity = 48;
        run.Seconds(60);
        Assert.True(run.Limit.Limit >= 40, $"The limit is still {run.Limit.Limit}.");
    }

    [Fact]
    public void Few_slow_statements_do_not_bring_it_down()
    {
        var run = Start(capacity: 1000);
        run.Seconds(30);

        // Two in a hundred take two hundred times as long.
        run.Server.SlowShare = 0.02;
        var (lowest, _, _) = run.Watch(120);
        Assert.True(lowest >= Max - 8, $"The limit went down to {lowest}.");
    }

    [Fact]
    public void Slowness_that_does_not_come_from_the_number_in_use_is_accepted()
    {
        var run = Start(capacity: 1000);
        run.Seconds(30);
        run.Server.BaseMs *= 4;
        run.Seconds(120);
        var (lowest, _, _) = run.Watch(120);
        Assert.Equal(Max, lowest);
    }

    [Fact]
    public void Little_load_moves_nothing()
    {
        var run = Start(capacity: 1000);
        run.Seconds(30);
        run.Server.Callers = 6;
        run.Server.BaseMs *= 10;
        var (lowest, highest, _) = run.Watch(60);
        Assert.Equal((Max, Max), (lowest, highest));
    }

    [Fact]
    public void Holds_that_do_not_end_keep_nobody_out_for_ever()
    {
        var limit = new AdaptiveLimit(Min, Max);
        for (var second = 0; second < 20; second++)
        {
            limit.NoteInUse(limit.Limit);
            limit.NoteHeldBack();
            limit.Review();
        }

        Assert.Equal(Max, limit.Limit);
    }

    [Fact]
    public void A_probe_is_judged_by_holds_that_began_among_fewer()
    {
        // Fails when the first window of a probe is taken for its result: slow holds would then be the new normal.
        var limit = new AdaptiveLimit(Min, Max);
        Windows(60, 10);
        Assert.Equal(Max, limit.Limit);
        Windows(30, 40);
        Windows(1, 40);
        Windows(1, 10);
        Windows(20, 40);
        Assert.True(limit.Limit < Max / 2, $"The limit is {limit.Limit}.");

        void Windows(int count, double holdMs)
        {
            for (var i = 0; i < count; i++)
            {
                limit.NoteInUse(limit.Limit);
                limit.NoteHeldBack();
                for (var hold = 0; hold < 64; hold++)
                {
                    limit.CountHold(holdMs);
                }

                limit.Review();
            }
        }
    }

    private Run Start(int capacity)
    {
        var given = Environment.GetEnvironmentVariable("ROUTING_SEED");
        var seed = given is null ? Environment.TickCount : int.Parse(given, CultureInfo.InvariantCulture);
        output.WriteLine($"ROUTING_SEED={seed}");
        return new Run(new AdaptiveLimit(Min, Max), new Server(seed) { Capacity = capacity });
    }

    /// <summary>Holds take the base time, and longer in proportion when more are in use than the server can work on.</summary>
    private sealed class Server(int seed)
    {
        private readonly Random _random = new(seed);

        public int Capacity { get; set; }

        public int Callers { get; set; } = 200;

        public double BaseMs { get; set; } = 10;

        public double SlowShare { get; set; }

        public double Hold(int inUse)
        {
            var noise = 0.5 + _random.NextDouble();
            var slow = _random.NextDouble() < SlowShare ? 200 : 1;
            return BaseMs * Math.Max(1, (double)inUse / Capacity) * noise * slow;
        }
    }

    private sealed record Run(AdaptiveLimit Limit, Server Server)
    {
        private readonly PriorityQueue<double, double> _ends = new();
        private double _now;

        public void Seconds(int seconds)
        {
            for (var second = 0; second < seconds; second++)
            {
                Second();
                Limit.Review();
            }
        }

        public (int Lowest, int Highest, double Mean) Watch(int seconds)
        {
            var seen = new List<int>();
            for (var second = 0; second < seconds; second++)
            {
                Seconds(1);
                seen.Add(Limit.Limit);
            }

            return (seen.Min(), seen.Max(), seen.Average());
        }

        private void Second()
        {
            var end = _now + 1000;
            Lend();
            while (_ends.TryPeek(out var held, out var endsAt) && endsAt < end)
            {
                _ends.Dequeue();
                _now = endsAt;
                Limit.CountHold(held);
                Lend();
            }

            _now = end;
        }

        private void Lend()
        {
            while (_ends.Count < Server.Callers)
            {
                if (_ends.Count >= Limit.Limit)
                {
                    Limit.NoteHeldBack();
                    return;
                }

                var held = Server.Hold(_ends.Count + 1);
                _ends.Enqueue(held, _now + held);
                Limit.NoteInUse(_ends.Count);
            }
        }
    }
}
