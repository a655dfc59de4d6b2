namespace Routing.Pools;

/// <summary>
/// Finds waits that can never end: every connection of a lane is held by an owner that waits for one more of the same
/// lane, so none gives back what it holds before it gets what it waits for. An owner that waits elsewhere does not
/// count, because that wait may end. Pure; needs the lane's lock. An owner's own rents happened before its wait, so what
/// the last of them to wait sees here is complete.
/// </summary>
internal static class NestedDeadlock
{
    /// <summary>The newest waiter that holds one of the lane's connections; null when there is hope.</summary>
    public static PoolWaiter? FindVictim(PoolLane lane, EntryTable entries, WaiterQueue waiters)
    {
        var held = 0;
        foreach (var entry in entries.All)
        {
            // One that is being opened, reset, validated or closed is nobody's and comes free by itself.
            if (!entry.IsLeased || entry.Owner is not { } owner || !owner.IsWaitingIn(lane))
            {
                return null;
            }

            held++;
        }

        return held == lane.Max ? waiters.Newest(entries, static (waiter, entries) => HoldsOneOf(waiter, entries)) : null;
    }

    /// <summary>Whether something is lent, and all of it to owners that wait here for one more.</summary>
    public static bool IsEveryHolderWaiting(PoolLane lane, EntryTable entries)
    {
        var isAnyHeld = false;
        foreach (var entry in entries.All)
        {
            if (!entry.IsLeased)
            {
                continue;
            }

            if (entry.Owner is not { } owner || !owner.IsWaitingIn(lane))
            {
                return false;
            }

            isAnyHeld = true;
        }

        return isAnyHeld;
    }

    private static bool HoldsOneOf(PoolWaiter waiter, EntryTable entries)
    {
        foreach (var entry in entries.All)
        {
            if (entry.Owner is { } owner && waiter.IsInside(owner))
            {
                return true;
            }
        }

        return false;
    }
}
