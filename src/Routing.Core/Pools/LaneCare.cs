using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// What happens to a lane's connections that nobody holds: they are reset, asked for a sign of life, closed. Whoever hands
/// one over has taken it away from everybody else first. Each way ends with the connection released or its place free, and
/// comes back through <see cref="PoolLane.Drive()"/>. Thread-safe.
/// </summary>
internal sealed class LaneCare(PoolLane lane, PoolContext context, LaneState state)
{
    public void Reset(NodePoolEntry entry, bool async)
    {
        var reset = ConnectionCare.ResetAsync(context, entry, async);
        if (reset.IsCompletedSuccessfully)
        {
            EndReset(entry, reset.GetAwaiter().GetResult());
            return;
        }

        using (DetachedFlow.Begin())
        {
            _ = FinishResetAsync(entry, reset);
        }
    }

    /// <summary>Asks for a sign of life; <see cref="LaneState.Validating"/> counts it already.</summary>
    public void StartValidation(NodePoolEntry entry, PoolWaiter? by)
    {
        using (DetachedFlow.Begin())
        {
            lane.DriveAfter(ValidateAsync(entry, by), async: by is null);
        }
    }

    /// <param name="isDriven">Whether the caller is <see cref="PoolLane.Drive()"/>, which takes the next step itself when the close is done at once.</param>
    public void Close(NodePoolEntry entry, string reason, bool isDriven = false)
    {
        Log.ConnectionClosing(context.Logger, lane.PoolName, lane.KindName, reason);
        PoolMeters.CountDiscard(lane.Tags, reason);
        using (DetachedFlow.Begin())
        {
            _ = CloseAsync(entry, isDriven);
        }
    }

    private async Task FinishResetAsync(NodePoolEntry entry, ValueTask<ResetOutcome> reset) =>
        EndReset(entry, await reset.ConfigureAwait(false));

    private void EndReset(NodePoolEntry entry, ResetOutcome outcome)
    {
        PoolMeters.CountReset(lane.Tags, outcome.IsClean, entry.Physical.HasPendingReset);
        if (outcome.IsClean)
        {
            lane.Returns.Release(entry);
            return;
        }

        if (context.OneConnection && !outcome.MayStillRun && !entry.Physical.IsBroken)
        {
            Log.ResetFailedButKept(context.Logger, outcome.Error, lane.PoolName, lane.KindName);
            lane.Returns.Release(entry);
            return;
        }

        Log.ResetFailed(context.Logger, outcome.Error, lane.PoolName, lane.KindName);
        Close(entry, "it could not be reset");
    }

    private async Task ValidateAsync(NodePoolEntry entry, PoolWaiter? by)
    {
        var alive = await ConnectionCare.ValidateAsync(context, entry, async: by is null).ConfigureAwait(false);
        lock (lane.Gate)
        {
            state.Validating--;
            by?.BecomeReady_NeedsLock();
        }

        if (alive)
        {
            lane.Returns.Release(entry);
        }
        else
        {
            Close(entry, "it gave no sign of life after idling");
        }
    }

    private async Task CloseAsync(NodePoolEntry entry, bool isDriven)
    {
        var close = ConnectionCare.CloseAsync(context, entry);
        isDriven &= close.IsCompleted;
        await close.ConfigureAwait(false);
        lock (lane.Gate)
        {
            var gaveUp = entry.MakesRoom;
            entry.Vacate_NeedsLock();
            lane.FreePlace_NeedsLock(gaveUp);
        }

        if (!isDriven)
        {
            lane.Drive();
        }
    }
}
