namespace Routing.Primitives;

/// <summary>
/// A cheap clock in milliseconds for judging idleness and age, where a few milliseconds do not matter. On the system's
/// clock it is <see cref="Environment.TickCount64"/>, which the kernel keeps anyway: a fraction of the price of a
/// timestamp, never stale, and no loop has to advance it. On any other clock it is that clock, so that tests drive it.
/// Immutable and thread-safe.
/// </summary>
internal sealed class CoarseClock(TimeProvider time)
{
    private readonly TimeProvider? _other = ReferenceEquals(time, TimeProvider.System) ? null : time;

    public long NowMs => _other is null ? Environment.TickCount64 : (long)_other.GetElapsedTime(0).TotalMilliseconds;
}
