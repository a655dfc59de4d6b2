using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>How a wait ended. Every wait moves from <see cref="Waiting"/> to one of the others exactly once.</summary>
internal enum WaitOutcome
{
    Waiting,
    Granted,
    Cancelled,
    TimedOut,
    Closed,

    /// <summary>Its open failed, or it could never have been served (nested deadlock).</summary>
    Failed,
}

/// <summary>What a caller asks for when it has to wait.</summary>
internal readonly record struct RentRequest(
    LeaseOwner? Owner, RentPriority Priority, bool Async, Deadline Deadline, long WaitStarted, CancellationToken Token);

/// <summary>
/// One caller waiting for a connection. Its outcome is decided once, in the same step under the lane's lock in which it
/// leaves the queue: so a grant can never meet a waiter that is already cancelled and lose its connection with it, and
/// whoever comes second finds it settled and lets go. Whoever settled it completes it, after leaving the lock, and does not
/// touch it afterwards. Asynchronous callers await it, synchronous ones block on its monitor.
/// <para>
/// It is used again for another wait once its caller has taken the result. A timer or cancel of the earlier wait may then
/// still be on its way: both are checked against the wait that is on now (its end, its token) and let go if it is not theirs.
/// </para>
/// </summary>
internal sealed class PoolWaiter(PoolLane lane, bool isKept) : ReusableSource<Lease>
{
    private const long Unset = long.MaxValue;

    private readonly object _gate = new();
    private WaitOutcome _outcome;
    private bool _async;
    private bool _isOver;
    private bool _isFree;
    private volatile bool _isBlocked;
    private LaneStep _work;
    private ITimer? _timer;
    private bool _isTimed;
    private bool _isTimerLeftSet;
    private long _firesAtMs = Unset;
    private long _endsAtMs;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    /// <summary>Whether its lane keeps it for further waits.</summary>
    public bool IsKept => isKept;

    /// <summary>Whether its caller blocks and has nothing to do meanwhile.</summary>
    public bool IsBlocked => _isBlocked;

    /// <summary>Whether its wait is over and its result taken, so that another may begin.</summary>
    public bool IsFree => Volatile.Read(ref _isFree);

    public LeaseOwner? Owner { get; private set; }

    /// <summary>The owner around the caller's code; null when it is the caller's own.</summary>
    public LeaseOwner? Ambient { get; private set; }

    public RentPriority Priority { get; private set; }

    public long StartedAtMs { get; private set; }

    public long WaitStarted { get; private set; }

    /// <summary>Whether the caller's own deadline, not the pool's time-out, ends the wait.</summary>
    public bool EndsAtCallersDeadline { get; private set; }

    public PoolWaiter? Next { get; set; }

    public PoolWaiter? Previous { get; set; }

    /// <summary>The order of coming.</summary>
    public long Sequence { get; set; }

    /// <summary>Begins a wait, before it is queued. Needs the lane's lock, which also guards it from late news for an earlier wait.</summary>
    public void Begin_NeedsLock(in RentRequest request, LeaseOwner? ambient, in WaitTime time)
    {
        Owner = request.Owner;
        Ambient = ReferenceEquals(request.Owner, ambient) ? null : ambient;
        Priority = request.Priority;
        StartedAtMs = time.StartMs;
        WaitStarted = request.WaitStarted;
        EndsAtCallersDeadline = time.EndsAtCallersDeadline;
        _endsAtMs = time.EndMs;
        _token = request.Token;
        _async = request.Async;
        _isOver = false;
        _isFree = false;
        _isBlocked = false;
        _outcome = WaitOutcome.Waiting;
    }

    /// <summary>Whether <paramref name="holder"/> cannot go on before this wait ends.</summary>
    public bool IsInside(LeaseOwner holder) => (Owner?.IsInside(holder) ?? false) || (Ambient?.IsInside(holder) ?? false);

    /// <summary>False when it is settled already: then it is somebody else's to complete.</summary>
    public bool TrySettle_NeedsLock(WaitOutcome outcome)
    {
        if (_outcome != WaitOutcome.Waiting)
        {
            return false;
        }

        _outcome = outcome;
        return true;
    }

    /// <summary>Whether the wait that is on now is over by time.</summary>
    public bool IsOverdue_NeedsLock(long nowMs) => _outcome == WaitOutcome.Waiting && nowMs >= _endsAtMs;

    /// <summary>The timer fired. Whether its wait is over; if a wait is on that is not, the timer is set again.</summary>
    public bool OnTimer_NeedsLock(long nowMs)
    {
        _firesAtMs = Unset;
        if (_outcome != WaitOutcome.Waiting || nowMs >= _endsAtMs)
        {
            return _outcome == WaitOutcome.Waiting;
        }

        SetTimer(nowMs);
        return false;
    }

    /// <summary>Whether the wait that is on now is to end with that token.</summary>
    public bool HeedsToken_NeedsLock(CancellationToken token) => _outcome == WaitOutcome.Waiting && _token == token;

    /// <summary>Completes a waiter that the caller has settled as granted.</summary>
    public void Complete(Lease lease)
    {
        if (_async)
        {
            SetResult(lease);
            return;
        }

        lock (_gate)
        {
            SetResult(lease);
            _isOver = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Completes a waiter that the caller has settled otherwise.</summary>
    public void Complete(Exception error)
    {
        if (_async)
        {
            SetException(error);
            return;
        }

        lock (_gate)
        {
            SetException(error);
            _isOver = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Its caller blocks, or is about to, with nothing to do. Said in the step under the lane's lock that leaves it without, so
    /// that nobody finds it neither at work nor ready and asks the thread pool instead.
    /// </summary>
    public void BecomeReady_NeedsLock() => _isBlocked = true;

    /// <summary>Gives a blocked caller something to do on its thread; false when it blocks no more or has something to do already.</summary>
    public bool TryTakeOn(in LaneStep work)
    {
        lock (_gate)
        {
            if (!_isBlocked || _isOver)
            {
                _isBlocked = false;
                return false;
            }

            _isBlocked = false;
            _work = work;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Arms time-out and cancellation, which may end the wait before this returns, and gives what the caller waits on.</summary>
    /// <param name="hasWorked">Whether a synchronous caller did something for the lane, so that it must be driven.</param>
    public ValueTask<Lease> WaitAsync(PoolContext context, bool hasWorked)
    {
        var version = Version;
        if (_async && !IsPending)
        {
            return new ValueTask<Lease>(this, version);
        }

        if (_endsAtMs <= StartedAtMs)
        {
            lane.Waits.TimeOut(this);
        }
        else
        {
            Arm(context);
        }

        if (!_async)
        {
            Block(context, hasWorked);
        }

        return new ValueTask<Lease>(this, version);
    }

    /// <summary>Ends its timer, when it is not to be used again. A timer that is set meanwhile fires once more and finds nothing to do.</summary>
    public void Drop() => _timer?.Dispose();

    protected override void OnTaken()
    {
        // To set a timer twice per wait would cost more than the rest of the wait: it fires once in a while and finds
        // nothing to do. A test's clock counts what is set, so there it is taken back.
        if (_isTimed && !_isTimerLeftSet)
        {
            _firesAtMs = Unset;
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _isTimed = false;

        // Not dispose, which would wait for a callback that is running: it finds its wait over and lets go.
        _registration.Unregister();
        _registration = default;
        _token = default;
        Owner = null;
        Ambient = null;
        if (!isKept || lane.IsClosed)
        {
            Drop();
        }

        // Last: from here on it may be waiting for somebody else.
        Volatile.Write(ref _isFree, true);
    }

    private void Arm(PoolContext context)
    {
        // Timers of the system's clock fire on the thread pool, which may be full of callers blocked right here: those
        // count their time themselves.
        if (_async || !context.IsSystemTime)
        {
            _isTimed = true;
            _isTimerLeftSet = context.IsSystemTime;
            _timer ??= CreateTimer(context.Time);

            // A timer left set by an earlier wait fires before this one's end, and is then set again.
            if (Volatile.Read(ref _firesAtMs) > _endsAtMs)
            {
                SetTimer(StartedAtMs);
            }
        }

        if (_token.CanBeCanceled)
        {
            _registration = _token.UnsafeRegister(static (waiter, token) => ((PoolWaiter)waiter!).OnCancelled(token), this);
        }
    }

    private void SetTimer(long nowMs)
    {
        Volatile.Write(ref _firesAtMs, _endsAtMs);
        _timer!.Change(TimeSpan.FromMilliseconds(_endsAtMs - nowMs), Timeout.InfiniteTimeSpan);
    }

    private ITimer CreateTimer(TimeProvider time)
    {
        // It outlives this wait, so it must not carry this caller's AsyncLocals into the next one.
        using (DetachedFlow.Begin())
        {
            return time.CreateTimer(static waiter => ((PoolWaiter)waiter!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Block(PoolContext context, bool hasWorked)
    {
        if (!BlockUntil(context, _isTimed ? long.MaxValue : _endsAtMs, hasWorked))
        {
            // Either this settles it, or another thread has and is about to complete it.
            lane.Waits.TimeOut(this);
            lock (_gate)
            {
                while (!_isOver)
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    private bool BlockUntil(PoolContext context, long endsAtMs, bool hasWorked)
    {
        while (true)
        {
            lock (_gate)
            {
                _isBlocked = !_isOver && _work.Kind == LaneStepKind.None;
            }

            if (hasWorked)
            {
                // Not before it can be given something itself: where all others wait for the thread pool, it is the only one.
                lane.Drive();
            }

            var isOver = WaitForNews(context, endsAtMs, out var work);
            if (work.Kind == LaneStepKind.None)
            {
                return isOver;
            }

            // Who has got what it waited for goes on with that, and lets another blocked caller or the thread pool do it.
            lane.Take(work, isOver ? null : this);
            hasWorked = true;
        }
    }

    /// <summary>Blocks until the wait is over, there is something to do, or the time is up; says whether it is over.</summary>
    private bool WaitForNews(PoolContext context, long endsAtMs, out LaneStep work)
    {
        lock (_gate)
        {
            var remaining = 1L;
            while (!_isOver && _work.Kind == LaneStepKind.None && remaining > 0)
            {
                if (endsAtMs == long.MaxValue)
                {
                    Monitor.Wait(_gate);
                }
                else if ((remaining = endsAtMs - context.Clock.ReadMs()) > 0)
                {
                    Monitor.Wait(_gate, (int)remaining);
                }
            }

            _isBlocked = false;
            work = _work;
            _work = default;
            return _isOver;
        }
    }

    private void OnTimer() => lane.Waits.OnTimer(this);

    private void OnCancelled(CancellationToken token) => lane.Waits.Cancel(this, token);
}
