using System.Collections.Immutable;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Carries what a configuration reload may change into a running data source: read options, weights, drains, new nodes.</summary>
internal static class LiveChanges
{
    public static void Apply(DataSourceRuntime source, DataSourceOptions options, DataSourceFactory factory)
    {
        source.Routes.Options = options.Reads;

        // A new node has its pool before the topology names it, so that no route can lead to a node without one.
        var added = AddNodes(source, options, factory);
        source.Topology.Update((options, added), static (nodes, change) => Changed(nodes, change.options, change.added));
        foreach (var node in added)
        {
            source.Signals.RequestProbe(node.Id);
        }
    }

    private static ImmutableArray<Node> AddNodes(DataSourceRuntime source, DataSourceOptions options, DataSourceFactory factory)
    {
        var known = source.Topology.Current.Shards[0].Nodes;
        var added = ImmutableArray.CreateBuilder<Node>();
        foreach (var (name, node) in options.Nodes)
        {
            if (known.Any(other => string.Equals(other.Name, name, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            if (known.Any(static other => other.AlwaysFresh))
            {
                // What start-up refuses outright must not come in by the back door.
                Log.NodeRefused(source.Logger, source.Name, name);
            }
            else
            {
                added.Add(factory.AddNode(source.Engine, source.Pools, source.Name, options, name, node, known.Length + added.Count));
            }
        }

        return added.ToImmutable();
    }

    private static ImmutableArray<Node> Changed(ImmutableArray<Node> nodes, DataSourceOptions options, ImmutableArray<Node> added)
    {
        var changed = nodes;
        for (var i = 0; i < nodes.Length; i++)
        {
            if (options.Nodes.TryGetValue(nodes[i].Name, out var wanted) && With(nodes[i], wanted) is var next && next != nodes[i])
            {
                changed = changed.SetItem(i, next);
            }
        }

        return changed.AddRange(added);
    }

    private static Node With(Node node, NodeOptions wanted)
    {
        // Back from draining a node has to answer first; until then it counts as unknown, like at start.
        var state = wanted.Drain ? NodeState.Draining : node.State == NodeState.Draining ? NodeState.Unknown : node.State;
        return node.Weight == wanted.Weight && node.State == state && node.Zone == wanted.Zone
            ? node
            : node with { Weight = wanted.Weight, State = state, Zone = wanted.Zone };
    }
}
