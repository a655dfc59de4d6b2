using BenchmarkDotNet.Attributes;
using Routing.Topology;

namespace Routing.Benchmarks.Suites;

/// <summary>What does it cost a query to take the current topology and find its primary? The baseline reads a plain field.</summary>
[MemoryDiagnoser]
public class TopologyReads
{
    private readonly TopologyStore _store = new(new TopologySnapshot(
        "orders",
        [new Shard("", [new Node { Name = "a", Id = 1, Role = NodeRole.Primary }, new Node { Name = "b", Id = 2, Role = NodeRole.Replica }])],
        0));

    private readonly Node _node = new() { Name = "a", Id = 1 };

    [Benchmark(Baseline = true)]
    public int PlainField() => _node.Id;

    [Benchmark]
    public int CurrentPrimary() => _store.Current.Shards[0].Primary!.Id;
}
