using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// The last failed attempt to open a connection. Until <paramref name="RetryAtMs"/> nothing is opened; then one probe is,
/// and while it runs the others still fail at once with this error. From <paramref name="ForgottenAtMs"/> on it is too old
/// to speak for the node. Immutable.
/// </summary>
internal sealed record OpenFault(
    Exception Error, string What, bool IsCapacity, long DurationMs, long FailedAtMs, long RetryAtMs, long ForgottenAtMs);

/// <summary>
/// Keeps a node that refuses connections from being asked by every caller: after a failed open none is made for a
/// jittered 100-250 ms, then a single probe, until one succeeds. Guarded by the lane's lock.
/// </summary>
internal sealed class FailFast(PoolContext context, PoolErrors errors, Action retry)
{
    private const int AtLeastMs = 100;
    private const int SpreadMs = 150;
    private const int MemoryMs = 1000;

    private OpenFault? _fault;
    private ITimer? _timer;

    /// <summary>Whether the retry is set.</summary>
    public bool IsArmed { get; private set; }

    /// <summary>Whether the last open that ended failed, however long ago.</summary>
    public bool HasFault => _fault is not null;

    /// <summary>The failure that still counts at that moment.</summary>
    public OpenFault? FaultAt(long nowMs) => _fault is not null && nowMs < _fault.ForgottenAtMs ? _fault : null;

    /// <summary>Whether one more open may be made while <paramref name="opening"/> are in flight.</summary>
    public bool Allows(long nowMs, int opening) =>
        FaultAt(nowMs) is not { } fault || (nowMs >= fault.RetryAtMs && opening == 0);

    /// <summary>What a failed open means from now on. Needs no lock; it counts only when given to <see cref="Record"/>.</summary>
    public OpenFault Judge(Exception error, TimeSpan duration)
    {
        var now = context.Clock.ReadMs();
        var retryAt = now + AtLeastMs + context.Jitter(SpreadMs);
        return new OpenFault(
            Secrets.Hide(error),
            Secrets.Hide(errors.Describe(error)),
            context.Driver.Classify(error) == ErrorClass.Capacity,
            (long)duration.TotalMilliseconds,
            now,
            retryAt,
            retryAt + (long)context.Connect.TotalMilliseconds + MemoryMs);
    }

    public void Record(OpenFault fault) => _fault = fault;

    /// <summary>Forgets the failure, which it returns: an open succeeded, or the pool starts anew.</summary>
    public OpenFault? Clear()
    {
        var fault = _fault;
        _fault = null;
        return fault;
    }

    /// <summary>Those who wait although no open may be made get their probe when the window ends, even if nobody else comes.</summary>
    public void Arm(long nowMs)
    {
        if (IsArmed)
        {
            return;
        }

        IsArmed = true;
        using (DetachedFlow.Begin())
        {
            _timer ??= context.Time.CreateTimer(
                static retry => ((Action)retry!)(), retry, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, _fault!.RetryAtMs - nowMs)), Timeout.InfiniteTimeSpan);
    }

    public void Disarm() => IsArmed = false;

    public void Stop() => _timer?.Dispose();
}
