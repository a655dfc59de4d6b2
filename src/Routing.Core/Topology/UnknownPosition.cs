namespace Routing.Topology;

/// <summary>
/// A write succeeded, but where it ended could not be asked. No replica can be known to show it, so it covers every
/// position and no position covers it: reads that need it go to the primary.
/// </summary>
internal sealed class UnknownPosition : NodePosition
{
    public static readonly UnknownPosition Instance = new();

    private UnknownPosition()
    {
    }

    public override bool Covers(NodePosition required) => true;

    public override NodePosition Max(NodePosition other) => this;
}
