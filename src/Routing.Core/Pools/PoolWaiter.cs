using System.Threading.Tasks.Sources;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>How a wait ended. Every waiter moves from <see cref="Waiting"/> to one of the others exactly once.</summary>
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

/// <summary>
/// One caller waiting for a connection. Its outcome is decided once, in the same step under the lane's lock in which it
/// leaves the queue: so a grant can never meet a waiter that is already cancelled and lose its connection with it, and
/// whoever comes second finds it settled and lets go. Whoever settled it completes it, after leaving the lock.
/// Asynchronous callers await it, synchronous ones block on its monitor.
/// </summary>
internal sealed class PoolWaiter(PoolLane lane, LeaseOwner? owner, LeaseOwner? ambient, bool async, long startedAtMs) : IValueTaskSource<Lease>
{
    private readonly object _gate = new();
    private ManualResetValueTaskSourceCore<Lease> _core = new() { RunContinuationsAsynchronously = true };
    private WaitOutcome _outcome;
    private bool _completed;
    private ITimer? _timer;
    private CancellationTokenRegistration _registration;

    public LeaseOwner? Owner => owner;

    /// <summary>The owner around the caller's code; null when it is the caller's own.</summary>
    public LeaseOwner? Ambient { get; } = ReferenceEquals(owner, ambient) ? null : ambient;

    public long StartedAtMs => startedAtMs;

    public long WaitStarted { get; init; }

    /// <summary>Whether the caller's own deadline, not the pool's time-out, ends the wait.</summary>
    public bool EndsAtCallersDeadline { get; init; }

    public PoolWaiter? Next { get; set; }

    public PoolWaiter? Previous { get; set; }

    public bool IsCompleted
    {
        get
        {
            lock (_gate)
            {
                return _completed;
            }
        }
    }

    /// <summary>Whether <paramref name="holder"/> cannot go on before this wait ends.</summary>
    public bool IsInside(LeaseOwner holder) => (owner?.IsInside(holder) ?? false) || (Ambient?.IsInside(holder) ?? false);

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

    /// <summary>Completes a waiter that the caller has settled as granted.</summary>
    public void Complete(Lease lease)
    {
        lock (_gate)
        {
            _completed = true;
            _core.SetResult(lease);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Completes a waiter that the caller has settled otherwise.</summary>
    public void Complete(Exception error)
    {
        lock (_gate)
        {
            _completed = true;
            _core.SetException(error);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Arms time-out and cancellation, which may end the wait before this returns, and gives what the caller waits on.</summary>
    public ValueTask<Lease> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IsCompleted)
        {
            return new ValueTask<Lease>(this, _core.Version);
        }

        if (limit <= TimeSpan.Zero)
        {
            lane.TimeOut(this);
            if (!async)
            {
                BlockUntil(Deadline.None);
            }

            return new ValueTask<Lease>(this, _core.Version);
        }

        // Timers of the system's clock fire on the thread pool, which may be full of callers blocked right here: those
        // count their time themselves.
        var countsItself = !async && ReferenceEquals(time, TimeProvider.System);
        if (!countsItself && limit != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(static waiter => ((PoolWaiter)waiter!).OnTimer(), this, limit, Timeout.InfiniteTimeSpan);
        }

        _registration = cancellationToken.UnsafeRegister(static (waiter, token) => ((PoolWaiter)waiter!).OnCancelled(token), this);
        if (!async)
        {
            Block(countsItself ? limit : Timeout.InfiniteTimeSpan, time);
        }

        return new ValueTask<Lease>(this, _core.Version);
    }

    Lease IValueTaskSource<Lease>.GetResult(short token)
    {
        _timer?.Dispose();
        _registration.Dispose();
        return _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Lease>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Lease>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Block(TimeSpan limit, TimeProvider time)
    {
        var deadline = Deadline.After(time, limit);
        if (!BlockUntil(deadline))
        {
            // Either this settles it, or another thread has and is about to complete it.
            lane.TimeOut(this);
            BlockUntil(Deadline.None);
        }
    }

    private bool BlockUntil(Deadline deadline)
    {
        lock (_gate)
        {
            while (!_completed)
            {
                if (deadline.HasPassed)
                {
                    return false;
                }

                // Rounded up: a monitor counts whole milliseconds, and a wait of none would spin.
                var remaining = deadline.Remaining;
                Monitor.Wait(_gate, remaining == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Ceiling(remaining.TotalMilliseconds));
            }

            return true;
        }
    }

    private void OnTimer() => lane.TimeOut(this);

    private void OnCancelled(CancellationToken token) => lane.Cancel(this, token);
}
