namespace Routing.Primitives;

/// <summary>
/// Milliseconds for judging idleness and age. <see cref="CoarseMs"/> is one plain <c>long</c>, which the hot path can
/// afford where a timestamp would cost more than the rest of it; <see cref="ReadMs"/> is exact. On the system's clock a
/// single hand for the whole process is moved every 50 ms while somebody holds a clock, and by every exact reading. On
/// any other clock both read that clock, so that a test drives them. Thread-safe.
/// </summary>
internal sealed class CoarseClock : IDisposable
{
    private static readonly long TimestampsPerMs = TimeProvider.System.TimestampFrequency / 1000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly Lock TickerLock = new();
    private static ITimer? _ticker;
    private static int _users;
    private static long _hand;

    private readonly TimeProvider _time;
    private readonly bool _isSystem;
    private bool _disposed;

    public CoarseClock(TimeProvider time)
    {
        _time = time;
        _isSystem = ReferenceEquals(time, TimeProvider.System);
        if (_isSystem)
        {
            Hold();
        }
    }

    /// <summary>The moment, up to about 50 ms ago, or as long ago as the thread pool is late.</summary>
    public long CoarseMs => _isSystem ? Volatile.Read(ref _hand) : ReadMs();

    /// <summary>How far <see cref="CoarseMs"/> lags as a rule; 0 where it is exact.</summary>
    public long CoarsenessMs => _isSystem ? (long)Tick.TotalMilliseconds : 0;

    public long ReadMs()
    {
        if (!_isSystem)
        {
            return (long)_time.GetElapsedTime(0).TotalMilliseconds;
        }

        var now = _time.GetTimestamp() / TimestampsPerMs;
        Move(now);
        return now;
    }

    public void Dispose()
    {
        lock (TickerLock)
        {
            if (!_isSystem || _disposed)
            {
                return;
            }

            _disposed = true;
            if (--_users == 0)
            {
                _ticker!.Dispose();
                _ticker = null;
            }
        }
    }

    // Two threads may move it at once and the later one back a little: nothing that is coarse minds.
    private static void Move(long now)
    {
        if (now > Volatile.Read(ref _hand))
        {
            Volatile.Write(ref _hand, now);
        }
    }

    private void Hold()
    {
        lock (TickerLock)
        {
            ReadMs();
            if (_users++ > 0)
            {
                return;
            }

            using (DetachedFlow.Begin())
            {
                _ticker = _time.CreateTimer(static clock => ((CoarseClock)clock!).ReadMs(), this, Tick, Tick);
            }
        }
    }
}
