using System.Diagnostics;
using Routing.Diagnostics;

namespace Routing.Pools;

/// <summary>
/// Finds the leases whose holder is gone: a session, connection or stream that was never disposed and that the garbage
/// collector has found. Their connections are closed, never reused, because what ran on them may not have ended. Part of
/// maintenance; rounds do not overlap.
/// </summary>
internal sealed class LaneLeaks(PoolLane lane, PoolContext context)
{
    private int _watched;

    /// <summary>The stack of every so many leases that have an owning object; null for the others. Approximate under contention.</summary>
    public StackTrace? SampleStack() =>
        context.SampleStackEvery != 0 && _watched++ % context.SampleStackEvery == 0 ? new StackTrace(skipFrames: 1, fNeedFileInfo: false) : null;

    public void Collect()
    {
        foreach (var entry in lane.Entries.All)
        {
            var word = entry.Word;
            var version = EntryWord.VersionOf(word);

            // The swap decides: a lease that is returned at this very moment is not lost.
            if (EntryWord.ModeOf(word) == EntryMode.Leased && entry.Watch?.IsLost(version) == true && entry.TryEndLease(version))
            {
                End(entry, version);
            }
        }
    }

    private void End(NodePoolEntry entry, int version)
    {
        var watch = entry.Watch!;
        var stack = CallStack.Describe(watch.StackOf(version));
        var ageMs = context.Clock.ReadMs() - entry.RentedAtMs;
        Log.LeaseLost(context.Logger, entry.TagOf(version), context.Name, lane.KindName, ageMs, stack ?? "not sampled, see Pool:SampleStackEvery");
        PoolMeters.Leaks.Add(1, lane.Tags);
        watch.TellLost();
        lane.Adaptive?.End(holdMs: null);
        entry.Owner = null;
        entry.Discard();
        if (context.OneConnection)
        {
            // The database would end with its only connection.
            lane.Care.Reset(entry, async: true);
            return;
        }

        lane.Care.Close(entry, "its holder was never disposed");
    }
}
