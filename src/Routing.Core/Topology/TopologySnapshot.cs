using System.Collections.Immutable;

namespace Routing.Topology;

/// <summary>
/// Everything known about where a data source's data is, as of one moment: data source → shards → nodes.
/// Immutable and thread-safe; a query reads one snapshot and keeps to it.
/// </summary>
/// <param name="DataSource">The data source's name.</param>
/// <param name="Shards">Its shards; one unnamed shard where the data source is not sharded.</param>
/// <param name="Version">Grows by one with each published snapshot.</param>
public sealed record TopologySnapshot(string DataSource, ImmutableArray<Shard> Shards, long Version)
{
    /// <summary>All nodes of all shards.</summary>
    public IEnumerable<Node> Nodes => Shards.SelectMany(static shard => shard.Nodes);
}
