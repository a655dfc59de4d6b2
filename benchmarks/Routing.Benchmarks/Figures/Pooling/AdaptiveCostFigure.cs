using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>What do rent and return cost with <c>Pool:Adaptive</c> on, one caller, a connection always idle, against the same pool without?</summary>
internal sealed class AdaptiveCostFigure : RatioFigure
{
    private NodePool? _adaptive;
    private NodePool? _plain;

    public override string Name => "pool-adaptive";

    public override string Peer => "the same pool without Pool:Adaptive";

    protected override Operation OurRun => Operation.Batch(times => Cycles.RunAsync(_adaptive!, Lane.Writer, times));

    protected override Operation PeerRun => Operation.Batch(times => Cycles.RunAsync(_plain!, Lane.Writer, times));

    public override ValueTask SetUpAsync()
    {
        var size = new Configuration.PoolOptions().MaxSize;
        _adaptive = StubConnections.Pool(size, adaptive: true);
        _plain = StubConnections.Pool(size);
        return default;
    }

    protected override async ValueTask CleanUpAsync()
    {
        await (_adaptive?.DisposeAsync() ?? default);
        await (_plain?.DisposeAsync() ?? default);
    }
}
