using Routing.Diagnostics;

namespace Routing.Pools;

/// <summary>
/// One lane's adaptive limit: how many of its connections may be lent or on the way to somebody at once. A lane that has one
/// keeps its <see cref="LaneSignal"/> raised, so that every rent and return goes through the lock, where the number lent is
/// exact, and the paths without a lock know nothing of it. Invariant, true whenever the lock is free and nobody is on the
/// way to <see cref="PoolLane.Drive()"/>: nobody waits beside an idle connection while there is room. Room comes from the
/// end of a lease or of an open, and from a limit that grows; each drives the lane. The methods that end in
/// _NeedsLock share the lane's lock; the others take it.
/// </summary>
internal sealed class LaneAdaptive(PoolLane lane, PoolContext context, LaneState state)
{
    private const int LogEveryMs = 10_000;
    private const int LeastLogged = 2;

    /// <summary>Connections above the limit are closed only after it was that low for so long.</summary>
    private const int KeptAboveMs = 10_000;

    private readonly AdaptiveLimit _limit = new(context.AdaptiveMin, lane.Max);
    private readonly PeakUse _highest = new(KeptAboveMs, context.Clock.ReadMs());
    private int _logged = context.AdaptiveMin;
    private long _loggedAtMs = context.Clock.ReadMs() - LogEveryMs;

    /// <summary>Leases that have not ended. Guarded by the lane's lock.</summary>
    public int Lent { get; private set; }

    /// <summary>Read without the lock by metrics only.</summary>
    public int Limit => _limit.Limit;

    /// <summary>
    /// Whether one more may be lent or opened. The limit yields, up to the lane's maximum, when each connection lent is held by
    /// an owner that waits here for another: they would wait for each other, and only because of the limit.
    /// </summary>
    public bool HasRoom_NeedsLock =>
        Lent + state.Opening + state.Validating < _limit.Limit || NestedDeadlock.IsEveryHolderWaiting(lane, lane.Entries);

    /// <summary>The limit, if it is what holds callers back and not the lane's maximum.</summary>
    public int? Met_NeedsLock => _limit.Limit < lane.Max && !HasRoom_NeedsLock ? _limit.Limit : null;

    /// <summary>The same for somebody who waits.</summary>
    public bool Admits_NeedsLock()
    {
        if (HasRoom_NeedsLock)
        {
            return true;
        }

        _limit.NoteHeldBack();
        return false;
    }

    public void Begin_NeedsLock()
    {
        Lent++;
        _limit.NoteInUse(Lent);
    }

    /// <summary>A lease has ended, by the swap of its word.</summary>
    /// <param name="holdMs">How long it was held; null when that says nothing.</param>
    public void End(double? holdMs)
    {
        lock (lane.Gate)
        {
            Lent--;
            if (holdMs is { } ms)
            {
                _limit.CountHold(ms);
            }
        }
    }

    /// <summary>Part of maintenance. Whoever calls it drives the lane afterwards: a limit that has grown has room.</summary>
    public void Review(long now)
    {
        int before, after;
        bool isLogged;
        lock (lane.Gate)
        {
            _limit.Review();
            before = _logged;
            after = _limit.Limit;
            _highest.Note(after, now);
            isLogged = Math.Abs(after - before) >= Math.Max(LeastLogged, before / 4) && now - _loggedAtMs >= LogEveryMs;
            if (isLogged)
            {
                _logged = after;
                _loggedAtMs = now;
            }
        }

        if (isLogged)
        {
            Log.AdaptiveLimitMoved(context.Logger, lane.PoolName, lane.KindName, before, after, lane.Max);
        }
    }

    /// <summary>Whether an idle connection more than the limit has allowed lately is there.</summary>
    public bool HasSurplus_NeedsLock(int idle) => Lent + state.Opening + state.Validating + idle > _highest.Peak;

    /// <summary>What its counts have wrong, for tests.</summary>
    public string? FindBrokenInvariant_NeedsLock(int idle, int demand)
    {
        var leased = 0;
        foreach (var entry in lane.Entries.All)
        {
            leased += entry.IsLeased ? 1 : 0;
        }

        return leased > Lent ? $"{leased} lent, {Lent} counted"
            : _limit.Limit > lane.Max ? $"a limit of {_limit.Limit} above {lane.Max}"
            : idle > 0 && demand > 0 && HasRoom_NeedsLock ? $"{idle} idle while {demand} wait unserved, {Lent} lent of {_limit.Limit}"
            : null;
    }
}
