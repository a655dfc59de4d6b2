using Routing.Topology;

namespace Routing.Health.Detectors;

/// <summary>
/// Failures in a row → state: the first makes a node suspect, the third takes it down, and only an answered probe brings
/// it back. Pure.
/// </summary>
internal static class FailureDetector
{
    public const int FailuresUntilDown = 3;

    public static NodeHealth Observe(NodeHealth before, Observation observation) => observation switch
    {
        Observation.Answered => new NodeHealth(NodeState.Up, 0, LeaseFailureCounted: false),
        Observation.Failed => Fail(before, fromLease: false),
        Observation.Inconclusive => before with { LeaseFailureCounted = false },
        Observation.LeaseFailed => before.LeaseFailureCounted ? before : Fail(before, fromLease: true),
        _ => throw new ArgumentOutOfRangeException(nameof(observation), observation, "Routing bug: an observation without a rule."),
    };

    // One cut cable fails every lease of a node at the same moment: together they are one piece of evidence, and the
    // probe they trigger is the next.
    private static NodeHealth Fail(NodeHealth before, bool fromLease)
    {
        var failures = Math.Min(before.FailuresInARow + 1, FailuresUntilDown);
        return new NodeHealth(failures == FailuresUntilDown ? NodeState.Down : NodeState.Suspect, failures, fromLease);
    }
}
