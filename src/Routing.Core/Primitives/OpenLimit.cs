namespace Routing.Primitives;

/// <summary>
/// A caller's token, ended by a deadline on the caller's clock as well, for drivers whose own limits know whole seconds only.
/// Dispose it when the work has ended. Thread-safe but for its dispose.
/// </summary>
public sealed class OpenLimit : IDisposable
{
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;

    /// <summary>Starts the limit.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="deadline">When to give up; <see cref="Deadline.None"/> leaves the token alone.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public OpenLimit(TimeProvider time, Deadline deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        Token = cancellationToken;
        if (deadline.IsNone)
        {
            return;
        }

        _timer = new CancellationTokenSource(deadline.Remaining, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
        Token = _linked.Token;
    }

    /// <summary>Ends with the caller's token and with the deadline.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the deadline has ended it.</summary>
    public bool HasPassed => _timer?.IsCancellationRequested == true;

    /// <summary>Stops the limit's timer.</summary>
    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }
}
