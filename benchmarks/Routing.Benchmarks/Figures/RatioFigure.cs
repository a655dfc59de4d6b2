namespace Routing.Benchmarks.Figures;

/// <summary>Our time ÷ the peer's time for the same work: below 1 is faster. Independent of the machine's speed.</summary>
internal abstract class RatioFigure : Figure
{
    protected abstract Operation OurRun { get; }

    protected abstract Operation PeerRun { get; }

    public sealed override async Task<FigureResult> MeasureAsync()
    {
        var ours = await Stint.PrepareAsync(OurRun);
        var peer = await Stint.PrepareAsync(PeerRun);
        var statistics = await Rounds.MeasureAsync(ours, peer, static (our, their) => our / their);
        return new FigureResult(Name, FigureResult.Ratio, Peer, statistics);
    }
}
