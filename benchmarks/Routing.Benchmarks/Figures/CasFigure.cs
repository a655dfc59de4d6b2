namespace Routing.Benchmarks.Figures;

/// <summary>What does one uncontended compare-and-swap cost here? A yardstick, and a proof of the harness: value and cas must agree.</summary>
internal sealed class CasFigure : AbsoluteFigure
{
    public override string Name => "cas";

    protected override Operation Run => MachineSpeed.Cas;
}
