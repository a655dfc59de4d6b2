using Routing.Configuration;
using Routing.Topology;

namespace Routing.Health.Detectors;

/// <summary>What is known about one node's role.</summary>
/// <param name="Configured">What the configuration says.</param>
/// <param name="Claimed">What the node last said itself.</param>
/// <param name="Current">The role it has in the published topology.</param>
/// <param name="IsDown">Whether it is down, so that its claim is from the past.</param>
/// <param name="Epoch">The epoch of its claim.</param>
/// <param name="HighestEpoch">The highest epoch under which any node of the same cluster has ever claimed to be primary.</param>
internal readonly record struct RoleCandidate(
    ConfiguredRole Configured, NodeRole Claimed, NodeRole Current, bool IsDown, long Epoch, long HighestEpoch);

/// <summary>Why a node has another role than it claims.</summary>
internal enum RoleConflict
{
    /// <summary>It has the role it claims, or claims none.</summary>
    None,

    /// <summary>The configuration says otherwise.</summary>
    Configured,

    /// <summary>It claims to be primary under an epoch that has passed: it must get no writes, and its reads may be of the past.</summary>
    Fenced,

    /// <summary>Another node claims to be primary as well, and nothing but precedence decides between them.</summary>
    Outranked,
}

/// <summary>The role a node gets.</summary>
internal readonly record struct RoleVerdict(NodeRole Role, RoleConflict Conflict);

/// <summary>
/// Configured roles and claims → roles, with at most one primary among the nodes that are asked. Among several claims the
/// highest epoch wins; at equal epochs a node that answers beats one that is down, the current primary any other, then the
/// order of the configuration decides. Pure.
/// </summary>
internal static class RoleResolver
{
    public static RoleVerdict[] Resolve(ReadOnlySpan<RoleCandidate> nodes)
    {
        var primary = PrimaryOf(nodes);
        var verdicts = new RoleVerdict[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            verdicts[i] = Judge(nodes[i], isPrimary: i == primary);
        }

        return verdicts;
    }

    private static RoleVerdict Judge(RoleCandidate node, bool isPrimary) => node switch
    {
        { Configured: ConfiguredRole.Primary } => Configured(NodeRole.Primary, node.Claimed),
        { Configured: ConfiguredRole.Replica } => Configured(NodeRole.Replica, node.Claimed),
        { Claimed: not NodeRole.Primary } => new RoleVerdict(node.Claimed, RoleConflict.None),
        _ when isPrimary => new RoleVerdict(NodeRole.Primary, RoleConflict.None),

        // Not a replica either: what it was told since it lost its claim, nobody else has.
        _ => new RoleVerdict(NodeRole.Unknown, IsFenced(node) ? RoleConflict.Fenced : RoleConflict.Outranked),
    };

    private static RoleVerdict Configured(NodeRole role, NodeRole claimed) =>
        new(role, claimed == role || claimed == NodeRole.Unknown ? RoleConflict.None : RoleConflict.Configured);

    private static int PrimaryOf(ReadOnlySpan<RoleCandidate> nodes)
    {
        var best = -1;
        for (var i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].Configured == ConfiguredRole.Primary)
            {
                return i;
            }

            if (IsClaimant(nodes[i]) && (best < 0 || Outranks(nodes[i], nodes[best])))
            {
                best = i;
            }
        }

        return best;
    }

    private static bool IsClaimant(RoleCandidate node) =>
        node is { Configured: ConfiguredRole.Auto, Claimed: NodeRole.Primary } && !IsFenced(node);

    private static bool IsFenced(RoleCandidate node) => node.Epoch < node.HighestEpoch;

    private static bool Outranks(RoleCandidate challenger, RoleCandidate best)
    {
        if (challenger.Epoch != best.Epoch)
        {
            return challenger.Epoch > best.Epoch;
        }

        if (challenger.IsDown != best.IsDown)
        {
            return best.IsDown;
        }

        return challenger.Current == NodeRole.Primary && best.Current != NodeRole.Primary;
    }
}
