using Routing.Primitives;

namespace Routing.Providers.PostgreSql;

/// <summary>The caller's token, ended by a deadline on the caller's clock as well. Npgsql's own limit knows whole seconds only.</summary>
internal sealed class OpenLimit : IDisposable
{
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;

    public OpenLimit(TimeProvider time, Deadline deadline, CancellationToken cancellationToken)
    {
        Token = cancellationToken;
        if (deadline.IsNone)
        {
            return;
        }

        _timer = new CancellationTokenSource(deadline.Remaining, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
        Token = _linked.Token;
    }

    public CancellationToken Token { get; }

    public bool HasPassed => _timer?.IsCancellationRequested == true;

    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }
}
