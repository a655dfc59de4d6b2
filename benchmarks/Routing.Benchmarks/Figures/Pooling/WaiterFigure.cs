using Routing.Benchmarks.Peers.Pooling;
using Routing.Configuration;
using Routing.Pools;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// What does a wait cost, with a time-out and a token, that ends with the connection? One caller waits in earnest
/// (its continuation is registered) before the other gives back what it holds, and goes on from there: one wait, one
/// hand-over, one dispatch by the thread pool, on both sides.
/// </summary>
internal sealed class WaiterFigure : RatioFigure
{
    private static readonly TimeSpan Patience = new PoolOptions().RentTimeout;

    private readonly CancellationTokenSource _neverCancelled = new();
    private NodePool? _pool;

    public override string Name => "pool-waiter";

    public override string Peer => "SemaphoreSlim.WaitAsync(timeout, token)";

    protected override Operation OurRun
    {
        get
        {
            var relay = new PoolRelay(_pool!, _neverCancelled.Token);
            return Operation.Batch(relay.RunAsync);
        }
    }

    protected override Operation PeerRun
    {
        get
        {
            var relay = new SemaphoreRelay(Patience, _neverCancelled.Token);
            return Operation.Batch(relay.RunAsync);
        }
    }

    public override ValueTask SetUpAsync()
    {
        _pool = StubConnections.Pool(max: 1);
        return default;
    }

    protected override ValueTask CleanUpAsync()
    {
        _neverCancelled.Dispose();
        return _pool?.DisposeAsync() ?? default;
    }
}
