namespace Routing.Benchmarks.Figures;

/// <summary>Nanoseconds and bytes per run of one operation, with the machine's speed in the same run.</summary>
internal abstract class AbsoluteFigure : Figure
{
    public sealed override string Peer => FigureResult.NoPeer;

    protected abstract Operation Run { get; }

    public sealed override async Task<FigureResult> MeasureAsync()
    {
        var stint = await Stint.PrepareAsync(Run);
        var statistics = await Rounds.MeasureAsync(stint);
        var bytes = await stint.BytesAsync();
        var speed = await MachineSpeed.MeasureAsync();
        return new FigureResult(
            Name, FigureResult.Nanoseconds, Peer, statistics, ("bytes", bytes), ("clock", speed.ClockNs), ("cas", speed.CasNs));
    }

    public sealed override ValueTask RunOnceAsync() => Run.RunAsync(1);
}
