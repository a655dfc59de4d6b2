using Routing.Testing;

namespace Routing.UnitTests;

/// <summary>
/// A manual clock that knows its timers, so that a test can wait until the code under test waits before it moves time,
/// and can prove that none is left behind. Thread-safe.
/// </summary>
internal sealed class WatchedTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _inner = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<Watched, long> _armed = [];
    private readonly HashSet<Watched> _made = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Timers created and not disposed.</summary>
    public int Alive
    {
        get
        {
            lock (_gate)
            {
                return _made.Count;
            }
        }
    }

    public override long TimestampFrequency => _inner.TimestampFrequency;

    public override long GetTimestamp() => _inner.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(this, callback, state, dueTime, period);
        lock (_gate)
        {
            _made.Add(timer);
        }

        return timer;
    }

    public void Advance(TimeSpan by) => _inner.Advance(by);

    /// <summary>The waits of all armed timers, shortest first.</summary>
    public TimeSpan[] Waits()
    {
        lock (_gate)
        {
            var now = GetTimestamp();
            return [.. _armed.Values.Order().Select(due => GetElapsedTime(now, due))];
        }
    }

    /// <summary>Completes when this many timers are armed, and returns their waits.</summary>
    public async Task<TimeSpan[]> WaitsAsync(int timers = 1)
    {
        await UntilAsync(() => Waits().Length == timers);
        return Waits();
    }

    /// <summary>
    /// Waits until the condition holds; asked again whenever a timer changes, <see cref="Pulse"/> is called, or, for what
    /// neither announces, a few milliseconds have passed. The bound is there to fail instead of hanging.
    /// </summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        var start = System.GetTimestamp();
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (condition())
            {
                return;
            }

            Assert.True(System.GetElapsedTime(start) < Patience, $"The condition did not come true. {Describe()}");
            await Task.WhenAny(changed, Task.Delay(5));
        }
    }

    /// <summary>Completes when no timer is left. A wait that has ended may dispose its timer a moment after it resumed its caller.</summary>
    public Task NoTimerLeftAsync() => UntilAsync(() => Alive == 0 && Waits().Length == 0);

    /// <summary>Whose timers there are, for a test that fails over them.</summary>
    private string Describe()
    {
        lock (_gate)
        {
            return $"{_made.Count} timers: {string.Join(", ", _made.Select(timer => timer + (_armed.ContainsKey(timer) ? " (armed)" : "")))}";
        }
    }

    public void Pulse() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Watched : ITimer
    {
        private readonly WatchedTime _owner;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private TimeSpan _period;
        private int _disposed;

        public Watched(WatchedTime owner, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _owner = owner;
            _callback = callback;
            _state = state;
            _inner = owner._inner.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed;
            lock (_owner._gate)
            {
                _period = period;
                changed = _inner.Change(dueTime, period);
                if (changed && dueTime != Timeout.InfiniteTimeSpan)
                {
                    _owner._armed[this] = _owner.GetTimestamp() + dueTime.Ticks;
                }
                else
                {
                    _owner._armed.Remove(this);
                }
            }

            _owner.Pulse();
            return changed;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            _inner.Dispose();
            lock (_owner._gate)
            {
                _owner._armed.Remove(this);
                _owner._made.Remove(this);
            }

            _owner.Pulse();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        public override string ToString() => $"{_state?.GetType().Name ?? _callback.Method.DeclaringType?.Name}";

        private void Fire()
        {
            lock (_owner._gate)
            {
                if (_period <= TimeSpan.Zero)
                {
                    _owner._armed.Remove(this);
                }
                else
                {
                    _owner._armed[this] = _owner.GetTimestamp() + _period.Ticks;
                }
            }

            _callback(_state);
            _owner.Pulse();
        }
    }
}
