using System.Diagnostics;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>A connection on its way to a waiter; default when it went to the idle ones.</summary>
internal readonly record struct Grant(PoolWaiter? Waiter, Lease Lease);

internal enum LaneStepKind
{
    None,
    Grant,
    Validate,
    Open,
    Close,
}

/// <summary>What was decided under the lock and is to be done outside it.</summary>
internal readonly record struct LaneStep(LaneStepKind Kind, NodePoolEntry? Entry, Grant Grant, int Generation);

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
/// Invariants, true whenever the lock is free and nobody is on the way to <see cref="Drive()"/>: places (idle + lent +
/// opening + closing) never exceed <see cref="Max"/>; a connection is idle only while nobody waits who is not already being
/// served by a validation in flight; each waiter has an open or validation working for it, unless every place is taken,
/// holders are expected to give back sooner, or the node just refused to open (then a timer is armed). Work that leaves
/// the lock (open, validate, reset, close) ends by coming back through <see cref="Drive()"/>. A connection's place is free
/// only when its close has ended, so that the node never sees more than <see cref="Max"/>. Thread-safe.
/// </para>
/// </summary>
internal sealed class PoolLane
{
    private readonly PoolContext _context;
    private readonly PoolErrors _errors;
    private readonly LaneState _state = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CoarseClock _clock;
    private readonly long _freshForMs;
    private LaneSignal _signal;

    public PoolLane(PoolContext context, Lane kind, int max, int minIdle)
    {
        _context = context;
        _clock = context.Clock;
        _freshForMs = context.FreshForMs;
        _errors = new PoolErrors(context, kind);
        Kind = kind;
        Max = max;
        MinIdle = minIdle;
        Entries = new EntryTable(this, max);
        Waiters = new WaiterQueue(this);
        Returns = new LaneReturns(this, context, _state);
        Waits = new LaneWaits(this, context, _errors, _state);
        Opens = new LaneOpens(this, context, _errors, _state);
        Care = new LaneCare(this, context, _state);
        Stock = new LaneStock(this, context, _state);
        Leaks = new LaneLeaks(this, context);
        Limit = context.Limit is { } limit ? new LaneLimit(this, context, limit) : null;
        Adaptive = context.IsAdaptive && max > context.AdaptiveMin ? new LaneAdaptive(this, context, _state) : null;
        Tags = new TagList { { PoolMeters.PoolTag, context.Name } };
        if (context.Driver.Lanes == LaneLayout.WriterAndReaders)
        {
            Tags.Add(PoolMeters.LaneTag, kind == Lane.Writer ? "writer" : "reader");
        }

        RaiseSignal_NeedsLock();
    }

    public readonly TagList Tags;

    public string PoolName => _context.Name;

    public bool IsClosed => Volatile.Read(ref _state.IsClosed);

    public Lane Kind { get; }

    public string KindName => Kind == Lane.Writer ? "writer" : "reader";

    public int Max { get; }

    public int MinIdle { get; }

    /// <summary>Guards the waiters, the counts and the opens; not the entries' words.</summary>
    public Lock Gate { get; } = new();

    public EntryTable Entries { get; }

    public WaiterQueue Waiters { get; }

    public LaneReturns Returns { get; }

    public LaneWaits Waits { get; }

    public LaneOpens Opens { get; }

    public LaneCare Care { get; }

    public LaneStock Stock { get; }

    public LaneLeaks Leaks { get; }

    /// <summary>Its dealings with the limits above it; null for no limit.</summary>
    public LaneLimit? Limit { get; }

    /// <summary>Its adaptive limit; null for none.</summary>
    public LaneAdaptive? Adaptive { get; }

    /// <summary>What the paths without a lock must not overlook.</summary>
    public long Signal => _signal.Value;

    /// <summary>Lends an idle connection, when one can be had at once and as it is, and nobody waits. Takes no lock and reads no clock.</summary>
    public bool TryLend(LeaseOwner? owner, out Lease lease)
    {
        var signal = _signal.Value;
        if (LaneSignal.IsRaised(signal))
        {
            lease = default;
            return false;
        }

        var now = _clock.CoarseMs;
        if (Entries.TryTake(signal, now, _freshForMs, out var version) is not { } entry)
        {
            lease = default;
            return false;
        }

        entry.Begin(owner, now, isExact: false, UseTimestamp);
        lease = new Lease(entry, version);
        return true;
    }

    /// <summary>
    /// Takes steps until every waiter is served or being served, or nothing more can be done. What takes time is done by
    /// blocked callers, one thing each, and what is left on the thread pool.
    /// </summary>
    public void Drive()
    {
        LaneStep step;
        lock (Gate)
        {
            step = Next_NeedsLock();
        }

        DriveFrom(step);
    }

    /// <summary>The same after a first step that was decided under the lock.</summary>
    public void DriveFrom(LaneStep step)
    {
        while (step.Kind != LaneStepKind.None)
        {
            Take(step, by: null);
            lock (Gate)
            {
                step = Next_NeedsLock();
            }
        }
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

        Drive();
    }

    /// <summary>Fails the waiters and closes what is idle; the task ends when the last connection is closed.</summary>
    public Task CloseAsync()
    {
        List<PoolWaiter> closed;
        List<NodePoolEntry> idle;
        lock (Gate)
        {
            _state.IsClosed = true;
            idle = BeginGeneration_NeedsLock();
            closed = Waits.SettleAll_NeedsLock(WaitOutcome.Closed);
            Opens.Stop_NeedsLock();
            Limit?.Retire();
            CompleteDrain_NeedsLock();
        }

        Waits.DropKept();
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
        if (Adaptive is not null && Waiters.Count > 0 && !Adaptive.Admits_NeedsLock())
        {
            entry.PutBack(nowMs);
            _state.MayHaveIdle = true;
            return default;
        }

        if (Waiters.SettleHead(WaitOutcome.Granted) is not { } head)
        {
            entry.PutBack(nowMs);
            return default;
        }

        RaiseSignal_NeedsLock();
        var version = entry.LendAway();
        Adaptive?.Begin_NeedsLock();

        // How long holders hold is measured by sample: to know the time exactly costs more than the rest of a hand-over.
        var isMeasured = Opens.Pace.WantsSample();
        entry.Begin(head.Owner, isMeasured ? _context.Clock.ReadMs() : nowMs, isMeasured, Adaptive is null ? UseTimestamp : _context.Time.GetTimestamp());
        return new Grant(head, new Lease(entry, version));
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
                _ when Adaptive?.FindBrokenInvariant_NeedsLock(idle, demand) is { } broken => broken,
                _ when Adaptive is null && Waiters.Count > 0 && idle > 0 && demand > 0 => $"{idle} idle while {demand} wait unserved",
                _ when Opens.HasForgotten_NeedsLock(demand) => $"{demand} wait unserved with {Max - _state.Slots} free places",
                _ when _state.IsClosed && (Waiters.Count > 0 || idle > 0) => "closed with waiters or idle connections",
                _ when LaneSignal.IsRaised(_signal.Value) != (_state.IsClosed || Waiters.Count > 0 || Adaptive is not null) => "the signal is wrong",
                _ => null,
            };
        }
    }

    private long UseTimestamp => PoolMeters.IsUseTimed ? _context.Time.GetTimestamp() : 0;

    /// <summary>
    /// Whether there may be anything to do for those who wait. One look answers for most of them: while somebody waits, all
    /// places are taken and nothing is idle, as a rule.
    /// </summary>
    public bool MayStep_NeedsLock
    {
        get
        {
            _state.MayHaveIdle = _state.MayHaveIdle && Entries.HasIdle;
            return _state.MayHaveIdle || _state.Slots < Max;
        }
    }

    /// <summary>What is to be done next for those who wait. What it names is taken or counted already.</summary>
    public LaneStep Next_NeedsLock()
    {
        if (_state.IsClosed || Waiters.Count == 0)
        {
            return default;
        }

        if (Adaptive?.Admits_NeedsLock() == false)
        {
            return default;
        }

        // The coarse clock will do: who comes here has just read the exact one, or changed nothing that it decides.
        var now = _context.Clock.CoarseMs;
        var unserved = Waiters.Count - _state.Opening - _state.Validating;
        if (_state.MayHaveIdle && NextFromIdle_NeedsLock(now, unserved) is { Kind: not LaneStepKind.None } step)
        {
            return step;
        }

        return unserved > 0 && Opens.TryReserve_NeedsLock(now, Waiters.Head!, unserved)
            ? new LaneStep(LaneStepKind.Open, null, default, _state.Generation)
            : default;
    }

    private LaneStep NextFromIdle_NeedsLock(long now, int unserved)
    {
        if (Entries.TrySeizeIdle(now, _context.FreshForMs, fresh: true) is { } fresh)
        {
            return fresh.Generation == _state.Generation
                ? new LaneStep(LaneStepKind.Grant, null, Offer_NeedsLock(fresh, now), 0)
                : new LaneStep(LaneStepKind.Close, fresh, default, 0);
        }

        if (unserved <= 0)
        {
            return default;
        }

        if (Entries.TrySeizeIdle(now, _context.FreshForMs, fresh: false) is { } stale)
        {
            _state.Validating++;
            return new LaneStep(LaneStepKind.Validate, stale, default, 0);
        }

        _state.MayHaveIdle = false;
        return default;
    }

    /// <summary>
    /// Does what was decided: a blocking caller's waiter on this thread, which leaves it to that caller to drive the lane
    /// afterwards.
    /// </summary>
    /// <param name="by">The blocking caller's; null to let another or the thread pool do what takes time.</param>
    public void Take(in LaneStep step, PoolWaiter? by)
    {
        if (by is null && step.Kind is LaneStepKind.Open or LaneStepKind.Validate && Waits.TryGive(step))
        {
            return;
        }

        switch (step.Kind)
        {
            case LaneStepKind.Grant:
                Waits.Complete(step.Grant);
                break;
            case LaneStepKind.Validate:
                Care.StartValidation(step.Entry!, by);
                break;
            case LaneStepKind.Open:
                Opens.Start(step.Generation, OpenReason.Demand, by: by);
                break;
            case LaneStepKind.Close:
                Care.Close(step.Entry!, "the pool was cleared or disposed", isDriven: true);
                break;
            default:
                throw CodedErrors.Bug("unknown step.");
        }
    }

    /// <summary>
    /// Drives the lane when something that takes time has ended. Where it blocked and has ended already, the caller drives
    /// when it is ready to be given something itself.
    /// </summary>
    public void DriveAfter(Task work, bool async)
    {
        if (async || !work.IsCompleted)
        {
            _ = DriveAfterAsync(work);
        }
    }

    private async Task DriveAfterAsync(Task work)
    {
        await work.ConfigureAwait(false);
        Drive();
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

    /// <summary>Says whether somebody waits now; see <see cref="LaneSignal"/>. With an adaptive limit it stays raised.</summary>
    public void RaiseSignal_NeedsLock() => _signal.Set_NeedsLock(_state.Generation, _state.IsClosed || Waiters.Count > 0 || Adaptive is not null);

    public PoolStatistics Count_NeedsLock()
    {
        var idle = Entries.CountIdle();
        return new PoolStatistics(_state.Slots - idle - _state.Opening, idle, _state.Opening, Waiters.Count, Max);
    }

    private void CompleteDrain_NeedsLock()
    {
        if (_state.IsClosed && _state.Slots == 0)
        {
            _drained.TrySetResult();
        }
    }
}
