using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// The waits of one lane: how they begin, and how each ends once. To settle a waiter and to take it out of the queue is one
/// step under the lane's lock; it is completed afterwards, outside. Thread-safe.
/// </summary>
internal sealed class LaneWaits(PoolLane lane, PoolContext context, PoolErrors errors, LaneState state)
{
    private const int MostKept = 256;
    private const int MostLooks = 4;

    private readonly List<PoolWaiter> _kept = [];
    private int _next;

    /// <summary>
    /// Queues for a connection and sees to it that one comes. A synchronous caller opens or validates on its own thread,
    /// and during that does not notice its time-out or cancel; the connect time-out bounds it.
    /// </summary>
    public ValueTask<Lease> RentAsync(in RentRequest request)
    {
        var time = WaitTime.Of(request.Deadline, context);
        var ambient = LeaseOwner.Current;
        PoolWaiter? waiter = null;
        Refusal refusal;
        LaneStep step = default;
        lock (lane.Gate)
        {
            refusal = Refusal_NeedsLock(time.StartMs);
            if (!refusal.IsRefused)
            {
                waiter = Enqueue_NeedsLock(request, ambient, time);
                step = lane.MayStep_NeedsLock ? lane.Next_NeedsLock() : default;
                if (!request.Async && step.Kind == LaneStepKind.None)
                {
                    waiter.BecomeReady_NeedsLock();
                }
            }
        }

        if (waiter is null)
        {
            return ValueTask.FromException<Lease>(Explain(refusal, time.StartMs));
        }

        if (step.Kind != LaneStepKind.None)
        {
            if (request.Async)
            {
                lane.DriveFrom(step);
            }
            else
            {
                lane.Take(step, waiter);
            }
        }

        if (request.Owner is not null || ambient is not null)
        {
            RefuseNestedDeadlock();
        }

        return waiter.WaitAsync(context, hasWorked: step.Kind != LaneStepKind.None);
    }

    /// <summary>
    /// Whether a caller that blocks in the queue does it on its thread. The thread pool may have none to spare, and the
    /// reason may be these very callers.
    /// </summary>
    public bool TryGive(in LaneStep step)
    {
        while (true)
        {
            PoolWaiter? blocked;
            lock (lane.Gate)
            {
                blocked = lane.Waiters.LastBlocked();
            }

            if (blocked is null)
            {
                return false;
            }

            if (blocked.TryTakeOn(step))
            {
                return true;
            }
        }
    }

    /// <summary>Tells a waiter what it got. Not under the lock.</summary>
    public void Complete(in Grant grant)
    {
        if (grant.Waiter is not { } waiter)
        {
            lane.Limit?.OnIdle();
            return;
        }

        if (waiter.WaitStarted != 0)
        {
            PoolMeters.WaitTime.Record(context.Time.GetElapsedTime(waiter.WaitStarted).TotalSeconds, lane.Tags);
        }

        // Once completed it may serve another wait, so what is needed of it is taken before.
        var hasOwner = waiter.Owner is not null;
        waiter.Complete(grant.Lease);

        // An owner may wait twice at the same time; what the first wait got is then blocked by the second.
        if (hasOwner)
        {
            RefuseNestedDeadlock();
        }
    }

    public void OnTimer(PoolWaiter waiter)
    {
        var now = context.Clock.ReadMs();
        lock (lane.Gate)
        {
            if (!waiter.OnTimer_NeedsLock(now))
            {
                return;
            }
        }

        TimeOut(waiter);
    }

    public void TimeOut(PoolWaiter waiter)
    {
        LaneReport report;
        long waited;
        bool callersDeadline;
        var now = context.Clock.ReadMs();
        lock (lane.Gate)
        {
            // Asked again even after its timer fired: the wait may have ended, and another begun, between two locks.
            if (!waiter.IsOverdue_NeedsLock(now))
            {
                return;
            }

            waited = now - waiter.StartedAtMs;
            callersDeadline = waiter.EndsAtCallersDeadline;
            Settle_NeedsLock(waiter, WaitOutcome.TimedOut);
            report = Report_NeedsLock(now);
        }

        PoolMeters.Timeouts.Add(1, lane.Tags);
        var counts = report.Counts;
        Log.PoolExhausted(context.Logger, lane.PoolName, lane.KindName, waited, counts.Active, counts.Opening, counts.Waiting, counts.Max);
        waiter.Complete(errors.Exhausted(report, waited, callersDeadline));
    }

    public void Cancel(PoolWaiter waiter, CancellationToken token)
    {
        lock (lane.Gate)
        {
            if (!waiter.HeedsToken_NeedsLock(token))
            {
                return;
            }

            Settle_NeedsLock(waiter, WaitOutcome.Cancelled);
        }

        waiter.Complete(new OperationCanceledException(token));
    }

    /// <summary>Takes out all who wait, to be completed by the caller.</summary>
    public List<PoolWaiter> SettleAll_NeedsLock(WaitOutcome outcome)
    {
        var settled = new List<PoolWaiter>();
        while (SettleHead_NeedsLock(outcome) is { } waiter)
        {
            settled.Add(waiter);
        }

        return settled;
    }

    public PoolWaiter? SettleHead_NeedsLock(WaitOutcome outcome)
    {
        var head = lane.Waiters.SettleHead(outcome);
        lane.RaiseSignal_NeedsLock();
        return head;
    }

    /// <summary>Ends the timers of the waiters that are kept, after the lane was closed.</summary>
    public void DropKept()
    {
        lock (lane.Gate)
        {
            _kept.ForEach(static waiter => waiter.Drop());
        }
    }

    /// <summary>
    /// The one kept that comes next, if its wait is over; waits end in the order they began, as a rule. Otherwise a new one,
    /// kept behind those that are still waiting.
    /// </summary>
    private PoolWaiter Take_NeedsLock()
    {
        for (var i = 0; i < Math.Min(MostLooks, _kept.Count); i++)
        {
            var waiter = _kept[_next];
            _next = _next + 1 < _kept.Count ? _next + 1 : 0;
            if (waiter.IsFree)
            {
                return waiter;
            }
        }

        var made = new PoolWaiter(lane, isKept: _kept.Count < MostKept);
        if (made.IsKept)
        {
            _kept.Insert(_next++, made);
            _next = _next < _kept.Count ? _next : 0;
        }

        return made;
    }

    private void Settle_NeedsLock(PoolWaiter waiter, WaitOutcome outcome)
    {
        lane.Waiters.TrySettle(waiter, outcome);
        lane.RaiseSignal_NeedsLock();
    }

    private PoolWaiter Enqueue_NeedsLock(in RentRequest request, LeaseOwner? ambient, in WaitTime time)
    {
        var waiter = Take_NeedsLock();
        waiter.Begin_NeedsLock(request, ambient, time);
        state.MayHaveIdle |= lane.Waiters.Count == 0;
        lane.Waiters.Enqueue(waiter);

        // Raised before anybody looks for what is idle: see LaneSignal.
        lane.RaiseSignal_NeedsLock();
        return waiter;
    }

    private Refusal Refusal_NeedsLock(long now)
    {
        if (state.IsClosed)
        {
            return new Refusal(IsClosed: true, Fault: null, Full: null);
        }

        return FaultToFailWith_NeedsLock(now) is { } fault
            ? new Refusal(IsClosed: false, fault, Full: null)
            : new Refusal(IsClosed: false, Fault: null, IsFull_NeedsLock ? Report_NeedsLock(now) : null);
    }

    /// <summary>Whether as many as may already wait for whom nothing is in flight.</summary>
    private bool IsFull_NeedsLock => lane.Waiters.Count - state.Opening - state.Validating >= context.MaxWaiting;

    private Exception Explain(in Refusal refusal, long now)
    {
        if (refusal.Full is not { } report)
        {
            return refusal.Fault is { } fault ? errors.FailsFast(fault, now) : errors.Disposed();
        }

        PoolMeters.Rejections.Add(1, lane.Tags);
        return errors.QueueFull(report);
    }

    /// <summary>The fault a newcomer fails with at once: when only an open could serve it and none may be made for it.</summary>
    private OpenFault? FaultToFailWith_NeedsLock(long now)
    {
        if (state.Slots == lane.Max || lane.Opens.FailFast.Allows(now, state.Opening) || lane.Entries.HasIdle)
        {
            return null;
        }

        // A server that is full is not gone: what is lent comes back and serves the queue.
        var fault = lane.Opens.FailFast.FaultAt(now)!;
        return fault.IsCapacity && state.Slots > state.Opening ? null : fault;
    }

    /// <summary>
    /// Fails the newest wait whose owner holds a connection here, when every connection is held by an owner that waits
    /// here: none of them can give back what it holds before it gets one more.
    /// </summary>
    private void RefuseNestedDeadlock()
    {
        PoolWaiter? victim;
        LaneReport report;
        string tag;
        var now = context.Clock.ReadMs();
        lock (lane.Gate)
        {
            victim = NestedDeadlock.FindVictim(lane, lane.Entries, lane.Waiters);
            if (victim is null)
            {
                return;
            }

            report = Report_NeedsLock(now);
            tag = (victim.Owner ?? victim.Ambient)!.Tag;
            Settle_NeedsLock(victim, WaitOutcome.Failed);
        }

        Log.NestedDeadlock(context.Logger, lane.PoolName, lane.KindName);
        victim.Complete(errors.NestedDeadlock(report, tag));
    }

    private LaneReport Report_NeedsLock(long now) =>
        new(lane.Count_NeedsLock(), Holder.Oldest(lane.Entries, now), lane.Opens.FailFast.FaultAt(now), state.Slots < lane.Max ? lane.Limit?.Met : null, lane.Adaptive?.Met_NeedsLock);

    /// <summary>Why a newcomer may not wait; its text is made outside the lock.</summary>
    private readonly record struct Refusal(bool IsClosed, OpenFault? Fault, LaneReport? Full)
    {
        public bool IsRefused => IsClosed || Fault is not null || Full is not null;
    }
}
