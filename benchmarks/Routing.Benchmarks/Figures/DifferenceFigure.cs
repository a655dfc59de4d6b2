namespace Routing.Benchmarks.Figures;

/// <summary>
/// Our nanoseconds per run − those of a bare peer that does the same work: what we add. Also the bytes we add, and the
/// machine's speed in the same run, without which nanoseconds cannot be compared.
/// </summary>
internal abstract class DifferenceFigure : Figure
{
    protected abstract Operation OurRun { get; }

    protected abstract Operation PeerRun { get; }

    public sealed override async Task<FigureResult> MeasureAsync()
    {
        var ours = await Stint.PrepareAsync(OurRun);
        var peer = await Stint.PrepareAsync(PeerRun);
        var statistics = await Rounds.MeasureAsync(ours, peer, static (our, their) => our - their);
        var bytes = await ours.BytesAsync() - await peer.BytesAsync();
        var speed = await MachineSpeed.MeasureAsync();
        return new FigureResult(
            Name, FigureResult.Nanoseconds, Peer, statistics, ("bytes", bytes), ("clock", speed.ClockNs), ("cas", speed.CasNs));
    }

    public sealed override async ValueTask RunOnceAsync()
    {
        await OurRun.RunAsync(1);
        await PeerRun.RunAsync(1);
    }
}
