using System.Collections.Immutable;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.Routes;

/// <summary>
/// Shard + intent + required position → node. A pure choice over one immutable shard, except that it reads
/// <see cref="NodeLoad"/> and draws random numbers; it allocates nothing. Thread-safe.
/// </summary>
internal sealed class Router(ReadOptions initial)
{
    private ReadOptions _options = initial;

    /// <summary>The read options in force; a configuration reload swaps them whole. Never changed in place.</summary>
    public ReadOptions Options
    {
        get => Volatile.Read(ref _options);
        set => Volatile.Write(ref _options, value);
    }

    /// <summary>Chooses a node.</summary>
    /// <param name="shard">Where the data is.</param>
    /// <param name="intent">What the statement needs.</param>
    /// <param name="required">The position a replica must have replayed; null for none.</param>
    /// <param name="avoid">Nodes that failed this very statement, one bit per <c>id &amp; 63</c>; they are used only when nothing else is left.</param>
    public Route Choose(Shard shard, Intent intent, NodePosition? required, ulong avoid = 0)
    {
        if (shard.Nodes.Length == 1)
        {
            return OnlyNode(shard.Nodes[0], intent);
        }

        return intent == Intent.Write ? ChoosePrimary(shard) : ChooseForRead(shard, required, avoid);
    }

    /// <summary>Why <see cref="Choose"/> would leave a node out of a read; <see cref="Exclusion.None"/> when it would not.</summary>
    public Exclusion ExcludedFromRead(Node node, NodePosition? required, ulong avoid)
    {
        var options = Options;
        return node switch
        {
            { Role: not NodeRole.Replica } when options.Prefer != ReadPreference.Any || node.Role == NodeRole.Unknown => Exclusion.NotAReplica,
            { State: NodeState.Draining } => Exclusion.Draining,
            { State: NodeState.Down } => Exclusion.Down,
            { State: NodeState.Suspect } => Exclusion.Suspect,
            _ when (avoid & Bit(node)) != 0 => Exclusion.JustFailed,
            { Role: NodeRole.Primary } => Exclusion.None,
            { Lag: { } lag } when lag > options.MaxStaleness => Exclusion.TooStale,
            _ when required is not null && !HasReached(node, required) => Exclusion.BehindToken,
            _ => Exclusion.None,
        };
    }

    public static ulong Bit(Node node) => 1UL << (node.Id & 63);

    private static Route OnlyNode(Node node, Intent intent)
    {
        // A lone node serves whatever its role is not known to forbid: there is nobody better to ask, and the server's
        // own error ("read-only") says more than ours could.
        return node.State == NodeState.Draining ? new Route(null, intent, RouteReason.None) : new Route(node, intent, RouteReason.OnlyNode);
    }

    private static Route ChoosePrimary(Shard shard) =>
        shard.Primary is { State: not NodeState.Draining } primary
            ? new Route(primary, Intent.Write, RouteReason.WriteGoesToPrimary)
            : new Route(null, Intent.Write, RouteReason.None);

    private Route ChooseForRead(Shard shard, NodePosition? required, ulong avoid)
    {
        var options = Options;
        if (options.Prefer == ReadPreference.Primary && shard.Primary is { } preferred && IsServing(preferred) && (avoid & Bit(preferred)) == 0)
        {
            return new Route(preferred, Intent.Read, RouteReason.ReadPrefersPrimary);
        }

        if (Balance(shard.Nodes, required, avoid, options.Balance) is { } node)
        {
            return new Route(node, Intent.Read, RouteReason.ReadGoesToReplica);
        }

        if (shard.Primary is { } primary && IsServing(primary) && (options.WhenNoReplica == NoReplicaPolicy.Primary || options.Prefer == ReadPreference.Primary))
        {
            return new Route(primary, Intent.Read, RouteReason.NoReplicaUsable);
        }

        return LastResort(shard, required);
    }

    /// <summary>
    /// Nothing that looks healthy is left. A suspect or just-failed replica that is fresh enough is still better than a
    /// certain error; one that is known to be behind the token never is.
    /// </summary>
    private Route LastResort(Shard shard, NodePosition? required)
    {
        foreach (var node in shard.Nodes)
        {
            if (node.Role == NodeRole.Replica && ExcludedFromRead(node, required, 0) is Exclusion.None or Exclusion.Suspect && (required is null || HasReached(node, required)))
            {
                return new Route(node, Intent.Read, RouteReason.NoPrimary);
            }
        }

        return new Route(null, Intent.Read, RouteReason.None);
    }

    private Node? Balance(ImmutableArray<Node> nodes, NodePosition? required, ulong avoid, BalancePolicy policy)
    {
        var eligible = 0;
        var weights = 0;
        Node? any = null;
        foreach (var node in nodes)
        {
            if (ExcludedFromRead(node, required, avoid) == Exclusion.None)
            {
                eligible++;
                weights += node.Weight;
                any = node;
            }
        }

        if (eligible <= 1)
        {
            return any;
        }

        if (weights == 0)
        {
            return any;
        }

        var first = Draw(nodes, required, avoid, FastRandom.Next(weights));
        if (policy == BalancePolicy.Random)
        {
            return first;
        }

        // Power of two choices: two independent draws by weight, the less busy one wins. In flight is divided by weight,
        // so that a node of double weight may carry double load before it counts as busier.
        var second = Draw(nodes, required, avoid, FastRandom.Next(weights));
        return (long)(first.Load.InFlight + 1) * second.Weight <= (long)(second.Load.InFlight + 1) * first.Weight ? first : second;
    }

    private Node Draw(ImmutableArray<Node> nodes, NodePosition? required, ulong avoid, int ticket)
    {
        Node? last = null;
        foreach (var node in nodes)
        {
            if (node.Weight == 0 || ExcludedFromRead(node, required, avoid) != Exclusion.None)
            {
                continue;
            }

            last = node;
            ticket -= node.Weight;
            if (ticket < 0)
            {
                return node;
            }
        }

        return last ?? throw CodedErrors.Bug("a weighted draw found no eligible node.");
    }

    private static bool IsServing(Node node) => node.State is not (NodeState.Down or NodeState.Draining);

    private static bool HasReached(Node node, NodePosition required) =>
        node.AlwaysFresh || (node.Position is { } position && position.Covers(required));
}
