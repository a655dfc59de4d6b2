using Routing.Benchmarks.Peers;

namespace Routing.Benchmarks.Figures;

/// <summary>What does a kind of everyday work cost through <see cref="IRoutingDatabase"/>, against a peer on the same database?</summary>
internal sealed class ComparisonFigure(string name, Work work, string peer, Func<Task<Contest>> start) : RatioFigure
{
    private Contest? _contest;

    public override string Name => name;

    public override string Peer => peer;

    protected override Operation OurRun => work.By(_contest!.Ours);

    protected override Operation PeerRun => work.By(_contest!.Others[0]);

    public override async ValueTask SetUpAsync() => _contest = await start();

    protected override ValueTask CleanUpAsync() => _contest?.DisposeAsync() ?? default;
}
