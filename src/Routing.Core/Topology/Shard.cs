using System.Collections.Immutable;

namespace Routing.Topology;

/// <summary>A slice of a data source, with the nodes that hold it. Immutable and thread-safe.</summary>
public sealed class Shard
{
    /// <summary>Creates a shard.</summary>
    /// <param name="name">Its name; empty for the only shard of a data source.</param>
    /// <param name="nodes">Its nodes, in configuration order.</param>
    public Shard(string name, ImmutableArray<Node> nodes)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Nodes = nodes;
        HasReplicas = nodes.Length > 1;
        foreach (var node in nodes)
        {
            if (node.Role == NodeRole.Primary)
            {
                Primary ??= node;
            }
        }
    }

    /// <summary>Its name; empty for the only shard of a data source.</summary>
    public string Name { get; }

    /// <summary>Its nodes, in configuration order.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The node that accepts writes; null while none is known.</summary>
    public Node? Primary { get; }

    /// <summary>Whether more than one node holds this shard, so that positions matter.</summary>
    public bool HasReplicas { get; }
}
