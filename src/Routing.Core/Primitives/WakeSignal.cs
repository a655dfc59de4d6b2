using System.Threading.Tasks.Sources;

namespace Routing.Primitives;

/// <summary>
/// Wakes one waiter: a signal given while nobody waits is kept, and any number of them count as one. Signalling is
/// thread-safe, allocates nothing and runs nothing of the waiter's on the signalling thread; only one caller at a time may
/// wait. Not a bounded channel of one, because those can lose or keep an item under contention.
/// </summary>
/// <remarks>
/// One word decides everything. Each signal writes it by an interlocked operation even where it is set already: that
/// orders what the signaller wrote before against the waiter's taking the signal, so whoever takes it sees that too.
/// </remarks>
internal sealed class WakeSignal : IValueTaskSource<bool>
{
    private const int Unset = 0;
    private const int Set = 1;
    private const int Waiting = 2;
    private const int Closed = 3;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Whether the waiter waits and has not been woken.</summary>
    public bool IsWaiting => Volatile.Read(ref _state) == Waiting;

    /// <summary>Wakes the waiter, or the next one to come. Does nothing when closed.</summary>
    public void Signal()
    {
        // Whoever loses the second race was overtaken by another signal while the waiter still slept, and the waiter will see
        // what both meant.
        if (Interlocked.CompareExchange(ref _state, Set, Unset) == Waiting
            && Interlocked.CompareExchange(ref _state, Unset, Waiting) == Waiting)
        {
            _core.SetResult(true);
        }
    }

    /// <summary>Completes with true at the next signal, at once for one that was kept, and with false when closed.</summary>
    public ValueTask<bool> WaitAsync()
    {
        // Before the state says that somebody waits, or a signal would complete the wait before.
        _core.Reset();
        while (true)
        {
            switch (Interlocked.CompareExchange(ref _state, Waiting, Unset))
            {
                case Unset:
                    return new ValueTask<bool>(this, _core.Version);
                case Set when Interlocked.CompareExchange(ref _state, Unset, Set) == Set:
                    return new ValueTask<bool>(true);
                case Closed:
                    return new ValueTask<bool>(false);
            }
        }
    }

    /// <summary>Ends every wait from now on with false, a signal that was kept included.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Waiting)
        {
            _core.SetResult(false);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
