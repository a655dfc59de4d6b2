using Routing.Primitives;

namespace Routing.Sessions;

/// <summary>
/// Runs a start action once, before the first statement: callers that come while it runs wait for it, each with its own
/// token. A failed start is tried again by the next caller. A blocking caller starts by itself, and waits for nobody
/// but another blocking one that does so already: a start on the thread pool would wait for a thread while all of them may be
/// blocked by callers like this one. So both kinds may start at the same time; the start must not mind. Thread-safe.
/// </summary>
/// <param name="start">Given whether to do I/O asynchronously; when not, its task is complete.</param>
internal sealed class StartOnce(Func<bool, CancellationToken, ValueTask> start)
{
    private readonly Lock _lock = new();
    private Task? _running;
    private Task? _blocking;
    private bool _done;

    public bool IsDone => Volatile.Read(ref _done);

    public ValueTask RunAsync(bool async, CancellationToken ct)
    {
        if (IsDone)
        {
            return ValueTask.CompletedTask;
        }

        if (async)
        {
            return new ValueTask(Join().WaitAsync(ct));
        }

        RunHere(ct);
        return ValueTask.CompletedTask;
    }

    private Task Join()
    {
        lock (_lock)
        {
            if (_running is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // What the start begins outlives the caller that happened to come first.
                using (DetachedFlow.Begin())
                {
                    _running = Task.Run(RunStartAsync, CancellationToken.None);
                }
            }

            return _running;
        }
    }

    private void RunHere(CancellationToken ct)
    {
        Task? other;
        var mine = new TaskCompletionSource();
        lock (_lock)
        {
            other = _blocking is { IsCompleted: false } ? _blocking : null;
            _blocking = other ?? mine.Task;
        }

        if (other is not null)
        {
            // The thread that completes it is one that starts, not one of the pool.
#pragma warning disable VSTHRD002, CA1849
            other.WaitAsync(ct).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA1849
            return;
        }

        try
        {
            using (DetachedFlow.Begin())
            {
                start(false, CancellationToken.None).Completed();
            }

            Volatile.Write(ref _done, true);
            mine.SetResult();
        }
        catch (Exception error)
        {
            // Those who wait fail with it, too, and nobody may be there to see it.
            mine.SetException(error);
            _ = mine.Task.Exception;
            throw;
        }
    }

    private async Task RunStartAsync()
    {
        // Not the caller's token: one impatient caller must not cancel the start that others wait for. Its bounds are
        // the connect time-outs of the nodes it asks.
        await start(true, CancellationToken.None).ConfigureAwait(false);
        Volatile.Write(ref _done, true);
    }
}
