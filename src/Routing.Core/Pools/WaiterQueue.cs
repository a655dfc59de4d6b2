using System.Numerics;

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

    private readonly Line[] _lines = new Line[Priorities];
    private uint _occupied;
    private long _sequence;

    public int Count { get; private set; }

    /// <summary>Who is served next.</summary>
    public PoolWaiter? Head
    {
        get
        {
            if (Count == 0)
            {
                return null;
            }

            return BitOperations.IsPow2(_occupied) ? _lines[BitOperations.Log2(_occupied)].Head : HeadOfSeveral;
        }
    }

    private PoolWaiter? HeadOfSeveral
    {
        get
        {
            // The lowest that was passed over too often comes first: it has been waiting for the others' turns as well.
            for (var priority = Priorities - 1; priority > 0; priority--)
            {
                if (_lines[priority] is { Head: { } overdue, PassedOver: >= MostPassedOver })
                {
                    return overdue;
                }
            }

            return _lines[BitOperations.TrailingZeroCount(_occupied)].Head;
        }
    }

    public void Enqueue(PoolWaiter waiter)
    {
        waiter.Owner?.BeginWait(lane);
        waiter.Ambient?.BeginWait(lane);
        waiter.Sequence = ++_sequence;
        var priority = PriorityOf(waiter);
        ref var line = ref _lines[priority];
        waiter.Previous = line.Tail;
        if (line.Tail is { } tail)
        {
            tail.Next = waiter;
        }
        else
        {
            line.Head = waiter;
            line.PassedOver = 0;
            _occupied |= 1u << priority;
        }

        line.Tail = waiter;
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
            CountPassedOver(PriorityOf(head));
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
        foreach (var line in _lines)
        {
            for (var waiter = line.Tail; waiter is not null && waiter.Sequence > (newest?.Sequence ?? 0); waiter = waiter.Previous)
            {
                newest = matches(waiter, state) ? waiter : newest;
            }
        }

        return newest;
    }

    /// <summary>
    /// Who blocks and has nothing to do: the last in the line, for whom it will take longest until something comes back.
    /// Looked for only when there is something to do that takes long.
    /// </summary>
    public PoolWaiter? LastBlocked()
    {
        for (var priority = Priorities - 1; priority >= 0; priority--)
        {
            for (var waiter = _lines[priority].Tail; waiter is not null; waiter = waiter.Previous)
            {
                if (waiter.IsBlocked)
                {
                    return waiter;
                }
            }
        }

        return null;
    }

    private void CountPassedOver(int served)
    {
        _lines[served].PassedOver = 0;
        for (var lower = served + 1; lower < Priorities; lower++)
        {
            _lines[lower].PassedOver += _lines[lower].Head is null ? 0 : 1;
        }
    }

    private static int PriorityOf(PoolWaiter waiter) => waiter.Priority - RentPriority.High;

    private void Remove(PoolWaiter waiter)
    {
        var priority = PriorityOf(waiter);
        ref var line = ref _lines[priority];
        var (previous, next) = (waiter.Previous, waiter.Next);
        if (previous is null)
        {
            line.Head = next;
        }
        else
        {
            previous.Next = next;
        }

        if (next is null)
        {
            line.Tail = previous;
        }
        else
        {
            next.Previous = previous;
        }

        if (line.Head is null)
        {
            _occupied &= ~(1u << priority);
        }

        waiter.Next = null;
        waiter.Previous = null;
        Count--;
        waiter.Owner?.EndWait(lane);
        waiter.Ambient?.EndWait(lane);
    }

    private struct Line
    {
        public PoolWaiter? Head;
        public PoolWaiter? Tail;
        public int PassedOver;
    }
}
