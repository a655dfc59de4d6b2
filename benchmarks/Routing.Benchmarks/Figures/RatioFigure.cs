namespace Routing.Benchmarks.Figures;

/// <summary>
/// Our time ÷ the peer's time for the same work: below 1 is faster. Independent of the machine's speed. Also what one run
/// takes and allocates on either side, in nanoseconds and bytes.
/// </summary>
internal abstract class RatioFigure : Figure
{
    protected abstract Operation OurRun { get; }

    protected abstract Operation PeerRun { get; }

    public sealed override async Task<FigureResult> MeasureAsync()
    {
        var ours = await Stint.PrepareAsync(OurRun);
        var peer = await Stint.PrepareAsync(PeerRun);
        var rounds = await Rounds.MeasureAsync(ours, peer);
        return ResultOf(Name, Peer, rounds, await ours.BytesAsync(), await peer.BytesAsync());
    }

    public sealed override async ValueTask RunOnceAsync()
    {
        await OurRun.RunAsync(1);
        await PeerRun.RunAsync(1);
    }

    /// <summary>What the rounds and the bytes of either side come to.</summary>
    internal static FigureResult ResultOf(string name, string peer, IReadOnlyList<Round> rounds, double ourBytes, double peerBytes) => new(
        name,
        FigureResult.Ratio,
        peer,
        Statistics.Of(rounds.Select(static round => round.Ours / round.Peer)),
        ("ours-ns", Statistics.Of(rounds.Select(static round => round.Ours)).Median),
        ("peer-ns", Statistics.Of(rounds.Select(static round => round.Peer)).Median),
        ("ours-bytes", ourBytes),
        ("peer-bytes", peerBytes));
}
