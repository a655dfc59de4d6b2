using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Routing.Diagnostics;

namespace Routing.Primitives;

/// <summary>
/// What a <see cref="ValueTask{T}"/> waits on, used again for wait after wait. Whoever awaits it goes on in the thread pool,
/// never on the thread that brings the result; the source itself is what the pool runs, so that a wait allocates nothing.
/// <para>
/// Two parties meet in <see cref="_stage"/>, each with one swap: who brings the result writes it before, who awaits writes
/// where to go on before; the one who comes second sends the continuation on its way. For one wait at a time; its
/// result may be taken once, which makes it ready for the next.
/// </para>
/// </summary>
internal abstract class ReusableSource<T> : IValueTaskSource<T>, IThreadPoolWorkItem
{
    private const int Pending = 0;
    private const int Awaited = 1;
    private const int Done = 2;

    private int _stage;
    private short _version;
    private T? _result;
    private ExceptionDispatchInfo? _error;
    private Action<object?>? _continuation;
    private object? _continuationState;

    protected short Version => _version;

    protected bool IsPending => Volatile.Read(ref _stage) != Done;

    T IValueTaskSource<T>.GetResult(short token)
    {
        Check(token);
        if (IsPending)
        {
            throw CodedErrors.Bug("the result of a wait was taken before its end.");
        }

        var (result, error) = (_result, _error);
        _version = unchecked((short)(_version + 1));
        _result = default;
        _error = null;
        _stage = Pending;

        // From here on another wait may begin.
        OnTaken();
        error?.Throw();
        return result!;
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token)
    {
        Check(token);
        return IsPending ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // Before anything of this wait is touched by a value task of an earlier one.
        Check(token);
        if (_continuation is not null)
        {
            throw CodedErrors.Bug("a wait was awaited twice.");
        }

        if (Elsewhere.For(continuation, state, flags) is { } elsewhere)
        {
            (continuation, state) = (Elsewhere.Continue, elsewhere);
        }

        _continuationState = state;
        _continuation = continuation;
        if (Interlocked.CompareExchange(ref _stage, Awaited, Pending) == Done)
        {
            GoOn();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var (continuation, state) = (_continuation!, _continuationState);

        // Before it goes on: what it does may begin the next wait.
        _continuation = null;
        _continuationState = null;
        continuation(state);
    }

    protected void SetResult(T result)
    {
        CheckNotDone();
        _result = result;
        Finish();
    }

    protected void SetException(Exception error)
    {
        CheckNotDone();
        _error = ExceptionDispatchInfo.Capture(error);
        Finish();
    }

    /// <summary>Whoever waited has taken the result: the next wait may begin.</summary>
    protected abstract void OnTaken();

    private void Finish()
    {
        // Once somebody awaits, the stage is the finisher's alone.
        if (Volatile.Read(ref _stage) == Awaited)
        {
            Volatile.Write(ref _stage, Done);
            GoOn();
            return;
        }

        switch (Interlocked.Exchange(ref _stage, Done))
        {
            case Awaited:
                GoOn();
                break;
            case Done:
                throw CodedErrors.Bug("a wait ended twice.");
            default:
                break;
        }
    }

    private void CheckNotDone()
    {
        if (!IsPending)
        {
            throw CodedErrors.Bug("a wait ended twice.");
        }
    }

    private void GoOn() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    private void Check(short token)
    {
        if (token != _version)
        {
            ThrowOtherWait();
        }
    }

    private static void ThrowOtherWait() =>
        throw CodedErrors.Bug("the value task of an earlier wait was awaited again.");
}
