using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// Opens one connection for a lane within the connect time-out. Its deadline is its own: no caller's cancel reaches it,
/// so what it opens is never thrown away with the caller that happened to start it.
/// </summary>
internal static class ConnectionOpener
{
    /// <param name="async">When false, for a synchronous caller that opens on its own thread, the result is complete.</param>
    public static async ValueTask<Birth> OpenAsync(PoolContext context, PoolLane lane, bool async)
    {
        var physical = await OpenPhysicalAsync(context, lane, async).ConfigureAwait(false);
        try
        {
            var lifetime = context.MaxLifetimeMs == PoolContext.Never
                ? PoolContext.Never
                : context.MaxLifetimeMs - context.Jitter(context.MaxLifetimeMs / 10);
            return new Birth(physical, context.Facade(physical), context.Clock.ReadMs() + lifetime);
        }
        catch
        {
            await physical.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask<PhysicalConnection> OpenPhysicalAsync(PoolContext context, PoolLane lane, bool async)
    {
        using var limit = new CancellationTokenSource(context.Connect, context.Time);
        await using var stop = context.Stopping.Token
            .UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit)
            .ConfigureAwait(false);
        var opening = context.Driver.OpenAsync(lane.Kind, async, Deadline.After(context.Time, context.Connect), limit.Token);
        if (opening.IsCompleted)
        {
            return await opening.ConfigureAwait(false);
        }

        var task = opening.AsTask();
        try
        {
            return await task.WaitAsync(context.Connect + context.Cancel, context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException error) when (!task.IsCompleted)
        {
            // A driver that ignores deadline and token must not keep its place for ever: that is how a pool drops to zero.
            Log.OpenAbandoned(context.Logger, context.Name, lane.KindName);
            _ = CloseWhenOpenedAsync(task);
            throw new TimeoutException($"the driver ignored its deadline of {Durations.Format(context.Connect)}", error);
        }
    }

    private static async Task CloseWhenOpenedAsync(Task<PhysicalConnection> opening)
    {
        try
        {
            var physical = await opening.ConfigureAwait(false);
            await physical.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Its open was given up and reported long ago; nobody is left to tell.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
