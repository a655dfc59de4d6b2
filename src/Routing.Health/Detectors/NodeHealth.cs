using Routing.Topology;

namespace Routing.Health.Detectors;

/// <summary>What was seen of a node.</summary>
internal enum Observation
{
    /// <summary>A probe was answered.</summary>
    Answered,

    /// <summary>A probe failed: no connection, a lost one, or no answer in time.</summary>
    Failed,

    /// <summary>A probe ended in an error that says nothing about the node's life: it is full, or refused the question.</summary>
    Inconclusive,

    /// <summary>A statement lost its connection, or could not get one.</summary>
    LeaseFailed,
}

/// <summary>A node's state and the evidence behind it. Immutable.</summary>
/// <param name="State">The verdict.</param>
/// <param name="FailuresInARow">Failures since the last answer.</param>
/// <param name="LeaseFailureCounted">Whether a failed lease has been counted since the last probe.</param>
internal readonly record struct NodeHealth(NodeState State, int FailuresInARow, bool LeaseFailureCounted);
