namespace Routing.Providers.Sqlite;

/// <summary>
/// Ends commands at their deadlines for all connections of one node with one timer, which ticks only while commands run:
/// arming a deadline is a store, not a timer. A command is ended at most two ticks late, never early. Thread-safe.
/// </summary>
internal sealed class CommandWatchdog : IAsyncDisposable
{
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    // Idle ticks before it sleeps, so that a steady trickle of commands does not start and stop the timer each time.
    private const int PatienceTicks = 20;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private SqlitePhysicalConnection[] _connections = [];
    private long _now;
    private bool _isAwake;
    private int _idleTicks;

    public CommandWatchdog(TimeProvider time)
    {
        _time = time;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((CommandWatchdog)state!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The clock's timestamp as of the last tick, or of now when it slept.</summary>
    public long Now
    {
        get
        {
            if (!Volatile.Read(ref _isAwake))
            {
                Wake();
            }

            return Volatile.Read(ref _now);
        }
    }

    public void Add(SqlitePhysicalConnection connection)
    {
        lock (_gate)
        {
            _connections = [.. _connections, connection];
        }
    }

    public void Remove(SqlitePhysicalConnection connection)
    {
        lock (_gate)
        {
            _connections = Array.FindAll(_connections, other => other != connection);
        }
    }

    /// <summary>
    /// Called after a command was armed. The fence pairs with the one in <see cref="OnTick"/>: either the tick that goes
    /// to sleep sees the armed command, or this sees it asleep.
    /// </summary>
    public void EnsureAwake()
    {
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref _isAwake))
        {
            Wake();
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Wake()
    {
        lock (_gate)
        {
            if (_isAwake)
            {
                return;
            }

            _idleTicks = 0;
            Volatile.Write(ref _now, _time.GetTimestamp());
            Volatile.Write(ref _isAwake, true);
            _timer.Change(Tick, Tick);
        }
    }

    private void OnTick()
    {
        var now = _time.GetTimestamp();
        Volatile.Write(ref _now, now);
        var isAnyRunning = CheckAll(now);
        lock (_gate)
        {
            _idleTicks = isAnyRunning ? 0 : _idleTicks + 1;
            if (_idleTicks < PatienceTicks || !_isAwake)
            {
                return;
            }

            Volatile.Write(ref _isAwake, false);
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Interlocked.MemoryBarrier();
        if (CheckAll(now))
        {
            Wake();
        }
    }

    private bool CheckAll(long now)
    {
        var isAnyRunning = false;
        foreach (var connection in Volatile.Read(ref _connections))
        {
            isAnyRunning |= connection.CheckDeadline(now);
        }

        return isAnyRunning;
    }
}
