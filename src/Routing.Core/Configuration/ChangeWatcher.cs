using Microsoft.Extensions.Primitives;

namespace Routing.Configuration;

/// <summary>
/// Calls back once for a burst of changes: editors and mounted volumes raise several for one edit. The wait counts from
/// the first change of the burst, so that a source that never rests cannot put it off for ever; a change that comes during
/// the callback starts the next wait. Callbacks never overlap. Thread-safe.
/// </summary>
internal sealed class ChangeWatcher : IDisposable
{
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    private readonly Lock _calling = new();
    private readonly Action _changed;
    private readonly ITimer _timer;
    private readonly IDisposable _subscription;
    private int _armed;
    private volatile bool _disposed;

    /// <param name="token">Gives the token of the next change.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Called on a timer's thread. Must not throw.</param>
    public ChangeWatcher(Func<IChangeToken> token, TimeProvider time, Action changed)
    {
        _changed = changed;
        _timer = time.CreateTimer(static watcher => ((ChangeWatcher)watcher!).Call(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = ChangeToken.OnChange(token, OnChange);
    }

    public void Dispose()
    {
        _disposed = true;
        _subscription.Dispose();
        _timer.Dispose();
    }

    private void OnChange()
    {
        if (!_disposed && Interlocked.Exchange(ref _armed, 1) == 0)
        {
            _timer.Change(Window, Timeout.InfiniteTimeSpan);
        }
    }

    private void Call()
    {
        // Before the callback reads anything: a change after this line is not lost, it arms again.
        Volatile.Write(ref _armed, 0);
        lock (_calling)
        {
            if (!_disposed)
            {
                _changed();
            }
        }
    }
}
