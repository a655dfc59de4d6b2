using Routing.Primitives;

namespace Routing.Pools;

/// <summary>From when to when a wait lasts, in the milliseconds of the pool's clock.</summary>
internal readonly record struct WaitTime(long StartMs, long EndMs, bool EndsAtCallersDeadline)
{
    /// <summary>From here on a wait may end a tick of the coarse clock late, for which it need not read the exact one.</summary>
    private const long LongMs = 1000;

    /// <summary>The wait that begins now and ends at <paramref name="deadline"/> or after the pool's time-out, whichever comes first.</summary>
    public static WaitTime Of(Deadline deadline, PoolContext context)
    {
        if (deadline.IsNone && context.RentTimeoutMs >= LongMs)
        {
            var coarse = context.Clock.CoarseMs;
            return new WaitTime(coarse, coarse + context.RentTimeoutMs + context.Clock.CoarsenessMs, EndsAtCallersDeadline: false);
        }

        var now = context.Clock.ReadMs();
        var limit = deadline.IsNone ? context.RentTimeoutMs : (long)Math.Ceiling(deadline.Remaining.TotalMilliseconds);
        return !deadline.IsNone && limit <= context.RentTimeoutMs
            ? new WaitTime(now, now + limit, EndsAtCallersDeadline: true)
            : new WaitTime(now, now + context.RentTimeoutMs, EndsAtCallersDeadline: false);
    }
}
