namespace Routing.Topology;

/// <summary>
/// How far a node's data has come, in its engine's own terms (a WAL position, a GTID set). Immutable and comparable
/// only with positions of the same engine.
/// </summary>
public abstract class NodePosition
{
    /// <summary>Whether a node at this position shows everything a node at <paramref name="required"/> showed.</summary>
    /// <param name="required">The position to reach.</param>
    public abstract bool Covers(NodePosition required);

    /// <summary>The position that covers both.</summary>
    /// <param name="other">A position of the same engine.</param>
    public virtual NodePosition Max(NodePosition other) => Covers(other) ? this : other;
}
