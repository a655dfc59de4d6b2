namespace Routing.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, on the caller's thread, in
/// the order of their due moments and, for the same moment, in the order they were set; while one fires, the clock shows
/// exactly its due moment. So a test that advances gets the same interleaving each time.
/// Thread-safe: the lock guards the clock and the list of timers and is never held while a callback runs, so a callback
/// may create, change and dispose timers, and even advance.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    // Not zero: code that takes a timestamp of 0 for "never" shall work on this clock as on the real one.
    private const long FirstTimestamp = 1_000 * TimeSpan.TicksPerSecond;

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly DateTimeOffset _epoch;
    private long _now = FirstTimestamp;
    private long _wallClockShift;
    private long _nextSequence;

    /// <summary>A clock at 2026-01-01T00:00:00Z.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>A clock at <paramref name="start"/>.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _epoch = start.ToUniversalTime();

    /// <summary>Ticks of 100 ns, as <see cref="TimeSpan"/>, so that an elapsed time is exact.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Always UTC, whatever the machine says.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting to fire (created, not disposed, with a due time that is not infinite).</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _armed.Count;
            }
        }
    }

    /// <summary>The time until the next timer fires; null when none is armed. Zero or less when one is due already.</summary>
    public TimeSpan? UntilNextTimer
    {
        get
        {
            lock (_lock)
            {
                return First_NeedsLock() is { } next ? TimeSpan.FromTicks(next.Due - _now) : null;
            }
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _epoch.AddTicks(_now - FirstTimestamp + _wallClockShift);
        }
    }

    /// <summary>Moves the clock and fires what falls due on the way. <see cref="TimeSpan.Zero"/> fires what is due now.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target;
        lock (_lock)
        {
            target = _now + by.Ticks;
        }

        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves the clock to the next armed timer and fires all that is due at that moment; false when none is armed.</summary>
    public bool AdvanceToNextTimer()
    {
        if (UntilNextTimer is not { } wait)
        {
            return false;
        }

        Advance(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        return true;
    }

    /// <summary>
    /// Sets the wall clock forward or back, as an administrator or NTP would: <see cref="GetUtcNow"/> jumps, timestamps and
    /// timers do not notice.
    /// </summary>
    public void ShiftWallClock(TimeSpan by)
    {
        lock (_lock)
        {
            _wallClockShift += by.Ticks;
        }
    }

    /// <summary>
    /// Completes when at least <paramref name="count"/> timers are armed: the way to know that code on another thread has
    /// come to its wait, before advancing past it.
    /// </summary>
    public Task WaitForTimersAsync(int count, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_armed.Count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// A timer of this clock. One due at once fires at the next <see cref="Advance"/>, not on another thread. As with the
    /// system's timers, the callback runs in the creator's execution context.
    /// </summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CheckRange(dueTime, nameof(dueTime));
        CheckRange(period, nameof(period));
        var timer = new ManualTimer(this, callback, state);
        Arm(timer, dueTime, period);
        return timer;
    }

    private static void CheckRange(TimeSpan value, string parameter)
    {
        // The system's timers refuse the same.
        if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.Zero || value.TotalMilliseconds > uint.MaxValue - 1))
        {
            throw new ArgumentOutOfRangeException(parameter, value, "A timer's time is zero or more, at most 4294967294 ms, or Timeout.InfiniteTimeSpan.");
        }
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_lock)
        {
            if (First_NeedsLock() is not { } next || next.Due > target)
            {
                // Another thread may have advanced further meanwhile; the clock never goes back.
                _now = Math.Max(_now, target);
                return null;
            }

            _now = Math.Max(_now, next.Due);
            Rearm_NeedsLock(next);
            return next;
        }
    }

    private ManualTimer? First_NeedsLock()
    {
        ManualTimer? first = null;
        foreach (var timer in _armed)
        {
            if (first is null || timer.Due < first.Due || (timer.Due == first.Due && timer.Sequence < first.Sequence))
            {
                first = timer;
            }
        }

        return first;
    }

    private void Rearm_NeedsLock(ManualTimer timer)
    {
        // A period of zero means "once", as with the system's timers.
        if (timer.Period <= TimeSpan.Zero)
        {
            _armed.Remove(timer);
            return;
        }

        timer.Due += timer.Period.Ticks;
        timer.Sequence = _nextSequence++;
    }

    private bool Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            if (timer.Disposed)
            {
                return false;
            }

            _armed.Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            timer.Due = _now + dueTime.Ticks;
            timer.Sequence = _nextSequence++;
            _armed.Add(timer);
            WakeWaiters_NeedsLock();
            return true;
        }
    }

    private void WakeWaiters_NeedsLock()
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (_waiters[i].Count <= _armed.Count)
            {
                _waiters[i].Reached.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }
    }

    private void Disarm(ManualTimer timer)
    {
        lock (_lock)
        {
            timer.Disposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        public long Due { get; set; }

        public long Sequence { get; set; }

        public TimeSpan Period { get; set; }

        public bool Disposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            CheckRange(dueTime, nameof(dueTime));
            CheckRange(period, nameof(period));
            return clock.Arm(this, dueTime, period);
        }

        public void Fire()
        {
            if (_context is null)
            {
                callback(state);
                return;
            }

            ExecutionContext.Run(_context, static timer => ((ManualTimer)timer!).Invoke(), this);
        }

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Invoke() => callback(state);
    }
}
