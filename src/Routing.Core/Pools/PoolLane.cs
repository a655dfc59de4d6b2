using System.Diagnostics;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// The connections of one kind of one node: at most <see cref="Max"/> physical connections, each with one holder at a
/// time, given out first come first served.
/// <para>
/// Invariants, true whenever the lock is free and nobody is on the way to <see cref="Drive"/>: slots (idle + active + opening + closing) never exceed <see cref="Max"/>;
/// a connection is idle only while nobody waits who is not already being served by a validation in flight; each waiter
/// has an open or validation working for it, unless every slot is taken or the node just refused to open (then a retry
/// timer is armed). One lock guards everything; it is held for a few instructions, never across a call to the driver,
/// a continuation or a log. Work that leaves the lock (open, validate, reset, close) ends by coming back through
/// <see cref="Drive"/>. A connection's slot is free only when its close has ended, so that the node never sees more
/// than <see cref="Max"/>.
/// </para>
/// </summary>
internal sealed class PoolLane
{
    private const int FlushAfterMs = 1000;

    private readonly Lock _lock = new();
    private readonly PoolContext _context;
    private readonly PoolErrors _errors;
    private readonly FailFast _failFast;
    private readonly WaiterQueue _waiters;
    private readonly IdleStack _idle;
    private readonly List<NodePoolEntry> _entries = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slots;
    private int _opening;
    private int _validating;
    private int _generation;
    private bool _closed;
    private long _suspectUntilMs = long.MinValue;

    public PoolLane(PoolContext context, Lane kind, int max, int minIdle)
    {
        _context = context;
        _errors = new PoolErrors(context, kind);
        _failFast = new FailFast(context, _errors, OnRetry);
        _waiters = new WaiterQueue(this);
        _idle = new IdleStack(max);
        Kind = kind;
        Max = max;
        MinIdle = minIdle;
        Tags = new TagList { { PoolMeters.PoolTag, context.Name } };
        if (context.Driver.Lanes == LaneLayout.WriterAndReaders)
        {
            Tags.Add(PoolMeters.LaneTag, kind == Lane.Writer ? "writer" : "reader");
        }
    }

    private enum Step
    {
        None,
        Grant,
        Validate,
        Open,
        Close,
    }

    public readonly TagList Tags;

    public string PoolName => _context.Name;

    public Lane Kind { get; }

    public string KindName => Kind == Lane.Writer ? "writer" : "reader";

    public int Max { get; }

    public int MinIdle { get; }

    /// <summary>Lends the connection used last, when it can be had at once and as it is.</summary>
    public bool TryLend(LeaseOwner? owner, out Lease lease)
    {
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            if (_idle.Count == 0 || _waiters.Count != 0 || NeedsCare_NeedsLock(_idle.Top, now))
            {
                lease = default;
                return false;
            }

            lease = Lend_NeedsLock(_idle.Pop(), owner, now);
            return true;
        }
    }

    /// <summary>
    /// Queues for a connection and sees to it that one comes. A synchronous caller opens or validates on its own thread,
    /// and during that does not notice its time-out or cancel; the connect time-out bounds it.
    /// </summary>
    public ValueTask<Lease> RentAsync(LeaseOwner? owner, bool async, Deadline deadline, long waitStarted, CancellationToken cancellationToken)
    {
        var now = _context.Clock.NowMs;
        var limit = Deadline.After(_context.Time, _context.RentTimeout).Earliest(deadline);
        var waiter = new PoolWaiter(this, owner, LeaseOwner.Current, async, now)
        {
            WaitStarted = waitStarted,
            EndsAtCallersDeadline = !deadline.IsNone && limit == deadline,
        };
        var refusal = TryEnqueue(waiter, now);
        if (refusal is not null)
        {
            return ValueTask.FromException<Lease>(refusal);
        }

        Drive(async);
        RefuseNestedDeadlock(owner ?? waiter.Ambient);
        return waiter.WaitAsync(limit.Remaining, _context.Time, cancellationToken);
    }

    /// <summary>Takes a connection back whose lease has just ended.</summary>
    public void TakeBack(NodePoolEntry entry, bool async)
    {
        if (entry.UseStarted != 0)
        {
            PoolMeters.UseTime.Record(_context.Time.GetElapsedTime(entry.UseStarted).TotalSeconds, Tags);
        }

        if (ReasonToClose(entry) is { } reason)
        {
            Close(entry, reason);
        }
        else if (NeedsReset(entry))
        {
            Reset(entry, async);
        }
        else
        {
            Release(entry);
        }
    }

    public void TimeOut(PoolWaiter waiter)
    {
        LaneReport report;
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            if (!_waiters.TrySettle(waiter, WaitOutcome.TimedOut))
            {
                return;
            }

            report = Report_NeedsLock(now);
        }

        var waited = now - waiter.StartedAtMs;
        PoolMeters.Timeouts.Add(1, Tags);
        var counts = report.Counts;
        Log.PoolExhausted(_context.Logger, PoolName, KindName, waited, counts.Active, counts.Opening, counts.Waiting, counts.Max);
        waiter.Complete(_errors.Exhausted(report, waited, waiter.EndsAtCallersDeadline));
    }

    public void Cancel(PoolWaiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_waiters.TrySettle(waiter, WaitOutcome.Cancelled))
            {
                return;
            }
        }

        waiter.Complete(new OperationCanceledException(cancellationToken));
    }

    public PoolStatistics GetStatistics()
    {
        lock (_lock)
        {
            return Count_NeedsLock();
        }
    }

    /// <summary>Whether what the lane says about itself holds, for tests.</summary>
    public string? FindBrokenInvariant()
    {
        lock (_lock)
        {
            var demand = _waiters.Count - _opening - _validating;
            return this switch
            {
                _ when _slots > Max => $"{_slots} slots of {Max}",
                _ when _entries.Count + _opening > _slots => $"{_entries.Count} connections and {_opening} opens in {_slots} slots",
                _ when _waiters.Count > 0 && _idle.Count > 0 && demand > 0 => $"{_idle.Count} idle while {demand} wait unserved",
                _ when demand > 0 && _slots < Max && !_failFast.IsArmed && (_opening == 0 || !_failFast.HasFault) => $"{demand} wait unserved with {Max - _slots} free slots",
                _ when _closed && (_waiters.Count > 0 || _idle.Count > 0) => "closed with waiters or idle connections",
                _ => null,
            };
        }
    }

    /// <summary>Closes what is idle, and at return what is lent. Opens in flight are closed when they end; waiters stay.</summary>
    public void Clear()
    {
        // The only connection of an in-memory database is the database.
        if (_context.OneConnection)
        {
            return;
        }

        List<NodePoolEntry> idle;
        lock (_lock)
        {
            _generation++;
            _failFast.Clear();
            idle = TakeAllIdle_NeedsLock();
        }

        foreach (var entry in idle)
        {
            Close(entry, "the pool was cleared");
        }

        Drive(async: true);
    }

    /// <summary>Fails the waiters and closes what is idle; the task ends when the last connection is closed.</summary>
    public Task CloseAsync()
    {
        var closed = new List<PoolWaiter>();
        List<NodePoolEntry> idle;
        lock (_lock)
        {
            _closed = true;
            _generation++;
            idle = TakeAllIdle_NeedsLock();
            while (_waiters.SettleHead(WaitOutcome.Closed) is { } waiter)
            {
                closed.Add(waiter);
            }

            _failFast.Stop();
            CompleteDrain_NeedsLock();
        }

        foreach (var waiter in closed)
        {
            waiter.Complete(_errors.Disposed());
        }

        foreach (var entry in idle)
        {
            Close(entry, "the pool was disposed");
        }

        return _drained.Task;
    }

    /// <summary>Closes idle connections that are too old or have idled too long, and opens what is missing to <see cref="MinIdle"/>.</summary>
    public void Maintain()
    {
        var now = _context.Clock.NowMs;
        while (TakeSurplus(now, out var reason) is { } entry)
        {
            Close(entry, reason);
        }

        while (TakeUnflushed(now) is { } idle)
        {
            StartValidation(idle, async: true);
        }

        while (TryReserveForMinIdle(now, out var generation))
        {
            StartOpen(async: true, generation);
        }

        Drive(async: true);
    }

    /// <summary>
    /// An idle connection whose reset still waits for its next command. Left alone it would go on holding what its last
    /// holder's triggers may have taken, such as an advisory lock; a sign of life sends the reset.
    /// </summary>
    private NodePoolEntry? TakeUnflushed(long now)
    {
        lock (_lock)
        {
            for (var i = 0; i < _idle.Count; i++)
            {
                if (_idle[i].Physical.HasPendingReset && now - _idle[i].IdleSinceMs >= FlushAfterMs)
                {
                    _validating++;
                    return _idle.TakeAt(i);
                }
            }

            return null;
        }
    }

    private Exception? TryEnqueue(PoolWaiter waiter, long now)
    {
        OpenFault? fault;
        lock (_lock)
        {
            if (!_closed)
            {
                fault = FaultToFailWith_NeedsLock(now);
                if (fault is null)
                {
                    _waiters.Enqueue(waiter);
                    return null;
                }
            }
            else
            {
                fault = null;
            }
        }

        return fault is null ? _errors.Disposed() : _errors.FailsFast(fault, now);
    }

    /// <summary>The fault a newcomer fails with at once: when only an open could serve it and none may be made for it.</summary>
    private OpenFault? FaultToFailWith_NeedsLock(long now)
    {
        if (_idle.Count > 0 || _slots == Max || _failFast.Allows(now, _opening))
        {
            return null;
        }

        // A server that is full is not gone: what is lent comes back and serves the queue.
        var fault = _failFast.FaultAt(now)!;
        return fault.IsCapacity && AnyInUse_NeedsLock ? null : fault;
    }

    private bool AnyInUse_NeedsLock => _entries.Count > _idle.Count;

    private bool NeedsCare_NeedsLock(NodePoolEntry entry, long now) =>
        now >= entry.CareAtMs || entry.IdleSinceMs <= _suspectUntilMs;

    private Lease Lend_NeedsLock(NodePoolEntry entry, LeaseOwner? owner, long now)
    {
        entry.UseStarted = Telemetry.IsSupported && PoolMeters.UseTime.Enabled ? _context.Time.GetTimestamp() : 0;
        return entry.Lend(owner, now);
    }

    /// <summary>
    /// Takes steps until every waiter is served or being served, or nothing more can be done. Only the first step may be
    /// synchronous: a synchronous caller opens one connection on its own thread, not one for each who waits before it.
    /// </summary>
    private void Drive(bool async)
    {
        while (true)
        {
            Step step;
            NodePoolEntry? entry;
            Grant grant;
            int generation;
            var now = _context.Clock.NowMs;
            lock (_lock)
            {
                step = Next_NeedsLock(now, out entry, out grant);
                generation = _generation;
            }

            switch (step)
            {
                case Step.None:
                    return;
                case Step.Grant:
                    Complete(grant);
                    break;
                case Step.Validate:
                    StartValidation(entry!, async);
                    async = true;
                    break;
                case Step.Open:
                    StartOpen(async, generation);
                    async = true;
                    break;
                case Step.Close:
                    Close(entry!, "it reached its maximum lifetime", isDriven: true);
                    break;
                default:
                    throw CodedErrors.Bug("unknown step.");
            }
        }
    }

    private Step Next_NeedsLock(long now, out NodePoolEntry? entry, out Grant grant)
    {
        entry = null;
        grant = default;
        if (_closed || _waiters.Count <= _opening + _validating)
        {
            return Step.None;
        }

        if (_idle.Count > 0)
        {
            entry = _idle.Pop();
            return NextFromIdle_NeedsLock(entry, now, out grant);
        }

        if (_slots == Max)
        {
            return Step.None;
        }

        if (!_failFast.Allows(now, _opening))
        {
            ArmRetry_NeedsLock(now);
            return Step.None;
        }

        _slots++;
        _opening++;
        return Step.Open;
    }

    private Step NextFromIdle_NeedsLock(NodePoolEntry entry, long now, out Grant grant)
    {
        grant = default;
        if (now >= entry.ExpiresAtMs)
        {
            return Step.Close;
        }

        if (NeedsCare_NeedsLock(entry, now))
        {
            _validating++;
            return Step.Validate;
        }

        grant = Offer_NeedsLock(entry, now);
        return Step.Grant;
    }

    /// <summary>Gives a clean connection to the head of the queue, or makes it idle when nobody waits.</summary>
    private Grant Offer_NeedsLock(NodePoolEntry entry, long now)
    {
        if (_waiters.SettleHead(WaitOutcome.Granted) is { } head)
        {
            return new Grant(head, Lend_NeedsLock(entry, head.Owner, now));
        }

        entry.BecomeIdle(now, _context.ValidateAfterMs);
        _idle.Push(entry);
        return default;
    }

    private void Complete(Grant grant)
    {
        if (grant.Waiter is not { } waiter)
        {
            return;
        }

        if (waiter.WaitStarted != 0)
        {
            PoolMeters.WaitTime.Record(_context.Time.GetElapsedTime(waiter.WaitStarted).TotalSeconds, Tags);
        }

        waiter.Complete(grant.Lease);

        // An owner may wait twice at the same time; what the first wait got is then blocked by the second.
        RefuseNestedDeadlock(waiter.Owner);
    }

    /// <summary>Makes a clean connection available, unless its time has come.</summary>
    private void Release(NodePoolEntry entry)
    {
        Grant grant = default;
        string? reason;
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            reason = entry.Generation != _generation ? "the pool was cleared or disposed"
                : now >= entry.ExpiresAtMs ? "it reached its maximum lifetime"
                : null;
            if (reason is null)
            {
                grant = Offer_NeedsLock(entry, now);
            }
        }

        if (reason is not null)
        {
            Close(entry, reason);
            return;
        }

        Complete(grant);
    }

    private string? ReasonToClose(NodePoolEntry entry)
    {
        if (entry.Physical.IsBroken)
        {
            Suspect();
            return "it is broken";
        }

        if (entry.Generation != Volatile.Read(ref _generation))
        {
            return "the pool was cleared or disposed";
        }

        return entry.IsDiscarded && !_context.OneConnection ? "its holder discarded it" : null;
    }

    /// <summary>What broke one connection may have broken those that idle: they prove themselves before they are lent.</summary>
    private void Suspect()
    {
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            _suspectUntilMs = _context.OneConnection ? long.MinValue : now;
        }
    }

    // Never does not extend to an open transaction or a cancelled command: those are not state, they are somebody's work.
    private bool NeedsReset(NodePoolEntry entry) => entry.IsDiscarded || _context.Reset switch
    {
        ResetMode.Always => true,
        ResetMode.WhenDirty => !entry.Physical.TryKeep(entry.Dirt),
        _ => (entry.Dirt & (Dirt.Transaction | Dirt.Cancelled)) != Dirt.None,
    };

    private void Reset(NodePoolEntry entry, bool async)
    {
        var reset = ConnectionCare.ResetAsync(_context, entry, async);
        if (reset.IsCompletedSuccessfully)
        {
            EndReset(entry, reset.GetAwaiter().GetResult());
            return;
        }

        using (DetachedFlow.Begin())
        {
            _ = FinishResetAsync(entry, reset);
        }
    }

    private async Task FinishResetAsync(NodePoolEntry entry, ValueTask<ResetOutcome> reset) =>
        EndReset(entry, await reset.ConfigureAwait(false));

    private void EndReset(NodePoolEntry entry, ResetOutcome outcome)
    {
        if (outcome.IsClean)
        {
            Release(entry);
            return;
        }

        if (_context.OneConnection && !outcome.MayStillRun && !entry.Physical.IsBroken)
        {
            Log.ResetFailedButKept(_context.Logger, outcome.Error, PoolName, KindName);
            Release(entry);
            return;
        }

        Log.ResetFailed(_context.Logger, outcome.Error, PoolName, KindName);
        Close(entry, "it could not be reset");
    }

    private void StartValidation(NodePoolEntry entry, bool async)
    {
        using (DetachedFlow.Begin())
        {
            _ = ValidateAsync(entry, async);
        }
    }

    private async Task ValidateAsync(NodePoolEntry entry, bool async)
    {
        var alive = await ConnectionCare.ValidateAsync(_context, entry, async).ConfigureAwait(false);
        lock (_lock)
        {
            _validating--;
        }

        if (alive)
        {
            Release(entry);
        }
        else
        {
            Close(entry, "it gave no sign of life after idling");
        }

        Drive(async: true);
    }

    private void StartOpen(bool async, int generation)
    {
        using (DetachedFlow.Begin())
        {
            _ = OpenAsync(async, generation);
        }
    }

    private async Task OpenAsync(bool async, int generation)
    {
        var started = _context.Time.GetTimestamp();
        NodePoolEntry? entry = null;
        Exception? failure = null;
        try
        {
            entry = await ConnectionOpener.OpenAsync(_context, this, generation, async).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Every failure is given to those who wait, and logged.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = error;
        }

        if (entry is not null)
        {
            OnOpened(entry, _context.Time.GetElapsedTime(started));
        }
        else
        {
            OnOpenFailed(failure!, generation, _context.Time.GetElapsedTime(started));
        }

        Drive(async: true);
    }

    private void OnOpened(NodePoolEntry entry, TimeSpan duration)
    {
        Grant grant = default;
        OpenFault? recoveredFrom = null;
        bool isCurrent;
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            _opening--;
            _entries.Add(entry);
            isCurrent = entry.Generation == _generation;
            if (isCurrent)
            {
                recoveredFrom = _failFast.Clear();
                grant = Offer_NeedsLock(entry, now);
            }
        }

        PoolMeters.CreateTime.Record(duration.TotalSeconds, Tags);
        Log.ConnectionOpened(_context.Logger, PoolName, KindName, (long)duration.TotalMilliseconds);
        if (!isCurrent)
        {
            Close(entry, "the pool was cleared or disposed while it opened");
            return;
        }

        if (recoveredFrom is not null)
        {
            Log.OpenRecovered(_context.Logger, PoolName, KindName, now - recoveredFrom.FailedAtMs);
        }

        Complete(grant);
    }

    private void OnOpenFailed(Exception error, int generation, TimeSpan duration)
    {
        var fault = _failFast.Judge(error, duration);
        List<PoolWaiter>? failed = null;
        bool isCurrent;
        lock (_lock)
        {
            _opening--;
            _slots--;
            CompleteDrain_NeedsLock();
            isCurrent = generation == _generation;
            if (isCurrent)
            {
                _failFast.Record(fault);
                failed = SettleUnserved_NeedsLock(fault);
            }
        }

        if (!isCurrent)
        {
            return;
        }

        Log.OpenFailed(_context.Logger, fault.Error, PoolName, KindName, fault.DurationMs, fault.RetryAtMs - fault.FailedAtMs);
        foreach (var waiter in failed ?? [])
        {
            waiter.Complete(_errors.OpenFailed(fault));
        }
    }

    /// <summary>Those for whom nothing is in flight any more, oldest first: an error is an answer, and it is given in order too.</summary>
    private List<PoolWaiter>? SettleUnserved_NeedsLock(OpenFault fault)
    {
        if (fault.IsCapacity && AnyInUse_NeedsLock)
        {
            return null;
        }

        List<PoolWaiter>? failed = null;
        while (_waiters.Count > _opening + _validating && _waiters.SettleHead(WaitOutcome.Failed) is { } waiter)
        {
            (failed ??= []).Add(waiter);
        }

        return failed;
    }

    private void ArmRetry_NeedsLock(long now)
    {
        // The end of an open in flight comes back to Drive anyway.
        if (_opening == 0)
        {
            _failFast.Arm(now);
        }
    }

    private void OnRetry()
    {
        lock (_lock)
        {
            _failFast.Disarm();
        }

        Drive(async: true);
    }

    /// <param name="isDriven">Whether the caller is <see cref="Drive"/>, which takes the next step itself when the close is done at once.</param>
    private void Close(NodePoolEntry entry, string reason, bool isDriven = false)
    {
        Log.ConnectionClosing(_context.Logger, PoolName, KindName, reason);
        using (DetachedFlow.Begin())
        {
            _ = CloseAsync(entry, isDriven);
        }
    }

    private async Task CloseAsync(NodePoolEntry entry, bool isDriven)
    {
        var close = ConnectionCare.CloseAsync(_context, entry);
        isDriven &= close.IsCompleted;
        await close.ConfigureAwait(false);
        lock (_lock)
        {
            _entries.Remove(entry);
            _slots--;
            CompleteDrain_NeedsLock();
        }

        if (!isDriven)
        {
            Drive(async: true);
        }
    }

    private List<NodePoolEntry> TakeAllIdle_NeedsLock()
    {
        var idle = new List<NodePoolEntry>(_idle.Count);
        while (_idle.Count > 0)
        {
            idle.Add(_idle.Pop());
        }

        return idle;
    }

    private NodePoolEntry? TakeSurplus(long now, out string reason)
    {
        reason = "it reached its maximum lifetime";
        lock (_lock)
        {
            for (var i = 0; i < _idle.Count; i++)
            {
                if (now >= _idle[i].ExpiresAtMs)
                {
                    return _idle.TakeAt(i);
                }
            }

            if (_idle.Count > MinIdle && now - _idle[0].IdleSinceMs >= _context.MaxIdleMs)
            {
                reason = "it idled for its maximum time";
                return _idle.TakeAt(0);
            }

            return null;
        }
    }

    private bool TryReserveForMinIdle(long now, out int generation)
    {
        lock (_lock)
        {
            generation = _generation;
            var ready = _idle.Count + _validating + _opening - _waiters.Count;
            if (_closed || ready >= MinIdle || _slots == Max || !_failFast.Allows(now, _opening))
            {
                return false;
            }

            _slots++;
            _opening++;
            return true;
        }
    }

    /// <summary>
    /// Fails the newest wait whose owner holds a connection here, when every connection is held by an owner that waits
    /// here: none of them can give back what it holds before it gets one more.
    /// </summary>
    private void RefuseNestedDeadlock(LeaseOwner? owner)
    {
        if (owner is null)
        {
            return;
        }

        PoolWaiter? victim;
        LaneReport report;
        var now = _context.Clock.NowMs;
        lock (_lock)
        {
            victim = _idle.Count == 0 && _entries.Count == Max ? NestedDeadlock.FindVictim(this, _entries, _waiters) : null;
            if (victim is null)
            {
                return;
            }

            report = Report_NeedsLock(now);
            _waiters.TrySettle(victim, WaitOutcome.Failed);
        }

        Log.NestedDeadlock(_context.Logger, PoolName, KindName);
        victim.Complete(_errors.NestedDeadlock(report, (victim.Owner ?? victim.Ambient)!.Tag));
    }

    private PoolStatistics Count_NeedsLock() => new(_slots - _idle.Count - _opening, _idle.Count, _opening, _waiters.Count, Max);

    private LaneReport Report_NeedsLock(long now)
    {
        return new LaneReport(Count_NeedsLock(), Holder.Oldest(_entries, now), _failFast.FaultAt(now));
    }

    private void CompleteDrain_NeedsLock()
    {
        if (_closed && _slots == 0)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>A connection on its way to a waiter; default when it went to the idle ones.</summary>
    private readonly record struct Grant(PoolWaiter? Waiter, Lease Lease);
}
