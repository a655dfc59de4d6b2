using Routing.Pools;

namespace Routing.UnitTests.Pools;

/// <summary>The limits above the pools, by themselves: counting, the order of who waits, and who makes room.</summary>
public sealed class ConnectionLimitsTests
{
    private readonly Queue<Action> _elsewhere = new();

    [Fact]
    public void Without_any_limit_there_is_nothing_to_ask() => Assert.Null(Limits(0).Of("orders", 0));

    [Fact]
    public void A_data_source_opens_no_more_than_its_maximum_over_all_its_lanes()
    {
        var limit = Limits(0).Of("orders", 2)!;
        var (a, b) = (new Lane(limit), new Lane(limit));

        Assert.True(a.TryOpen());
        Assert.Null(b.Share.Met);
        Assert.True(b.TryOpen());
        Assert.False(a.Share.TryTake(mayWait: false));
        Assert.False(b.Share.TryTake(mayWait: false));
        Assert.Equal(new MetLimit("DataSources:orders:MaxConnections", 2, "data source"), a.Share.Met);
        Close(a);
        Assert.True(b.TryOpen());
    }

    [Fact]
    public void The_process_opens_no_more_than_its_maximum_over_all_data_sources()
    {
        var limits = Limits(2);
        var orders = new Lane(limits.Of("orders", 0)!);
        var audit = new Lane(limits.Of("audit", 5)!);

        Assert.True(orders.TryOpen());
        Assert.True(audit.TryOpen());
        Assert.False(audit.Share.TryTake(mayWait: false));
        Assert.False(orders.Share.TryTake(mayWait: false));
        Assert.Equal(new MetLimit("MaxConnections", 2, "process"), audit.Share.Met);
        Assert.Equal(2, limits.Open);
    }

    [Fact]
    public void A_permit_that_comes_back_goes_to_who_waited_longest_and_nobody_passes()
    {
        var limit = Limits(0).Of("orders", 1)!;
        var (a, b, c) = (new Lane(limit), new Lane(limit), new Lane(limit));
        Assert.True(a.TryOpen());
        Assert.False(b.TryOpen());
        Assert.False(c.TryOpen());

        a.Close();
        Assert.False(a.Share.TryTake(mayWait: false));
        Assert.False(c.Share.TryTake(mayWait: true));
        RunElsewhere();
        Assert.Equal((0, 1, 0), (a.Active, b.Active, c.Active));

        Close(b);
        Assert.Equal((0, 0, 1), (a.Active, b.Active, c.Active));
        Close(c);
        Assert.True(a.TryOpen());
    }

    [Fact]
    public void What_nobody_needs_any_more_goes_on_to_the_next()
    {
        var limits = Limits(0);
        var limit = limits.Of("orders", 1)!;
        var (a, b, c) = (new Lane(limit), new Lane(limit), new Lane(limit));
        Assert.True(a.TryOpen());
        Assert.False(b.TryOpen());
        Assert.False(c.TryOpen());

        // Its callers have given up meanwhile.
        b.Wanted = 0;
        Close(a);
        Assert.Equal((0, 1), (b.Active, c.Active));
        c.Wanted = 0;
        Close(c);
        Assert.Equal(0, limits.Open);
    }

    [Fact]
    public void Who_waits_for_its_data_source_does_not_keep_another_from_opening()
    {
        var limits = Limits(3);
        var orders = limits.Of("orders", 1)!;
        var (a, b) = (new Lane(orders), new Lane(orders));
        var audit = new Lane(limits.Of("audit", 0)!);
        Assert.True(a.TryOpen());
        Assert.False(b.TryOpen());

        Assert.True(audit.TryOpen());
        Assert.True(audit.TryOpen());
        Assert.False(audit.TryOpen());

        // A permit of 'orders' serves its own waiter, who came first; one of 'audit' cannot.
        Close(audit);
        Assert.Equal((0, 2), (b.Active, audit.Active));
        Close(a);
        Assert.Equal((1, 2), (b.Active, audit.Active));
    }

    [Fact]
    public void An_idle_connection_of_another_lane_makes_room_and_one_is_enough()
    {
        var limit = Limits(0).Of("orders", 2)!;
        var (a, b) = (new Lane(limit), new Lane(limit));
        Assert.True(a.TryOpen());
        Assert.True(a.TryOpen());
        a.Idle();
        a.Idle();

        Assert.False(b.TryOpen());
        RunElsewhere();
        Assert.Equal((1, 1), (a.Idling, a.Closing));

        // Seen to fail without the count of closes under way.
        Assert.False(a.TryGiveUpIdle());
        EndClose(a);
        Assert.Equal(1, b.Active);
        Assert.False(a.Share.IsAnyWaiting);
    }

    [Fact]
    public void Who_finds_nothing_idle_gets_what_becomes_idle_later()
    {
        var limit = Limits(0).Of("orders", 1)!;
        var (a, b) = (new Lane(limit), new Lane(limit));
        Assert.True(a.TryOpen());
        Assert.False(b.TryOpen());
        RunElsewhere();
        Assert.True(a.Share.IsAnyWaiting);

        a.Idle();
        Assert.Equal((0, 1), (a.Idling, a.Closing));
        EndClose(a);
        Assert.Equal(1, b.Active);
    }

    [Fact]
    public void A_lane_of_another_data_source_makes_room_only_where_the_process_is_full()
    {
        var limits = Limits(3);
        var orders = limits.Of("orders", 1)!;
        var (a, b) = (new Lane(orders), new Lane(orders));
        var audit = new Lane(limits.Of("audit", 0)!);
        Assert.True(a.TryOpen());
        Assert.True(audit.TryOpen());
        audit.Idle();
        Assert.False(b.TryOpen());
        RunElsewhere();
        Assert.Equal((1, 0), (audit.Idling, audit.Closing));

        Assert.True(audit.TryOpen());
        var third = new Lane(limits.Of("third", 0)!);
        Assert.False(third.TryOpen());
        RunElsewhere();
        Assert.Equal((0, 1), (audit.Idling, audit.Closing));
        EndClose(audit);
        Assert.Equal((0, 1), (b.Active, third.Active));
    }

    [Fact]
    public void A_lane_that_ends_waits_no_more_and_is_asked_for_nothing()
    {
        var limit = Limits(0).Of("orders", 1)!;
        var (a, b, c) = (new Lane(limit), new Lane(limit), new Lane(limit));
        Assert.True(a.TryOpen());
        Assert.False(b.TryOpen());
        b.Share.Retire();
        Assert.False(a.Share.IsAnyWaiting);

        a.Share.Retire();
        a.Idle();
        Assert.False(c.TryOpen());
        RunElsewhere();
        Assert.Equal((1, 0), (a.Idling, a.Closing));
        a.CloseIdle();
        RunElsewhere();
        Assert.Equal((0, 1), (b.Active, c.Active));
    }

    /// <summary>
    /// Lanes that open, idle, give up and close at random: never more than the maxima, and nobody waits who might open.
    /// Seen to fail when a permit that comes back is not handed on, when the search for whom it serves ends at the first in
    /// the queue, and when one that is kept and not taken is not given back.
    /// </summary>
    [Fact]
    public void At_random_no_limit_is_passed_and_no_permit_is_lost()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var run = 0; run < 300; run++)
        {
            var limits = Limits(random.Next(3, 7));
            var orders = limits.Of("orders", random.Next(1, 5))!;
            var audit = limits.Of("audit", random.Next(0, 5))!;
            Lane[] lanes = [new(orders), new(orders), new(audit), new(audit)];
            for (var step = 0; step < 200; step++)
            {
                lanes[random.Next(lanes.Length)].Step(random);
                if (random.Next(3) > 0)
                {
                    RunElsewhere();
                    Check(limits, lanes, seed);
                }
            }
        }
    }

    private static void Check(ConnectionLimits limits, Lane[] lanes, int seed)
    {
        var open = lanes.Sum(static lane => lane.Active + lane.Idling + lane.Closing);
        Assert.True(limits.Open == open, $"seed {seed}: {limits.Open} counted, {open} open");
        foreach (var lane in lanes)
        {
            Assert.True(lane.Wanted == 0 || lane.Share.Met is not null, $"seed {seed}: a lane waits although nothing keeps it from opening");
        }
    }

    /// <summary>Limits whose work for other threads is done by <see cref="RunElsewhere"/>.</summary>
    private ConnectionLimits Limits(int processMax) => new(processMax, _elsewhere.Enqueue);

    private void RunElsewhere()
    {
        while (_elsewhere.TryDequeue(out var work))
        {
            work();
        }
    }

    private void Close(Lane lane)
    {
        lane.Close();
        RunElsewhere();
    }

    private void EndClose(Lane lane)
    {
        lane.EndClose();
        RunElsewhere();
    }

    private sealed class Lane : ILimitedLane
    {
        public Lane(ConnectionLimits.DataSourceLimit limit) => Share = limit.Add(this);

        public ConnectionLimits.LaneShare Share { get; }

        /// <summary>Connections somebody waits for.</summary>
        public int Wanted { get; set; }

        public int Active { get; private set; }

        public int Idling { get; private set; }

        public int Closing { get; private set; }

        public bool TryOpen()
        {
            Wanted++;
            return TryServe();
        }

        public void Close()
        {
            Active--;
            Share.GiveBack(gaveUp: false);
        }

        public void Idle()
        {
            Active--;
            Idling++;
            if (Share.IsAnyWaiting)
            {
                TryGiveUpIdle();
            }
        }

        public void CloseIdle()
        {
            Idling--;
            Share.GiveBack(gaveUp: false);
        }

        public void EndClose()
        {
            Closing--;
            Share.GiveBack(gaveUp: true);
        }

        public void OnPermit()
        {
            while (TryServe())
            {
            }
        }

        public bool TryGiveUpIdle()
        {
            if (!Share.TryBeginGivingUp())
            {
                return false;
            }

            if (Idling == 0)
            {
                Share.CancelGivingUp();
                return false;
            }

            Idling--;
            Closing++;
            return true;
        }

        public void Step(Random random)
        {
            switch (random.Next(7))
            {
                case 0 or 1 when Idling > 0:
                    Idling--;
                    Active++;
                    break;
                case 0 or 1:
                    TryOpen();
                    break;
                case 2 when Active > 0 && Wanted == 0:
                    Idle();
                    break;
                case 3 when Closing > 0:
                    EndClose();
                    break;
                case 4 when Active > 0:
                    Close();
                    break;
                case 5:
                    Wanted = 0;
                    break;
                default:
                    break;
            }
        }

        private bool TryServe()
        {
            if (Wanted == 0 || !Share.TryTake(mayWait: true))
            {
                return false;
            }

            Wanted--;
            Active++;
            return true;
        }
    }
}
