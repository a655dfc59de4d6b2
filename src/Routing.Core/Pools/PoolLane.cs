using System.Diagnostics;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>A connection on its way to a waiter; default when it went to the idle ones.</summary>
internal readonly record struct Grant(PoolWaiter? Waiter, Lease Lease);

/// <summary>
/// The connections of one kind of one node: at most <see cref="Max"/> physical connections, each with one holder at a
/// time, given out first come first served.
/// <para>
/// While nobody waits, renting and returning take no lock: one swap of an <see cref="EntryWord"/> each. Who finds nothing
/// takes the lock, queues, raises the <see cref="LaneSignal"/> and looks again; from then on everybody else goes through
/// the lock too, and what comes back is handed to the head. The lock is held for a few instructions, never across a call
/// to the driver, a continuation or a log.
/// </para>
/// <para>
/// Invariants, true whenever the lock is free and nobody is on the way to <see cref="Drive"/>: places (idle + lent +
/// opening + closing) never exceed <see cref="Max"/>; a connection is idle only while nobody waits who is not already being
/// served by a validation in flight; each waiter has an open or validation working for it, unless every place is taken,
/// holders are expected to give back sooner, or the node just refused to open (then a timer is armed). Work that leaves
/// the lock (open, validate, reset, close) ends by coming back through <see cref="Drive"/>. A connection's place is free
/// only when its close has ended, so that the node never sees more than <see cref="Max"/>. Thread-safe.
/// </para>
/// </summary>
internal sealed class PoolLane
{
    private const int MostSpareWaiters = 256;

    private readonly PoolContext _context;
    private readonly PoolErrors _errors;
    private readonly LaneState _state = new();
    private readonly Stack<PoolWaiter> _spareWaiters = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LaneSignal _signal;

    public PoolLane(PoolContext context, Lane kind, int max, int minIdle)
    {
        _context = context;
        _errors = new PoolErrors(context, kind);
        Kind = kind;
        Max = max;
        MinIdle = minIdle;
        Entries = new EntryTable(this, max);
        Waiters = new WaiterQueue(this);
        Opens = new LaneOpens(this, context, _errors, _state);
        Care = new LaneCare(this, context, _state);
        Stock = new LaneStock(this, context, _state);
        Leaks = new LaneLeaks(this, context);
        Limit = context.Limit is { } limit ? new LaneLimit(this, context, limit) : null;
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

    /// <summary>Guards the waiters, the counts and the opens; not the entries' words.</summary>
    public Lock Gate { get; } = new();

    public EntryTable Entries { get; }

    public WaiterQueue Waiters { get; }

    public LaneOpens Opens { get; }

    public LaneCare Care { get; }

    public LaneStock Stock { get; }

    public LaneLeaks Leaks { get; }

    /// <summary>Its dealings with the limits above it; null for no limit.</summary>
    public LaneLimit? Limit { get; }

    /// <summary>Lends an idle connection, when one can be had at once and as it is, and nobody waits. Takes no lock and reads no clock.</summary>
    public bool TryLend(LeaseOwner? owner, out Lease lease)
    {
        if (LaneSignal.IsRaised(_signal.Value))
        {
            lease = default;
            return false;
        }

        var now = _context.Clock.CoarseMs;
        if (Entries.TryTake(now, _context.FreshForMs, out var version) is not { } entry)
        {
            lease = default;
            return false;
        }

        entry.Begin(owner, now, isExact: false, UseTimestamp);
        lease = new Lease(entry, version);
        return true;
    }

    /// <summary>
    /// Queues for a connection and sees to it that one comes. A synchronous caller opens or validates on its own thread,
    /// and during that does not notice its time-out or cancel; the connect time-out bounds it.
    /// </summary>
    public ValueTask<Lease> RentAsync(in RentRequest request)
    {
        var now = _context.Clock.ReadMs();
        var ambient = LeaseOwner.Current;
        PoolWaiter waiter;
        lock (Gate)
        {
            if (Refusal_NeedsLock(now) is { } refusal)
            {
                return ValueTask.FromException<Lease>(refusal);
            }

            waiter = _spareWaiters.Count > 0 ? _spareWaiters.Pop() : new PoolWaiter(this);
            waiter.Begin_NeedsLock(request, ambient, now, _context.RentTimeout);
            _state.MayHaveIdle |= Waiters.Count == 0;
            Waiters.Enqueue(waiter);
            RaiseSignal_NeedsLock();
        }

        Drive(request.Async);
        RefuseNestedDeadlock(request.Owner ?? ambient);
        return waiter.WaitAsync(_context);
    }

    /// <summary>Ends the lease of <paramref name="version"/> and takes its connection back; false when that lease had ended before.</summary>
    public bool TryTakeBack(NodePoolEntry entry, int version, bool async)
    {
        // Looked at before anything is written: a lease that ended long ago must not touch what is the next holder's now.
        if (!entry.IsHeldBy(version))
        {
            return false;
        }

        var quiet = entry.Quiet;
        if (_signal.Value != quiet || !IsPlain(entry))
        {
            return TryTakeBackSlowly(entry, version, async);
        }

        entry.Owner = null;
        EntryTable.Settle(entry);

        // The swap, not the look above, decides: of two callers returning one lease at the same time, one is refused.
        if (!entry.TryPutBack(version, _context.Clock.CoarseMs))
        {
            return false;
        }

        AfterPutBack(entry, quiet);
        return true;
    }

    /// <summary>Makes a connection that is away and clean available, unless its time has come.</summary>
    public void Release(NodePoolEntry entry)
    {
        var quiet = entry.Quiet;
        if (_signal.Value == quiet && !entry.IsCondemned)
        {
            entry.PutBack(_context.Clock.CoarseMs);
            AfterPutBack(entry, quiet);
            return;
        }

        Grant grant = default;
        string? reason;
        lock (Gate)
        {
            reason = ReasonToClose_NeedsLock(entry);
            if (reason is null)
            {
                grant = Offer_NeedsLock(entry, _context.Clock.ReadMs());
            }
        }

        if (reason is not null)
        {
            Care.Close(entry, reason);
            return;
        }

        Complete(grant);
    }

    /// <summary>
    /// Takes steps until every waiter is served or being served, or nothing more can be done. Only the first step may be
    /// synchronous: a synchronous caller opens one connection on its own thread, not one for each who waits before it.
    /// </summary>
    public void Drive(bool async)
    {
        while (true)
        {
            Step step;
            NodePoolEntry? entry;
            Grant grant;
            int generation;
            lock (Gate)
            {
                step = Next_NeedsLock(out entry, out grant);
                generation = _state.Generation;
            }

            switch (step)
            {
                case Step.None:
                    return;
                case Step.Grant:
                    Complete(grant);
                    break;
                case Step.Validate:
                    Care.StartValidation(entry!, async);
                    async = true;
                    break;
                case Step.Open:
                    Opens.Start(async, generation, OpenReason.Demand);
                    async = true;
                    break;
                case Step.Close:
                    Care.Close(entry!, "the pool was cleared or disposed", isDriven: true);
                    break;
                default:
                    throw CodedErrors.Bug("unknown step.");
            }
        }
    }

    public void TimeOut(PoolWaiter waiter)
    {
        LaneReport report;
        long waited;
        bool callersDeadline;
        var now = _context.Clock.ReadMs();
        lock (Gate)
        {
            if (!waiter.IsOverdue_NeedsLock(now))
            {
                return;
            }

            waited = now - waiter.StartedAtMs;
            callersDeadline = waiter.EndsAtCallersDeadline;
            Waiters.TrySettle(waiter, WaitOutcome.TimedOut);
            RaiseSignal_NeedsLock();
            report = Report_NeedsLock(now);
        }

        PoolMeters.Timeouts.Add(1, Tags);
        var counts = report.Counts;
        Log.PoolExhausted(_context.Logger, PoolName, KindName, waited, counts.Active, counts.Opening, counts.Waiting, counts.Max);
        waiter.Complete(_errors.Exhausted(report, waited, callersDeadline));
    }

    public void Cancel(PoolWaiter waiter, CancellationToken token)
    {
        lock (Gate)
        {
            if (!waiter.HeedsToken_NeedsLock(token))
            {
                return;
            }

            Waiters.TrySettle(waiter, WaitOutcome.Cancelled);
            RaiseSignal_NeedsLock();
        }

        waiter.Complete(new OperationCanceledException(token));
    }

    /// <summary>Keeps a waiter whose result has been taken for the next wait.</summary>
    public void TakeBack(PoolWaiter waiter)
    {
        lock (Gate)
        {
            if (!_state.IsClosed && _spareWaiters.Count < MostSpareWaiters)
            {
                _spareWaiters.Push(waiter);
                return;
            }
        }

        waiter.Drop();
    }

    public PoolStatistics GetStatistics()
    {
        lock (Gate)
        {
            return Count_NeedsLock();
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
        lock (Gate)
        {
            idle = BeginGeneration_NeedsLock();
            Opens.FailFast.Clear();
        }

        foreach (var entry in idle)
        {
            Care.Close(entry, "the pool was cleared");
        }

        Drive(async: true);
    }

    /// <summary>Fails the waiters and closes what is idle; the task ends when the last connection is closed.</summary>
    public Task CloseAsync()
    {
        var closed = new List<PoolWaiter>();
        PoolWaiter[] spare;
        List<NodePoolEntry> idle;
        lock (Gate)
        {
            _state.IsClosed = true;
            idle = BeginGeneration_NeedsLock();
            while (Waiters.SettleHead(WaitOutcome.Closed) is { } waiter)
            {
                closed.Add(waiter);
            }

            spare = [.. _spareWaiters];
            _spareWaiters.Clear();
            Opens.Stop_NeedsLock();
            Limit?.Retire();
            CompleteDrain_NeedsLock();
        }

        foreach (var waiter in spare)
        {
            waiter.Drop();
        }

        foreach (var waiter in closed)
        {
            waiter.Complete(_errors.Disposed());
        }

        foreach (var entry in idle)
        {
            Care.Close(entry, "the pool was disposed");
        }

        return _drained.Task;
    }

    /// <summary>Gives a clean connection that is away to the head of the queue, or makes it idle when nobody waits.</summary>
    public Grant Offer_NeedsLock(NodePoolEntry entry, long nowMs)
    {
        if (Waiters.SettleHead(WaitOutcome.Granted) is not { } head)
        {
            entry.PutBack(nowMs);
            return default;
        }

        RaiseSignal_NeedsLock();
        var version = entry.LendAway();
        entry.Begin(head.Owner, nowMs, isExact: true, UseTimestamp);
        return new Grant(head, new Lease(entry, version));
    }

    /// <summary>Tells a waiter what it got. Not under the lock.</summary>
    public void Complete(in Grant grant)
    {
        if (grant.Waiter is not { } waiter)
        {
            Limit?.OnIdle();
            return;
        }

        if (waiter.WaitStarted != 0)
        {
            PoolMeters.WaitTime.Record(_context.Time.GetElapsedTime(waiter.WaitStarted).TotalSeconds, Tags);
        }

        // Once completed it may serve another wait, so what is needed of it is taken before.
        var owner = waiter.Owner;
        waiter.Complete(grant.Lease);

        // An owner may wait twice at the same time; what the first wait got is then blocked by the second.
        RefuseNestedDeadlock(owner);
    }

    public PoolWaiter? SettleHead_NeedsLock(WaitOutcome outcome)
    {
        var head = Waiters.SettleHead(outcome);
        RaiseSignal_NeedsLock();
        return head;
    }

    /// <summary>An open has failed or a close has ended.</summary>
    public void FreePlace_NeedsLock(bool gaveUp)
    {
        _state.Slots--;
        Limit?.GiveBack_NeedsLock(gaveUp);
        CompleteDrain_NeedsLock();
    }

    /// <summary>Whether what the lane says about itself holds, for tests.</summary>
    public string? FindBrokenInvariant()
    {
        lock (Gate)
        {
            var idle = Entries.CountIdle();
            var filled = Entries.CountFilled_NeedsLock();
            var demand = Waiters.Count - _state.Opening - _state.Validating;
            return this switch
            {
                _ when _state.Slots > Max => $"{_state.Slots} places of {Max}",
                _ when filled + _state.Opening > _state.Slots => $"{filled} connections and {_state.Opening} opens in {_state.Slots} places",
                _ when Waiters.Count > 0 && idle > 0 && demand > 0 => $"{idle} idle while {demand} wait unserved",
                _ when Opens.HasForgotten_NeedsLock(demand) => $"{demand} wait unserved with {Max - _state.Slots} free places",
                _ when _state.IsClosed && (Waiters.Count > 0 || idle > 0) => "closed with waiters or idle connections",
                _ when LaneSignal.IsRaised(_signal.Value) != (_state.IsClosed || Waiters.Count > 0) => "the signal is wrong",
                _ => null,
            };
        }
    }

    private long UseTimestamp => PoolMeters.IsUseTimed ? _context.Time.GetTimestamp() : 0;

    /// <summary>Whether a returned connection may be put back as it is.</summary>
    private bool IsPlain(NodePoolEntry entry) =>
        entry.UseStarted == 0 && !entry.IsDiscarded && !entry.IsCondemned && !_context.NeedsReset(entry.Physical, entry.Dirt) && !entry.Physical.IsBroken;

    private bool TryTakeBackSlowly(NodePoolEntry entry, int version, bool async)
    {
        if (!entry.TryEndLease(version))
        {
            return false;
        }

        if (entry.UseStarted != 0)
        {
            PoolMeters.UseTime.Record(_context.Time.GetElapsedTime(entry.UseStarted).TotalSeconds, Tags);
        }

        CountHold(entry);
        entry.Owner = null;
        EntryTable.Settle(entry);
        if (ReasonToClose(entry) is { } reason)
        {
            Care.Close(entry, reason);
        }
        else if (entry.IsDiscarded || _context.NeedsReset(entry.Physical, entry.Dirt))
        {
            Care.Reset(entry, async);
        }
        else
        {
            Release(entry);
        }

        return true;
    }

    private void CountHold(NodePoolEntry entry)
    {
        if (!entry.IsRentedExactly)
        {
            return;
        }

        var held = _context.Clock.ReadMs() - entry.RentedAtMs;
        lock (Gate)
        {
            Opens.Pace.CountHold(held);
        }
    }

    private string? ReasonToClose(NodePoolEntry entry)
    {
        if (entry.Physical.IsBroken)
        {
            Suspect();
            return "it is broken";
        }

        lock (Gate)
        {
            return ReasonToClose_NeedsLock(entry)
                ?? (entry.IsDiscarded && !_context.OneConnection ? "its holder discarded it" : null);
        }
    }

    private string? ReasonToClose_NeedsLock(NodePoolEntry entry) =>
        entry.Generation != _state.Generation ? "the pool was cleared or disposed"
        : entry.IsCondemned ? "it reached its maximum lifetime"
        : null;

    /// <summary>It was put back, by a full fence, while the signal was quiet a moment ago.</summary>
    private void AfterPutBack(NodePoolEntry entry, long quiet)
    {
        if (_signal.Value != quiet)
        {
            OnPutBackUnheard(entry);
        }

        Limit?.OnIdle();
    }

    /// <summary>
    /// A connection was put back by someone who did not know that somebody waits, or that the pool was cleared. Whoever raised the
    /// signal looked at the entries afterwards and may have found it; if not, it is still here.
    /// </summary>
    private void OnPutBackUnheard(NodePoolEntry entry)
    {
        var isOutdated = false;
        lock (Gate)
        {
            _state.MayHaveIdle = true;
            var word = entry.Word;
            if (EntryWord.IsIdle(word) && entry.TrySeize(word))
            {
                isOutdated = entry.Generation != _state.Generation;
                if (!isOutdated)
                {
                    entry.Restore(word);
                }
            }
        }

        if (isOutdated)
        {
            Care.Close(entry, "the pool was cleared or disposed");
            return;
        }

        Drive(async: true);
    }

    /// <summary>What broke one connection may have broken those that idle: they prove themselves before they are lent.</summary>
    private void Suspect()
    {
        if (_context.OneConnection)
        {
            return;
        }

        lock (Gate)
        {
            foreach (var entry in Entries.All)
            {
                var word = entry.Word;
                if (EntryWord.IsIdle(word) && entry.TrySeize(word))
                {
                    entry.Restore(EntryWord.Stale(word));
                }
            }
        }
    }

    private Exception? Refusal_NeedsLock(long now)
    {
        if (_state.IsClosed)
        {
            return _errors.Disposed();
        }

        return FaultToFailWith_NeedsLock(now) is { } fault ? _errors.FailsFast(fault, now) : null;
    }

    /// <summary>The fault a newcomer fails with at once: when only an open could serve it and none may be made for it.</summary>
    private OpenFault? FaultToFailWith_NeedsLock(long now)
    {
        if (_state.Slots == Max || Opens.FailFast.Allows(now, _state.Opening) || Entries.HasIdle)
        {
            return null;
        }

        // A server that is full is not gone: what is lent comes back and serves the queue.
        var fault = Opens.FailFast.FaultAt(now)!;
        return fault.IsCapacity && _state.Slots > _state.Opening ? null : fault;
    }

    private Step Next_NeedsLock(out NodePoolEntry? entry, out Grant grant)
    {
        entry = null;
        grant = default;
        if (_state.IsClosed || Waiters.Head is not { } head)
        {
            return Step.None;
        }

        var now = _context.Clock.ReadMs();
        var unserved = Waiters.Count - _state.Opening - _state.Validating;
        if (_state.MayHaveIdle && NextFromIdle_NeedsLock(now, unserved, ref entry, ref grant) is var step && step != Step.None)
        {
            return step;
        }

        return unserved > 0 && Opens.TryReserve_NeedsLock(now, head, unserved) ? Step.Open : Step.None;
    }

    private Step NextFromIdle_NeedsLock(long now, int unserved, ref NodePoolEntry? entry, ref Grant grant)
    {
        entry = Entries.TrySeizeIdle(now, _context.FreshForMs, fresh: true);
        if (entry is not null)
        {
            if (entry.Generation != _state.Generation)
            {
                return Step.Close;
            }

            grant = Offer_NeedsLock(entry, now);
            return Step.Grant;
        }

        if (unserved <= 0)
        {
            return Step.None;
        }

        entry = Entries.TrySeizeIdle(now, _context.FreshForMs, fresh: false);
        if (entry is null)
        {
            _state.MayHaveIdle = false;
            return Step.None;
        }

        _state.Validating++;
        return Step.Validate;
    }

    private List<NodePoolEntry> BeginGeneration_NeedsLock()
    {
        _state.Generation++;
        RaiseSignal_NeedsLock();
        var idle = new List<NodePoolEntry>();
        foreach (var entry in Entries.All)
        {
            var word = entry.Word;
            if (EntryWord.IsIdle(word) && entry.TrySeize(word))
            {
                idle.Add(entry);
            }
        }

        return idle;
    }

    private void RaiseSignal_NeedsLock() => _signal.Set_NeedsLock(_state.Generation, _state.IsClosed || Waiters.Count > 0);

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
        string tag;
        var now = _context.Clock.ReadMs();
        lock (Gate)
        {
            victim = NestedDeadlock.FindVictim(this, Entries, Waiters);
            if (victim is null)
            {
                return;
            }

            report = Report_NeedsLock(now);
            tag = (victim.Owner ?? victim.Ambient)!.Tag;
            Waiters.TrySettle(victim, WaitOutcome.Failed);
            RaiseSignal_NeedsLock();
        }

        Log.NestedDeadlock(_context.Logger, PoolName, KindName);
        victim.Complete(_errors.NestedDeadlock(report, tag));
    }

    private PoolStatistics Count_NeedsLock()
    {
        var idle = Entries.CountIdle();
        return new PoolStatistics(_state.Slots - idle - _state.Opening, idle, _state.Opening, Waiters.Count, Max);
    }

    private LaneReport Report_NeedsLock(long now) => new(Count_NeedsLock(), Holder.Oldest(Entries, now), Opens.FailFast.FaultAt(now), _state.Slots < Max ? Limit?.Met : null);

    private void CompleteDrain_NeedsLock()
    {
        if (_state.IsClosed && _state.Slots == 0)
        {
            _drained.TrySetResult();
        }
    }
}
