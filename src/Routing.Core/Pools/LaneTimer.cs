using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// One timer of a lane, set again and again; made when first set. Guarded by the lane's lock, except that its callback runs
/// without it.
/// </summary>
internal sealed class LaneTimer(TimeProvider time, TimerCallback callback) : IDisposable
{
    private ITimer? _timer;

    /// <summary>Sets it; a time that has passed is a millisecond from now.</summary>
    public void ArmWithin(long ms)
    {
        if (_timer is null)
        {
            // It outlives whoever sets it first and must not keep that one's AsyncLocals.
            using (DetachedFlow.Begin())
            {
                _timer = time.CreateTimer(callback, state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, ms)), Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();
}
