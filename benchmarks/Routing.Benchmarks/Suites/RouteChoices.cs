using BenchmarkDotNet.Attributes;
using Routing.Configuration;
using Routing.Routes;
using Routing.Topology;

namespace Routing.Benchmarks.Suites;

/// <summary>What does it cost to choose the node? The baseline is a write, which has no choice.</summary>
[MemoryDiagnoser]
public class RouteChoices
{
    private readonly Router _router = new(new ReadOptions());
    private readonly Shard _one = new("", [Node(0, NodeRole.Primary)]);
    private readonly Shard _three = Of(replicas: 2);
    private readonly Shard _nine = Of(replicas: 8);

    [Benchmark(Baseline = true)]
    public int WriteToPrimary() => _router.Choose(_three, Intent.Write, required: null).Node!.Id;

    [Benchmark]
    public int OnlyNode() => _router.Choose(_one, Intent.Read, required: null).Node!.Id;

    [Benchmark]
    public int ReadFromTwoReplicas() => _router.Choose(_three, Intent.Read, required: null).Node!.Id;

    [Benchmark]
    public int ReadFromEightReplicas() => _router.Choose(_nine, Intent.Read, required: null).Node!.Id;

    private static Shard Of(int replicas) =>
        new("", [Node(0, NodeRole.Primary), .. Enumerable.Range(1, replicas).Select(static id => Node(id, NodeRole.Replica))]);

    private static Node Node(int id, NodeRole role) => new() { Name = "n" + id, Id = id, Role = role, State = NodeState.Up };
}
