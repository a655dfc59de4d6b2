using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// What does our pool itself cost, one caller, a connection always idle, a driver that costs nothing, against a pool that
/// one would write in forty lines? Those have no time-out, no lifetime, no reset, no validation, no leak or double-return check.
/// </summary>
internal sealed class StubPoolFigure(string name, string peer, Func<Operation> peerRun) : RatioFigure
{
    private NodePool? _pool;
    private Operation? _peerRun;

    public override string Name => name;

    public override string Peer => peer;

    protected override Operation OurRun => Operation.Batch(times => Cycles.RunAsync(_pool!, Lane.Writer, times));

    protected override Operation PeerRun => _peerRun!;

    public static StubPoolFigure AgainstChannel { get; } = new("pool-stub-channel", ChannelPool<object>.Label, static () =>
    {
        var pool = StubConnections.Channel(Size);
        return Operation.Batch(times => Cycles.RunAsync(pool, times));
    });

    public static StubPoolFigure AgainstSemaphore { get; } = new("pool-stub-semaphore", SemaphorePool<object>.Label, static () =>
    {
        var pool = StubConnections.Semaphore(Size);
        return Operation.Batch(times => Cycles.RunAsync(pool, times));
    });

    public static StubPoolFigure AgainstObjectPool { get; } = new("pool-stub-objectpool", "Microsoft.Extensions.ObjectPool: no bound, no waiters", static () =>
    {
        var pool = StubConnections.Objects();
        return Operation.Batch(times => Cycles.Run(pool, times));
    });

    private static int Size => new Configuration.PoolOptions().MaxSize;

    public override ValueTask SetUpAsync()
    {
        _pool = StubConnections.Pool(Size);
        _peerRun = peerRun();
        return default;
    }

    protected override ValueTask CleanUpAsync() => _pool?.DisposeAsync() ?? default;
}
