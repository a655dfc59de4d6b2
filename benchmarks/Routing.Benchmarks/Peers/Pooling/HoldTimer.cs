using System.Diagnostics;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>
/// Ends holds of one length, to some microseconds. The runtime's timers end them by the system's tick (4 ms on many
/// Linuxes): a hold of 5 ms then takes 4 to 8, by when in the tick it began, which drowns every difference between pools.
/// One thread of its own, which sleeps while the next end is far and spins when it is near. Thread-safe.
/// </summary>
internal sealed class HoldTimer : IDisposable
{
    private static readonly long NearTicks = (long)(TimeSpan.FromMilliseconds(1.5).TotalSeconds * Stopwatch.Frequency);

    private readonly long _holdTicks;
    private readonly Queue<(long EndsAt, TaskCompletionSource Ended)> _holds = new();
    private readonly Thread _thread;
    private bool _isDisposed;

    public HoldTimer(TimeSpan hold)
    {
        _holdTicks = (long)(hold.TotalSeconds * Stopwatch.Frequency);
        _thread = new Thread(Run) { IsBackground = true, Name = "holds" };
        _thread.Start();
    }

    /// <summary>A hold that begins now; whoever awaits it goes on in the thread pool.</summary>
    public Task HoldAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_holds)
        {
            _holds.Enqueue((Stopwatch.GetTimestamp() + _holdTicks, ended));
            if (_holds.Count == 1)
            {
                Monitor.Pulse(_holds);
            }
        }

        return ended.Task;
    }

    public void Dispose()
    {
        lock (_holds)
        {
            _isDisposed = true;
            Monitor.Pulse(_holds);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (Next() is var (endsAt, ended) && ended is not null)
        {
            while (endsAt - Stopwatch.GetTimestamp() > NearTicks)
            {
                Thread.Sleep(1);
            }

            while (Stopwatch.GetTimestamp() < endsAt)
            {
                Thread.SpinWait(10);
            }

            ended.SetResult();
        }
    }

    private (long EndsAt, TaskCompletionSource? Ended) Next()
    {
        lock (_holds)
        {
            while (_holds.Count == 0 && !_isDisposed)
            {
                Monitor.Wait(_holds);
            }

            return _holds.TryDequeue(out var hold) ? hold : default;
        }
    }
}
