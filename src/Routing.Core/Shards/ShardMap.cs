using Routing.Topology;

namespace Routing.Shards;

/// <summary>
/// Tenant → shard. A data source has one unnamed shard until tenants are mapped to more; the step stands here so that
/// routes never learn where a shard came from. Thread-safe.
/// </summary>
internal sealed class ShardMap(TopologyStore topology)
{
    public Shard Locate() => topology.Current.Shards[0];
}
