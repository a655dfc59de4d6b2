namespace Routing.Pools;

/// <summary>
/// What maintenance does for one lane, about once a second: it retires connections whose lifetime has ended, a few per
/// round, and those that are needed only after their replacement has been opened; closes what has idled too long and what is
/// above the most that was in use, and what its holder lost; asks silent ones for signs of life; and opens what is missing to
/// <see cref="PoolLane.MinIdle"/>. It looks at every entry, so that no hot path has to. Thread-safe; rounds do not overlap.
/// </summary>
internal sealed class LaneStock(PoolLane lane, PoolContext context, LaneState state)
{
    private const int FlushAfterMs = 1000;
    private const int RoundMs = 1000;
    private const int SignsOfLifeAtOnce = 4;

    public const string LifetimeEnded = "it reached its maximum lifetime";

    private readonly PeakUse _peak = new(context.MaxIdleMs, context.Clock.ReadMs());
    private bool _isReplenishing;

    public void Maintain()
    {
        var now = context.Clock.ReadMs();
        lock (lane.Gate)
        {
            Observe_NeedsLock(now);
        }

        for (var quota = RetireAtOnce; quota > 0 && RetireOne(now); quota--)
        {
        }

        while (TakeSurplus(now, out var reason) is { } entry)
        {
            lane.Care.Close(entry, reason);
        }

        while (TakeSilent(now) is { } idle)
        {
            lane.Care.StartValidation(idle, by: null);
        }

        Replenish();
        lane.Leaks.Collect();
        lane.Limit?.TryGiveUpIdle();
        lane.Adaptive?.Review(now);

        // Also because the adaptive limit may have grown: then those it held back are served, though nothing came back.
        lane.Drive();
    }

    /// <summary>Opens what is missing to the minimum, as many at once as may be; the end of each comes back here.</summary>
    public void Replenish()
    {
        var now = context.Clock.ReadMs();
        lock (lane.Gate)
        {
            // An open that ends at once comes back here before its start has returned: the loop below goes on by itself.
            if (_isReplenishing)
            {
                return;
            }

            _isReplenishing = true;
        }

        while (TryReserveMinIdle(now, out var generation))
        {
            lane.Opens.Start(generation, OpenReason.Stock);
        }
    }

    /// <summary>Closes what has been replaced, at once when it is idle, else when it comes back.</summary>
    public void OnReplaced(NodePoolEntry entry, bool byNewOne)
    {
        var now = context.Clock.ReadMs();
        var isAway = false;
        lock (lane.Gate)
        {
            entry.IsBeingReplaced = false;
            if (byNewOne && IsExpired_NeedsLock(entry, now))
            {
                isAway = Condemn_NeedsLock(entry);
            }
        }

        if (isAway)
        {
            lane.Care.Close(entry, LifetimeEnded);
        }
    }

    /// <summary>
    /// A cohort born together must not leave together: the jitter spreads it over a tenth of its lifetime, and a round
    /// retires no more than its share of that, at least one.
    /// </summary>
    private long RetireAtOnce => Math.Max(1, state.Slots * (long)RoundMs / Math.Max(1, context.MaxLifetimeMs / 10));

    /// <summary>Writes down how many were in use since the last round, and since when the others idle.</summary>
    private void Observe_NeedsLock(long now)
    {
        var inUse = 0;
        foreach (var entry in lane.Entries.All)
        {
            var word = entry.Word;
            var idleMs = EntryWord.IsIdle(word) ? Math.Max(0, EntryWord.IdleMs(word, now)) : 0;
            var version = EntryWord.VersionOf(word);
            inUse += version != entry.SeenVersion || EntryWord.ModeOf(word) == EntryMode.Leased ? 1 : 0;
            if (version != entry.SeenVersion || EntryWord.ModeOf(word) == EntryMode.Leased)
            {
                entry.SeenVersion = version;
                entry.UsedAtMs = now - idleMs;
            }

            // Long before its stamp comes round: what has idled this long needs a sign of life whatever the stamp says.
            if (EntryWord.IsIdle(word) && idleMs >= context.FreshForMs && entry.TrySeize(word))
            {
                entry.Restore(EntryWord.Stale(word));
            }
        }

        // Whoever has to wait found every place taken.
        _peak.Note(lane.Waiters.Count > 0 ? state.Slots : inUse, now);
    }

    /// <summary>False when nothing more is to be retired in this round.</summary>
    private bool RetireOne(long now)
    {
        NodePoolEntry? expired;
        bool opens;
        var isAway = false;
        int generation;
        lock (lane.Gate)
        {
            generation = state.Generation;
            expired = OldestExpired_NeedsLock(now);
            if (expired is null)
            {
                return false;
            }

            opens = IsNeeded_NeedsLock() && lane.Opens.TryReserveStock_NeedsLock(now);
            expired.IsBeingReplaced = opens;
            isAway = !opens && Condemn_NeedsLock(expired);
        }

        if (opens)
        {
            lane.Opens.Start(generation, OpenReason.Stock, expired);
        }
        else if (isAway)
        {
            lane.Care.Close(expired, LifetimeEnded);
        }

        return true;
    }

    private NodePoolEntry? OldestExpired_NeedsLock(long now)
    {
        NodePoolEntry? oldest = null;
        foreach (var entry in lane.Entries.All)
        {
            if (IsExpired_NeedsLock(entry, now) && !entry.IsBeingReplaced && entry.ExpiresAtMs < (oldest?.ExpiresAtMs ?? long.MaxValue))
            {
                oldest = entry;
            }
        }

        return oldest;
    }

    private static bool IsExpired_NeedsLock(NodePoolEntry entry, long now) =>
        !entry.IsVacant && !entry.IsCondemned && now >= entry.ExpiresAtMs && EntryWord.ModeOf(entry.Word) != EntryMode.Away;

    /// <summary>Whether one connection less would be less than is used or kept ready.</summary>
    private bool IsNeeded_NeedsLock() => state.Slots - 1 < _peak.Peak + lane.MinIdle;

    /// <summary>True when it was idle and is now the caller's to close.</summary>
    private static bool Condemn_NeedsLock(NodePoolEntry entry)
    {
        entry.IsCondemned = true;
        var word = entry.Word;
        return EntryWord.IsIdle(word) && entry.TrySeize(word);
    }

    /// <summary>The highest idle connection that is not worth keeping, taken away.</summary>
    private NodePoolEntry? TakeSurplus(long now, out string reason)
    {
        lock (lane.Gate)
        {
            var idle = lane.Entries.CountIdle();
            var isAbovePeak = _peak.IsComplete(now) && state.Slots > _peak.Peak + lane.MinIdle;
            for (var i = lane.Entries.All.Length - 1; i >= 0; i--)
            {
                var entry = lane.Entries.All[i];
                var word = entry.Word;
                reason = entry.IsCondemned ? LifetimeEnded
                    : idle > lane.MinIdle && now - entry.UsedAtMs >= context.MaxIdleMs ? "it idled for its maximum time"
                    : idle > lane.MinIdle && isAbovePeak && entry.SeenVersion == EntryWord.VersionOf(word) ? "fewer were in use"
                    : idle > lane.MinIdle && lane.Adaptive?.HasSurplus_NeedsLock(idle) == true ? "the adaptive limit is lower"
                    : "";
                if (reason.Length > 0 && EntryWord.IsIdle(word) && entry.TrySeize(word))
                {
                    return entry;
                }
            }

            reason = "";
            return null;
        }
    }

    /// <summary>
    /// An idle connection that has been silent too long, counted as being validated: one whose reset still waits for its
    /// next command, because left alone it would go on holding what its last holder's triggers may have taken, such as an
    /// advisory lock; or one whose keep-alive is due.
    /// </summary>
    private NodePoolEntry? TakeSilent(long now)
    {
        lock (lane.Gate)
        {
            foreach (var entry in lane.Entries.All)
            {
                var word = entry.Word;
                if (EntryWord.IsIdle(word) && IsSilentTooLong_NeedsLock(entry, EntryWord.IdleMs(word, now)) && entry.TrySeize(word))
                {
                    state.Validating++;
                    return entry;
                }
            }

            return null;
        }
    }

    private bool IsSilentTooLong_NeedsLock(NodePoolEntry entry, long idleMs) =>
        (idleMs >= FlushAfterMs && entry.Physical.HasPendingReset)
        || (idleMs >= context.KeepAliveMs && state.Validating < SignsOfLifeAtOnce);

    private bool TryReserveMinIdle(long now, out int generation)
    {
        lock (lane.Gate)
        {
            generation = state.Generation;
            var ready = lane.Entries.CountIdle() + state.Validating + state.Opening - lane.Waiters.Count;
            var reserved = !state.IsClosed && ready < lane.MinIdle && lane.Opens.TryReserveStock_NeedsLock(now);
            _isReplenishing = reserved;
            return reserved;
        }
    }
}
