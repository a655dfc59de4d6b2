using Routing.Drivers;

namespace Routing.Pools;

/// <summary>
/// The way back of one lane's connections. While nobody waits and nothing is to be done with the connection, it is one
/// swap, which both proves that the lease had not ended and makes the connection idle. Otherwise the lease is ended first,
/// which makes the connection this thread's own, and then it is closed, reset, or handed to the head of the queue.
/// Thread-safe.
/// </summary>
internal sealed class LaneReturns(PoolLane lane, PoolContext context, LaneState state)
{
    /// <summary>Ends the lease of <paramref name="version"/> and takes its connection back; false when that lease had ended before.</summary>
    public bool TryTakeBack(NodePoolEntry entry, int version, bool async)
    {
        // Looked at before anything is written: a lease that ended long ago must not touch what is the next holder's now.
        if (!entry.IsHeldBy(version))
        {
            return false;
        }

        var quiet = entry.Quiet;
        if (lane.Signal != quiet || !IsPlain(entry))
        {
            return TryTakeBackSlowly(entry, version, async);
        }

        entry.Owner = null;

        // The swap, not the look above, decides: of two callers returning one lease at the same time, one is refused.
        if (!entry.TryPutBack(version, context.Clock.CoarseMs))
        {
            return false;
        }

        EntryTable.Settle(entry);
        AfterPutBack(entry, quiet);
        return true;
    }

    /// <summary>Makes a connection that is away and clean available, unless its time has come.</summary>
    public void Release(NodePoolEntry entry)
    {
        var quiet = entry.Quiet;
        if (lane.Signal == quiet && !entry.IsCondemned)
        {
            entry.PutBack(context.Clock.CoarseMs);
            AfterPutBack(entry, quiet);
            return;
        }

        Grant grant = default;
        string? reason;
        lock (lane.Gate)
        {
            reason = ReasonToClose_NeedsLock(entry);
            if (reason is null)
            {
                grant = lane.Offer_NeedsLock(entry, context.Clock.CoarseMs);
            }
        }

        if (reason is not null)
        {
            lane.Care.Close(entry, reason);
            return;
        }

        lane.Waits.Complete(grant);
    }

    /// <summary>Whether a returned connection may be put back as it is.</summary>
    private bool IsPlain(NodePoolEntry entry) =>
        !entry.IsMeasured && !entry.IsDiscarded && !entry.IsCondemned && !context.NeedsReset(entry.Physical, entry.Dirt) && !entry.Physical.IsBroken;

    private bool TryTakeBackSlowly(NodePoolEntry entry, int version, bool async)
    {
        if (!entry.TryEndLease(version))
        {
            return false;
        }

        CountUse(entry);
        CountHold(entry);
        EntryTable.Settle(entry);
        entry.Owner = null;
        if (ReasonToClose(entry) is { } reason)
        {
            lane.Care.Close(entry, reason);
        }
        else if (entry.IsDiscarded || context.NeedsReset(entry.Physical, entry.Dirt))
        {
            lane.Care.Reset(entry, async);
        }
        else
        {
            Release(entry);
        }

        if (lane.Adaptive is not null)
        {
            // The connection may have gone to be closed or reset; the room it left is free already.
            lane.Drive();
        }

        return true;
    }

    private void CountUse(NodePoolEntry entry)
    {
        TimeSpan? held = null;
        if (entry.UseStarted != 0)
        {
            held = context.Time.GetElapsedTime(entry.UseStarted);
            PoolMeters.UseTime.Record(held.Value.TotalSeconds, lane.Tags);
        }

        lane.Adaptive?.End(held?.TotalMilliseconds);
    }

    private void CountHold(NodePoolEntry entry)
    {
        if (!entry.IsRentedExactly)
        {
            return;
        }

        var held = context.Clock.ReadMs() - entry.RentedAtMs;
        lock (lane.Gate)
        {
            lane.Opens.Pace.CountHold(held);
        }
    }

    /// <summary>Without the lock, since whoever acts on the answer asks again with it.</summary>
    private string? ReasonToClose(NodePoolEntry entry)
    {
        if (entry.Physical.IsBroken)
        {
            Suspect();
            return "it is broken";
        }

        return ReasonToClose_NeedsLock(entry)
            ?? (entry.IsDiscarded && !context.OneConnection ? "its holder discarded it" : null);
    }

    private string? ReasonToClose_NeedsLock(NodePoolEntry entry) =>
        entry.Generation != state.Generation ? "the pool was cleared or disposed"
        : entry.IsCondemned ? LaneStock.LifetimeEnded
        : null;

    /// <summary>It was put back, by a full fence, while the signal was quiet a moment ago.</summary>
    private void AfterPutBack(NodePoolEntry entry, long quiet)
    {
        if (lane.Signal != quiet)
        {
            OnPutBackUnheard(entry);
        }

        lane.Limit?.OnIdle();
    }

    /// <summary>
    /// A connection was put back by someone who did not know that somebody waits, or that the pool was cleared. Whoever raised the
    /// signal looked at the entries afterwards and may have found it; if not, it is still here.
    /// </summary>
    private void OnPutBackUnheard(NodePoolEntry entry)
    {
        var isOutdated = false;
        lock (lane.Gate)
        {
            state.MayHaveIdle = true;
            var word = entry.Word;
            if (EntryWord.IsIdle(word) && entry.TrySeize(word))
            {
                isOutdated = entry.Generation != state.Generation;
                if (!isOutdated)
                {
                    entry.Restore(word);
                }
            }
        }

        if (isOutdated)
        {
            lane.Care.Close(entry, "the pool was cleared or disposed");
            return;
        }

        lane.Drive();
    }

    /// <summary>What broke one connection may have broken those that idle: they prove themselves before they are lent.</summary>
    private void Suspect()
    {
        if (context.OneConnection)
        {
            return;
        }

        lock (lane.Gate)
        {
            foreach (var entry in lane.Entries.All)
            {
                var word = entry.Word;
                if (EntryWord.IsIdle(word) && entry.TrySeize(word))
                {
                    entry.Restore(EntryWord.Stale(word));
                }
            }
        }
    }
}
