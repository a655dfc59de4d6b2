using System.Runtime.CompilerServices;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>Hands one thing over to itself: it waits, gives back what it holds, and goes on where the wait ends.</summary>
internal abstract class Relay
{
    private readonly Action _next;
    private TaskCompletionSource _done = new();
    private int _left;

    protected Relay() => _next = Next;

    public async ValueTask RunAsync(int times)
    {
        _left = times;
        _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await TakeFirstAsync();
        HandOver(_next);
        await _done.Task;
    }

    protected abstract ValueTask TakeFirstAsync();

    /// <summary>Waits with <paramref name="next"/> as continuation, then gives back what it holds.</summary>
    protected abstract void HandOver(Action next);

    /// <summary>Takes what the wait brought.</summary>
    protected abstract void Arrive();

    protected abstract void GiveBack();

    private void Next()
    {
        Arrive();
        if (--_left > 0)
        {
            HandOver(_next);
            return;
        }

        GiveBack();
        _done.SetResult();
    }
}

/// <summary>Over our pool.</summary>
#pragma warning disable CA2012 // The wait is told its continuation before it can end, so the awaiter is kept; a return is complete when it returns.
internal sealed class PoolRelay(IPool pool, CancellationToken ct) : Relay
{
    private Lease _held;
    private ValueTaskAwaiter<Lease> _wait;

    protected override async ValueTask TakeFirstAsync() =>
        _held = await pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, ct);

    protected override void HandOver(Action next)
    {
        var held = _held;
        _wait = pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, ct).GetAwaiter();
        _wait.UnsafeOnCompleted(next);
        held.ReturnAsync(async: true).GetAwaiter().GetResult();
    }

    protected override void Arrive() => _held = _wait.GetResult();

    protected override void GiveBack() => _held.ReturnAsync(async: true).GetAwaiter().GetResult();
}
#pragma warning restore CA2012

/// <summary>Over a semaphore.</summary>
#pragma warning disable CA1001 // A semaphore whose handle nobody asked for has nothing to dispose.
internal sealed class SemaphoreRelay(TimeSpan patience, CancellationToken ct) : Relay
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);
    private TaskAwaiter<bool> _wait;

    protected override async ValueTask TakeFirstAsync() => await _semaphore.WaitAsync(patience, ct);

    protected override void HandOver(Action next)
    {
        _wait = _semaphore.WaitAsync(patience, ct).GetAwaiter();
        _wait.UnsafeOnCompleted(next);
        _semaphore.Release();
    }

    protected override void Arrive()
    {
        if (!_wait.GetResult())
        {
            throw new TimeoutException("The semaphore was not given in time.");
        }
    }

    protected override void GiveBack() => _semaphore.Release();
}
