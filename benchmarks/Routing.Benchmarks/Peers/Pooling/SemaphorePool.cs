using System.Collections.Concurrent;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>
/// The bounded pool that most would write on a semaphore: it counts the slots and queues the callers, and a stack keeps
/// what idles, last used first. A rent completes at once when a slot is free and an item idles. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose handle nobody asked for has nothing to dispose.
internal sealed class SemaphorePool<T>(int max, Func<CancellationToken, ValueTask<T>> make)
#pragma warning restore CA1001
{
    public const string Label = "SemaphoreSlim and ConcurrentStack";

    private readonly SemaphoreSlim _slots = new(max, max);
    private readonly ConcurrentStack<T> _idle = new();

    public ValueTask<T> RentAsync(CancellationToken ct)
    {
        var slot = _slots.WaitAsync(ct);
        return slot.IsCompletedSuccessfully && _idle.TryPop(out var item) ? new ValueTask<T>(item) : WaitAndTakeAsync(slot, ct);
    }

    public void Return(T item)
    {
        _idle.Push(item);
        _slots.Release();
    }

    private async ValueTask<T> WaitAndTakeAsync(Task slot, CancellationToken ct)
    {
        await slot;
        try
        {
            return _idle.TryPop(out var item) ? item : await make(ct);
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }
}
