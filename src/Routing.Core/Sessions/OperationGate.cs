using Routing.Diagnostics;

namespace Routing.Sessions;

/// <summary>
/// Lets one operation at a time through and says which one is in the way: never a queue, never a race. A struct inside
/// its owner; the compare-and-swap is what makes two racing callers see each other.
/// </summary>
internal struct OperationGate
{
    private string? _running;
    private long _startedAt;

    public void Enter(string what, string owner, TimeProvider time)
    {
        if (Interlocked.CompareExchange(ref _running, what, null) is { } first)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.OperationRunning,
                $"A {owner} is for one operation at a time: '{first}', started {time.GetElapsedTime(Volatile.Read(ref _startedAt)).TotalMilliseconds:F0} ms ago, is still running, so '{what}' was not started. Await the first one, or open a second {owner}.");
        }

        Volatile.Write(ref _startedAt, time.GetTimestamp());
    }

    /// <summary>As <see cref="Enter"/>, for what can wait until the running operation has ended; false while one runs.</summary>
    public bool TryEnter(string what, TimeProvider time)
    {
        if (Interlocked.CompareExchange(ref _running, what, null) is not null)
        {
            return false;
        }

        Volatile.Write(ref _startedAt, time.GetTimestamp());
        return true;
    }

    /// <summary>A full fence: whoever leaves sees what was written by one who was refused, and the other way round.</summary>
    public void Exit() => Interlocked.Exchange(ref _running, null);
}
