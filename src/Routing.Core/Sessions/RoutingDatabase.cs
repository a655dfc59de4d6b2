using Routing.Topology;

namespace Routing.Sessions;

/// <summary>A data source's public face: one-shot calls share one stand-in session, which holds nothing. Thread-safe.</summary>
internal sealed class RoutingDatabase : IRoutingDatabase
{
    private readonly DataSourceRuntime _source;
    private readonly Session _oneShots;
    private readonly Transactor _transactor;

    public RoutingDatabase(DataSourceRuntime source)
    {
        _source = source;
        _oneShots = Session.ForOneShots(source);
        _transactor = new Transactor(source);
        DataSource = new RoutingDataSource(source);
    }

    public string Name => _source.Name;

    public Dialect Dialect => _source.Engine.Dialect;

    public RoutingDataSource DataSource { get; }

    public TopologySnapshot Topology => _source.Topology.Current;

    Session ISqlRunner.Session
    {
        get
        {
            ObjectDisposedException.ThrowIf(_source.IsDisposed, this);
            return _oneShots;
        }
    }

    internal DataSourceRuntime Source => _source;

    public Session OpenSession(SessionOptions? options = null)
    {
        ObjectDisposedException.ThrowIf(_source.IsDisposed, this);
        return new Session(_source, options ?? new SessionOptions());
    }

    public async Task<CommitResult> TransactAsync(
        Func<SessionTransaction, CancellationToken, Task> work, TransactionOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var (commit, _) = await _transactor.RunAsync(
            async (transaction, token) =>
            {
                await work(transaction, token).ConfigureAwait(false);
                return true;
            },
            options,
            ct).ConfigureAwait(false);
        return commit;
    }

    public async Task<TResult> TransactAsync<TResult>(
        Func<SessionTransaction, CancellationToken, Task<TResult>> work, TransactionOptions? options = null, CancellationToken ct = default) =>
        (await _transactor.RunAsync(work, options, ct).ConfigureAwait(false)).Result;
}
