using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>How a reset ended.</summary>
/// <param name="IsClean">Whether the connection may be used again.</param>
/// <param name="MayStillRun">Whether the driver ignored its token, so that the connection may still be in use by the reset.</param>
/// <param name="Error">What it threw, if anything.</param>
internal readonly record struct ResetOutcome(bool IsClean, bool MayStillRun, Exception? Error);

/// <summary>
/// What a lane asks of a connection that nobody holds. Each ends within its time-out even when the driver ignores it, and
/// none throws: a connection that cannot do what it is asked is not worth an error to whoever comes next.
/// </summary>
internal static class ConnectionCare
{
    /// <summary>
    /// Brings the session back to its baseline. Complete, without allocating, when the driver needs no I/O; otherwise
    /// bounded by the cancel time-out. A synchronous reset is bounded by the driver's own command time-out.
    /// </summary>
    public static ValueTask<ResetOutcome> ResetAsync(PoolContext context, NodePoolEntry entry, bool async)
    {
        ValueTask<bool> reset;
        try
        {
            reset = StartReset(context, entry, async);
        }
#pragma warning disable CA1031 // Whatever a reset throws means the same: not clean. The lane logs it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new ValueTask<ResetOutcome>(new ResetOutcome(IsClean: false, MayStillRun: false, error));
        }

        if (reset.IsCompletedSuccessfully)
        {
            return new ValueTask<ResetOutcome>(new ResetOutcome(reset.GetAwaiter().GetResult(), MayStillRun: false, Error: null));
        }

        using (DetachedFlow.Begin())
        {
            return FinishResetAsync(context, entry, reset);
        }
    }

    /// <summary>Asks for a sign of life, within the connect time-out.</summary>
    public static async ValueTask<bool> ValidateAsync(PoolContext context, NodePoolEntry entry, bool async)
    {
        try
        {
            using var limit = new CancellationTokenSource(context.Connect, context.Time);
            var validation = entry.Physical.ValidateAsync(async, limit.Token);
            var alive = validation.IsCompleted
                ? await validation.ConfigureAwait(false)
                : await validation.AsTask().WaitAsync(context.Connect + context.Cancel, context.Time).ConfigureAwait(false);
            return alive && !entry.Physical.IsBroken;
        }
#pragma warning disable CA1031 // A connection that cannot answer is closed, whatever it throws.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.ValidationFailed(context.Logger, error, context.Name);
            return false;
        }
    }

    /// <summary>Closes it for good. A close that hangs is given up after the cancel time-out, so that it does not keep its place for ever.</summary>
    public static async ValueTask CloseAsync(PoolContext context, NodePoolEntry entry)
    {
        try
        {
            entry.ResetCancellation?.Dispose();
            var close = entry.Physical.DisposeAsync();
            if (close.IsCompleted)
            {
                await close.ConfigureAwait(false);
                return;
            }

            await close.AsTask().WaitAsync(context.Cancel, context.Time).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Closed or not, the pool has done with it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.CloseFailed(context.Logger, error, context.Name);
        }
    }

    private static ValueTask<bool> StartReset(PoolContext context, NodePoolEntry entry, bool async)
    {
        var cancellation = entry.ResetCancellation ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, context.Time);
        if (!async)
        {
            return entry.Physical.ResetAsync(entry.Dirt, async: false, cancellation.Token);
        }

        using (DetachedFlow.Begin())
        {
            return entry.Physical.ResetAsync(entry.Dirt, async: true, cancellation.Token);
        }
    }

    private static async ValueTask<ResetOutcome> FinishResetAsync(PoolContext context, NodePoolEntry entry, ValueTask<bool> reset)
    {
        var cancellation = entry.ResetCancellation!;
        var task = reset.AsTask();
        var clean = false;
        Exception? failure = null;
        try
        {
            cancellation.CancelAfter(context.Cancel);

            // Twice the time-out: a driver that heeds its token ends well before, and one that does not is given up.
            clean = await task.WaitAsync(context.Cancel * 2, context.Time).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a reset throws means the same: not clean. The lane logs it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = error;
        }

        if (!cancellation.TryReset())
        {
            cancellation.Dispose();
            entry.ResetCancellation = null;
        }

        if (!task.IsCompleted)
        {
            entry.Physical.Interrupt();
        }

        return new ResetOutcome(clean, !task.IsCompleted, failure);
    }
}
