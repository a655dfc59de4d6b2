using Routing.Primitives;

namespace Routing.Sessions;

/// <summary>
/// Runs a start action once, before the first statement: callers that come while it runs wait for it, each with its own
/// token. A failed start is tried again by the next caller. Thread-safe.
/// </summary>
internal sealed class StartOnce(Func<CancellationToken, Task> start)
{
    private readonly Lock _lock = new();
    private Task? _running;
    private bool _done;

    public bool IsDone => Volatile.Read(ref _done);

    public async ValueTask RunAsync(bool async, CancellationToken ct)
    {
        if (IsDone)
        {
            return;
        }

        Task running;
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

            running = _running;
        }

        if (!async)
        {
            // The one place where a synchronous caller waits for asynchronous work: once in the life of a data source,
            // when it was used before the host had started it.
#pragma warning disable VSTHRD002, CA1849
            running.WaitAsync(ct).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA1849
            return;
        }

        await running.WaitAsync(ct).ConfigureAwait(false);
    }

    private async Task RunStartAsync()
    {
        // Not the caller's token: one impatient caller must not cancel the start that others wait for. Its bounds are
        // the connect time-outs of the nodes it asks.
        await start(CancellationToken.None).ConfigureAwait(false);
        Volatile.Write(ref _done, true);
    }
}
