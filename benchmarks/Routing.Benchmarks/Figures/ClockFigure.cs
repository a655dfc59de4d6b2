namespace Routing.Benchmarks.Figures;

/// <summary>What does one read of the clock cost here? A yardstick for every absolute figure, and a proof of the harness: value and clock must agree.</summary>
internal sealed class ClockFigure : AbsoluteFigure
{
    public override string Name => "clock";

    protected override Operation Run => MachineSpeed.Clock;
}
