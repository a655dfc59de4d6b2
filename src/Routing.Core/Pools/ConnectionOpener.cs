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
        if (!async && context.IsSystemTime && !context.Driver.AlwaysFresh)
        {
            return OpenBlocking(context, lane, limit.Token);
        }

        var opening = context.Driver.OpenAsync(lane.Kind, async, Deadline.After(context.Time, context.Connect), limit.Token);
        if (opening.IsCompleted)
        {
            return await opening.ConfigureAwait(false);
        }

        var task = opening.AsTask();
        await ((Task)task).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompleted)
        {
            // Its time to obey begins when it has been told. Where everything is late, timers above all, a time counted from
            // the start would be over by then, and the node would be asked again beside opens that are just about to end.
            await ((Task)task).WaitAsync(context.Cancel, context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (task.IsCompleted)
        {
            return await task.ConfigureAwait(false);
        }

        _ = CloseWhenOpenedAsync(task);
        throw Abandoned(context, lane);
    }

    /// <summary>
    /// A blocking open that never ends would hold its caller, too. Npgsql's has no time-out left when what remains of it is
    /// less than a millisecond after a step, as where a lost packet is sent again just then; MySql.Data's has none after connecting.
    /// </summary>
    private static PhysicalConnection OpenBlocking(PoolContext context, PoolLane lane, CancellationToken stopping)
    {
        var deadline = Deadline.After(context.Time, context.Connect);
        return BlockingWork.TryDo(
#pragma warning disable VSTHRD002 // On a thread made for it, so a driver that goes asynchronous all the same blocks nobody else.
            () => context.Driver.OpenAsync(lane.Kind, async: false, deadline, stopping).AsTask().GetAwaiter().GetResult(),
#pragma warning restore VSTHRD002
            BlockingWork.OpenBound(context.Connect, context.Cancel),
            static late => _ = late.DisposeAsync().AsTask(),
            out var opened)
            ? opened
            : throw Abandoned(context, lane);
    }

    /// <summary>A driver that ignores deadline and token must not keep its place for ever: that is how a pool drops to zero.</summary>
    private static TimeoutException Abandoned(PoolContext context, PoolLane lane)
    {
        Log.OpenAbandoned(context.Logger, context.Name, lane.KindName);
        return new TimeoutException($"the driver ignored its deadline of {Durations.Format(context.Connect)}");
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
