namespace Routing.Pools;

/// <summary>
/// The waiters of one lane: a queue per priority, each first come first served, as lists through the waiters themselves,
/// so that a cancelled one leaves in constant time. A higher priority is served first, but no queue is passed over more
/// than <see cref="MostPassedOver"/> times in a row while somebody waits in it: its head is next then. While a waiter is in
/// it, its owners count as waiting. Guarded by the lane's lock.
/// </summary>
internal sealed class WaiterQueue(PoolLane lane)
{
    /// <summary>How many later or higher grants a queue lets pass before its head is served.</summary>
    public const int MostPassedOver = 8;

    private const int Priorities = 3;

    private readonly PoolWaiter?[] _heads = new PoolWaiter?[Priorities];
    private readonly PoolWaiter?[] _tails = new PoolWaiter?[Priorities];
    private readonly int[] _passedOver = new int[Priorities];
    private long _sequence;

    public int Count { get; private set; }

    /// <summary>Who is served next.</summary>
    public PoolWaiter? Head
    {
        get
        {
            // The lowest that was passed over too often comes first: it has been waiting for the others' turns as well.
            for (var priority = Priorities - 1; priority > 0; priority--)
            {
                if (_heads[priority] is { } overdue && _passedOver[priority] >= MostPassedOver)
                {
                    return overdue;
                }
            }

            return _heads[0] ?? _heads[1] ?? _heads[2];
        }
    }

    public void Enqueue(PoolWaiter waiter)
    {
        waiter.Owner?.BeginWait(lane);
        waiter.Ambient?.BeginWait(lane);
        waiter.Sequence = ++_sequence;
        var priority = waiter.Priority - RentPriority.High;
        var tail = _tails[priority];
        waiter.Previous = tail;
        if (tail is null)
        {
            _heads[priority] = waiter;
            _passedOver[priority] = 0;
        }
        else
        {
            tail.Next = waiter;
        }

        _tails[priority] = waiter;
        Count++;
    }

    /// <summary>Takes who is next and settles it; null when nobody waits.</summary>
    public PoolWaiter? SettleHead(WaitOutcome outcome)
    {
        var head = Head;
        if (head is null)
        {
            return null;
        }

        if (outcome == WaitOutcome.Granted)
        {
            CountPassedOver(head.Priority - RentPriority.High);
        }

        return TrySettle(head, outcome) ? head : null;
    }

    /// <summary>Settles a waiter and takes it out; false when it was settled, and so taken out, before.</summary>
    public bool TrySettle(PoolWaiter waiter, WaitOutcome outcome)
    {
        if (!waiter.TrySettle_NeedsLock(outcome))
        {
            return false;
        }

        Remove(waiter);
        return true;
    }

    /// <summary>The waiter that came last among those for whom <paramref name="matches"/> holds.</summary>
    public PoolWaiter? Newest<T>(T state, Func<PoolWaiter, T, bool> matches)
    {
        PoolWaiter? newest = null;
        foreach (var tail in _tails)
        {
            for (var waiter = tail; waiter is not null && waiter.Sequence > (newest?.Sequence ?? 0); waiter = waiter.Previous)
            {
                newest = matches(waiter, state) ? waiter : newest;
            }
        }

        return newest;
    }

    private void CountPassedOver(int served)
    {
        _passedOver[served] = 0;
        for (var lower = served + 1; lower < Priorities; lower++)
        {
            _passedOver[lower] += _heads[lower] is null ? 0 : 1;
        }
    }

    private void Remove(PoolWaiter waiter)
    {
        var priority = waiter.Priority - RentPriority.High;
        if (waiter.Previous is null)
        {
            _heads[priority] = waiter.Next;
        }
        else
        {
            waiter.Previous.Next = waiter.Next;
        }

        if (waiter.Next is null)
        {
            _tails[priority] = waiter.Previous;
        }
        else
        {
            waiter.Next.Previous = waiter.Previous;
        }

        waiter.Next = null;
        waiter.Previous = null;
        Count--;
        waiter.Owner?.EndWait(lane);
        waiter.Ambient?.EndWait(lane);
    }
}
