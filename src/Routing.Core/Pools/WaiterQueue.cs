namespace Routing.Pools;

/// <summary>
/// The waiters of one lane, first come first served: a doubly linked list through the waiters themselves, so that a
/// cancelled one leaves in constant time. While a waiter is in it, its owners count as waiting. Guarded by the lane's lock.
/// </summary>
internal sealed class WaiterQueue(PoolLane lane)
{
    private PoolWaiter? _head;

    public int Count { get; private set; }

    public PoolWaiter? Newest { get; private set; }

    public void Enqueue(PoolWaiter waiter)
    {
        waiter.Owner?.BeginWait(lane);
        waiter.Ambient?.BeginWait(lane);
        waiter.Previous = Newest;
        if (Newest is null)
        {
            _head = waiter;
        }
        else
        {
            Newest.Next = waiter;
        }

        Newest = waiter;
        Count++;
    }

    /// <summary>Takes the oldest waiter and settles it; null when there is none.</summary>
    public PoolWaiter? SettleHead(WaitOutcome outcome)
    {
        var head = _head;
        return head is not null && TrySettle(head, outcome) ? head : null;
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

    private void Remove(PoolWaiter waiter)
    {
        if (waiter.Previous is null)
        {
            _head = waiter.Next;
        }
        else
        {
            waiter.Previous.Next = waiter.Next;
        }

        if (waiter.Next is null)
        {
            Newest = waiter.Previous;
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
