using Routing.Topology;

namespace Routing.Health.Detectors;

/// <summary>Everything the monitors have to say about one node. Immutable.</summary>
internal sealed record NodeVerdict(NodeState State, NodeRole Role, long Epoch, NodePosition? Position, TimeSpan? Lag)
{
    /// <summary>A lag that moved by less is not news; it would publish a snapshot per probe for noise.</summary>
    public static readonly TimeSpan LagTolerance = TimeSpan.FromMilliseconds(10);

    /// <summary>The node with this verdict; the same instance when nothing that readers use is different.</summary>
    public Node ApplyTo(Node node)
    {
        // Draining is the operator's word, and only a reload of the configuration takes it back.
        var state = State == NodeState.Unknown || node.State == NodeState.Draining ? node.State : State;
        if (state == node.State && Role == node.Role && Epoch == node.Epoch && IsSame(node.Position, Position) && IsNear(node.Lag, Lag))
        {
            return node;
        }

        return node with { State = state, Role = Role, Epoch = Epoch, Position = Position, Lag = Lag };
    }

    private static bool IsSame(NodePosition? one, NodePosition? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && one.Covers(other) && other.Covers(one));

    private static bool IsNear(TimeSpan? one, TimeSpan? other) =>
        one is { } a && other is { } b ? (a - b).Duration() < LagTolerance : one is null && other is null;
}
