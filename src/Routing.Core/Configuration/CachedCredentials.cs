namespace Routing.Configuration;

/// <summary>
/// One node's credentials from an <see cref="ICredentialProvider"/>, kept until they expire. Concurrent callers share one
/// call of the provider; it is cancelled when the last of them has given up. A failed call is not kept: the next caller
/// tries again. For engines: get, open, and when the server refuses the log-in, <see cref="Invalidate"/> and open once more.
/// Thread-safe.
/// </summary>
public sealed class CachedCredentials
{
    private readonly Lock _lock = new();
    private readonly ICredentialProvider _provider;
    private readonly TimeProvider _time;
    private readonly string _dataSource;
    private readonly string _node;
    private NodeCredentials? _cached;
    private Flight? _flight;

    /// <summary>Creates an empty cache; asks nothing yet.</summary>
    /// <param name="provider">Whom to ask.</param>
    /// <param name="time">The clock that expiry is judged by.</param>
    /// <param name="dataSource">The data source's name.</param>
    /// <param name="node">The node's name.</param>
    public CachedCredentials(ICredentialProvider provider, TimeProvider time, string dataSource, string node)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(time);
        _provider = provider;
        _time = time;
        _dataSource = dataSource;
        _node = node;
    }

    /// <summary>The cached credentials, completed synchronously while they are valid; else the provider's. Throws what it throws.</summary>
    /// <param name="cancellationToken">Gives up this caller's wait; others go on waiting.</param>
    public ValueTask<NodeCredentials> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Flight flight;
        lock (_lock)
        {
            if (_cached is { } cached && (cached.ExpiresAt is not { } end || _time.GetUtcNow() < end))
            {
                return new ValueTask<NodeCredentials>(cached);
            }

            _cached = null;
            flight = _flight ??= Start_NeedsLock();
            flight.Waiting++;
        }

        return new ValueTask<NodeCredentials>(JoinAsync(flight, cancellationToken));
    }

    /// <summary>Drops the cached credentials if they are still the refused ones; newer ones, which another open may have got meanwhile, stay.</summary>
    /// <param name="refused">The credentials that the server refused, as <see cref="GetAsync"/> gave them.</param>
    public void Invalidate(NodeCredentials refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        lock (_lock)
        {
            // By reference: the provider may answer equal credentials again, and those were not tried yet.
            if (ReferenceEquals(_cached, refused))
            {
                _cached = null;
            }
        }
    }

    private Flight Start_NeedsLock()
    {
        var flight = new Flight();

        // The call outlives its first caller, so it must not run in that caller's ambient transaction or activity.
        var flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        try
        {
            flight.Call = Task.Run(() => RunAsync(flight));
        }
        finally
        {
            if (flow != default)
            {
                flow.Undo();
            }
        }

        return flight;
    }

    private async Task<NodeCredentials> RunAsync(Flight flight)
    {
        NodeCredentials? credentials = null;
        try
        {
            credentials = await _provider.GetAsync(_dataSource, _node, flight.Cancellation.Token).ConfigureAwait(false);
            return credentials;
        }
        finally
        {
            Finish(flight, credentials);
        }
    }

    private void Finish(Flight flight, NodeCredentials? credentials)
    {
        lock (_lock)
        {
            // A flight that everybody left is not the current one any more, and its answer is not wanted.
            if (_flight == flight)
            {
                _flight = null;
                _cached = credentials;
            }
        }
    }

    private async Task<NodeCredentials> JoinAsync(Flight flight, CancellationToken cancellationToken)
    {
        try
        {
            return await flight.Call.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(flight);
        }
    }

    private void Leave(Flight flight)
    {
        lock (_lock)
        {
            if (--flight.Waiting > 0 || flight.Call.IsCompleted)
            {
                return;
            }

            // Whoever comes next starts anew rather than joining a call that is being cancelled.
            if (_flight == flight)
            {
                _flight = null;
            }
        }

        flight.Cancellation.Cancel();
        _ = flight.Call.ContinueWith(
            static call => call.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private sealed class Flight
    {
        public CancellationTokenSource Cancellation { get; } = new();

        public Task<NodeCredentials> Call { get; set; } = null!;

        public int Waiting { get; set; }
    }
}
