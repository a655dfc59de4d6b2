using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>Why a connection is opened.</summary>
internal enum OpenReason
{
    /// <summary>Somebody waits.</summary>
    Demand,

    /// <summary>Idle connections are to be kept ready, or one is to be replaced.</summary>
    Stock,
}

/// <summary>
/// Opens the connections of one lane, in the background and at a pace: one at once, further ones only when those who hold
/// connections will not give them back soon (<see cref="OpenPace"/>), after a failure none for a while and then one
/// (<see cref="FailFast"/>). An open belongs to nobody: whatever becomes free first serves the head, and what is opened for
/// a caller who has gone is kept or closed. The methods that end in _NeedsLock share the lane's lock; the others take it.
/// </summary>
internal sealed class LaneOpens(PoolLane lane, PoolContext context, PoolErrors errors, LaneState state)
{
    /// <summary>What an idle lane keeps of opens for which nobody waits any more, above its minimum.</summary>
    private const int Spare = 1;

    private readonly OpenPace _pace = new();
    private FailFast? _failFast;
    private LaneTimer? _patience;

    public FailFast FailFast => _failFast ??= new FailFast(context, errors, OnRetry);

    public OpenPace Pace => _pace;

    /// <summary>Takes a place for one more open, if now is the time. Otherwise sees to it that the lane is driven when it is.</summary>
    public bool TryReserve_NeedsLock(long nowMs, PoolWaiter head, int unserved)
    {
        if (state.Slots == lane.Max || state.Opening >= OpenPace.MostInFlight)
        {
            return false;
        }

        if (!FailFast.Allows(nowMs, state.Opening))
        {
            ArmRetry_NeedsLock(nowMs);
            return false;
        }

        var waited = nowMs - head.StartedAtMs;
        if (state.Opening > 0 && !_pace.AllowsOneMore(waited, unserved, state.Slots - state.Opening))
        {
            ArmPatience_NeedsLock(waited);
            return false;
        }

        return TryTakePlace_NeedsLock(mayWait: true);
    }

    /// <summary>Takes a place for an open that nobody waits for.</summary>
    public bool TryReserveStock_NeedsLock(long nowMs) =>
        state.Slots < lane.Max && state.Opening < OpenPace.MostInFlight && FailFast.Allows(nowMs, state.Opening) && TryTakePlace_NeedsLock(mayWait: false);

    /// <summary>Opens into the place reserved. Ends in <see cref="PoolLane.Drive()"/>.</summary>
    /// <param name="replaces">What is to be closed when the open has succeeded.</param>
    /// <param name="by">The blocking caller's waiter on whose thread it is to be made; null for an asynchronous one.</param>
    public void Start(int generation, OpenReason reason, NodePoolEntry? replaces = null, PoolWaiter? by = null)
    {
        using (DetachedFlow.Begin())
        {
            lane.DriveAfter(OpenAsync(generation, reason, replaces, by), async: by is null);
        }
    }

    public void Stop_NeedsLock()
    {
        FailFast.Stop();
        _patience?.Dispose();
    }

    /// <summary>Whether somebody waits for whom nobody will do anything: for tests.</summary>
    public bool HasForgotten_NeedsLock(int demand) =>
        demand > 0 && state.Slots < lane.Max && state.Opening == 0 && !FailFast.IsArmed && lane.Limit is null
        && lane.Adaptive?.HasRoom_NeedsLock != false;

    /// <param name="mayWait">Whether the limits above the lane may close idle connections elsewhere for it.</param>
    private bool TryTakePlace_NeedsLock(bool mayWait)
    {
        if (lane.Limit is { } limit && !limit.TryTake_NeedsLock(mayWait))
        {
            return false;
        }

        state.Slots++;
        state.Opening++;
        return true;
    }

    private void ArmRetry_NeedsLock(long nowMs)
    {
        // The end of an open in flight comes back to Drive anyway.
        if (state.Opening == 0)
        {
            FailFast.Arm(nowMs);
        }
    }

    private void ArmPatience_NeedsLock(long waitedMs)
    {
        _patience ??= new LaneTimer(context.Time, _ => OnPatienceEnded());
        _patience.ArmWithin((long)Math.Ceiling(_pace.PatienceMs) - waitedMs);
    }

    private void OnPatienceEnded()
    {
        // Moves the coarse clock on: judged by where it stood, the head might not have waited long enough yet.
        context.Clock.ReadMs();
        lane.Drive();
    }

    private void OnRetry()
    {
        context.Clock.ReadMs();
        lock (lane.Gate)
        {
            FailFast.Disarm();
        }

        lane.Drive();
    }

    private async Task OpenAsync(int generation, OpenReason reason, NodePoolEntry? replaces, PoolWaiter? by)
    {
        var started = context.Time.GetTimestamp();
        Birth birth = default;
        Exception? failure = null;
        try
        {
            birth = await ConnectionOpener.OpenAsync(context, lane, async: by is null).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Every failure is given to those who wait, and logged.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = error;
        }

        var duration = context.Time.GetElapsedTime(started);
        if (failure is null)
        {
            OnOpened(birth, generation, reason, duration, by);
        }
        else
        {
            OnFailed(failure, generation, duration, by);
        }

        if (replaces is not null)
        {
            lane.Stock.OnReplaced(replaces, byNewOne: failure is null);
        }
        else if (reason == OpenReason.Stock && failure is null)
        {
            lane.Stock.Replenish();
        }
    }

    private void OnOpened(in Birth birth, int generation, OpenReason reason, TimeSpan duration, PoolWaiter? by)
    {
        var now = context.Clock.ReadMs();
        Grant grant = default;
        OpenFault? recoveredFrom = null;
        string? surplus;
        NodePoolEntry entry;
        lock (lane.Gate)
        {
            state.Opening--;
            by?.BecomeReady_NeedsLock();
            entry = lane.Entries.Vacancy_NeedsLock();
            entry.Fill_NeedsLock(birth, generation, now);
            surplus = ReasonToClose_NeedsLock(generation, reason);
            if (generation == state.Generation)
            {
                recoveredFrom = FailFast.Clear();
                _pace.CountOpen(duration.TotalMilliseconds);
            }

            if (surplus is null)
            {
                grant = lane.Offer_NeedsLock(entry, now);
            }
        }

        PoolMeters.CreateTime.Record(duration.TotalSeconds, lane.Tags);
        Log.ConnectionOpened(context.Logger, lane.PoolName, lane.KindName, (long)duration.TotalMilliseconds);
        if (recoveredFrom is not null)
        {
            Log.OpenRecovered(context.Logger, lane.PoolName, lane.KindName, now - recoveredFrom.FailedAtMs);
        }

        if (surplus is not null)
        {
            lane.Care.Close(entry, surplus);
            return;
        }

        lane.Waits.Complete(grant);
    }

    private string? ReasonToClose_NeedsLock(int generation, OpenReason reason)
    {
        if (generation != state.Generation)
        {
            return "the pool was cleared or disposed while it opened";
        }

        var isWanted = reason == OpenReason.Stock || lane.Waiters.Count > 0 || context.OneConnection
            || lane.Entries.CountIdle() < lane.MinIdle + Spare;
        return isWanted ? null : "nobody waited for it any more";
    }

    private void OnFailed(Exception error, int generation, TimeSpan duration, PoolWaiter? by)
    {
        var fault = FailFast.Judge(error, duration);
        List<PoolWaiter>? failed = null;
        bool isCurrent;
        lock (lane.Gate)
        {
            state.Opening--;
            by?.BecomeReady_NeedsLock();
            lane.FreePlace_NeedsLock(gaveUp: false);
            isCurrent = generation == state.Generation;
            if (isCurrent)
            {
                FailFast.Record(fault);
                failed = SettleUnserved_NeedsLock(fault);
            }
        }

        if (!isCurrent)
        {
            return;
        }

        Log.OpenFailed(context.Logger, fault.Error, lane.PoolName, lane.KindName, fault.DurationMs, fault.RetryAtMs - fault.FailedAtMs);
        foreach (var waiter in failed ?? [])
        {
            waiter.Complete(errors.OpenFailed(fault));
        }
    }

    /// <summary>
    /// Those who have nothing to hope for any more, oldest first: an error is an answer, and it is given in order too. While
    /// connections are lent, only the one whom the open was for: the others may be served by what comes back. A server that
    /// is full is not gone, and fails nobody who may be.
    /// </summary>
    private List<PoolWaiter>? SettleUnserved_NeedsLock(OpenFault fault)
    {
        var isHopeful = state.Slots > state.Opening;
        if (fault.IsCapacity && isHopeful)
        {
            return null;
        }

        List<PoolWaiter>? failed = null;
        while (lane.Waiters.Count > state.Opening + state.Validating && lane.Waits.SettleHead_NeedsLock(WaitOutcome.Failed) is { } waiter)
        {
            (failed ??= []).Add(waiter);
            if (isHopeful)
            {
                break;
            }
        }

        return failed;
    }
}
