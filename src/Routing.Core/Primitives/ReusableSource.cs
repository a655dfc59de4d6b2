using System.Threading.Tasks.Sources;

namespace Routing.Primitives;

/// <summary>
/// What a <see cref="ValueTask{T}"/> waits on, used again for wait after wait. Whoever awaits it goes on in the thread pool,
/// never on the thread that brings the result; the source itself is what the pool runs, so that a wait allocates nothing.
/// For one wait at a time: it is the deriving class that knows when the next may begin and then calls <see cref="Reset"/>.
/// </summary>
internal abstract class ReusableSource<T> : IValueTaskSource<T>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<T> _core;
    private Action<object?>? _continuation;
    private object? _continuationState;

    protected short Version => _core.Version;

    protected bool IsPending => IsPendingAt(Version);

    T IValueTaskSource<T>.GetResult(short token) => TakeResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // Throws for a value task of an earlier wait, before anything of this one is touched.
        _core.GetStatus(token);
        if (MustGoElsewhere(flags) || _continuation is not null)
        {
            _core.RunContinuationsAsynchronously = true;
            _core.OnCompleted(continuation, state, token, flags);
            return;
        }

        _continuationState = state;
        _continuation = continuation;
        _core.OnCompleted(static source => ThreadPool.UnsafeQueueUserWorkItem((ReusableSource<T>)source!, preferLocal: true), this, token, ValueTaskSourceOnCompletedFlags.None);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var (continuation, state) = (_continuation!, _continuationState);

        // Before it goes on: what it does may begin the next wait.
        _continuation = null;
        _continuationState = null;
        continuation(state);
    }

    protected void SetResult(T result) => _core.SetResult(result);

    protected void SetException(Exception error) => _core.SetException(error);

    /// <summary>Throws <see cref="InvalidOperationException"/> for the value task of another wait than the one that is on.</summary>
    protected bool IsPendingAt(short token) => _core.GetStatus(token) == ValueTaskSourceStatus.Pending;

    /// <summary>Gives the result to whoever awaited it; may be asked once.</summary>
    protected virtual T TakeResult(short token) => _core.GetResult(token);

    protected void Reset()
    {
        _core.Reset();
        _core.RunContinuationsAsynchronously = false;
    }

    /// <summary>Whether the awaiter asked for a context of its own: to flow with it, or to come back to it.</summary>
    private static bool MustGoElsewhere(ValueTaskSourceOnCompletedFlags flags) =>
        (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != ValueTaskSourceOnCompletedFlags.None
        || ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != ValueTaskSourceOnCompletedFlags.None
            && (SynchronizationContext.Current is not null || TaskScheduler.Current != TaskScheduler.Default));
}
