namespace Routing.Pools;

/// <summary>
/// Finds waits that can never end: every connection of a lane is held by an owner that waits for one more of the same
/// lane, so none gives back what it holds before it gets what it waits for. An owner that waits elsewhere does not
/// count, because that wait may end. Pure; needs the lane's lock.
/// </summary>
internal static class NestedDeadlock
{
    /// <summary>The newest waiter that holds one of <paramref name="entries"/>, all the lane may have; null when there is hope.</summary>
    public static PoolWaiter? FindVictim(PoolLane lane, List<NodePoolEntry> entries, WaiterQueue waiters)
    {
        foreach (var entry in entries)
        {
            // One that is being reset, validated or closed is nobody's and comes free by itself.
            if (!entry.IsLeased || entry.Owner is null || !entry.Owner.IsWaitingIn(lane))
            {
                return null;
            }
        }

        for (var waiter = waiters.Newest; waiter is not null; waiter = waiter.Previous)
        {
            if (HoldsOneOf(waiter, entries))
            {
                return waiter;
            }
        }

        return null;
    }

    private static bool HoldsOneOf(PoolWaiter waiter, List<NodePoolEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (waiter.IsInside(entry.Owner!))
            {
                return true;
            }
        }

        return false;
    }
}
