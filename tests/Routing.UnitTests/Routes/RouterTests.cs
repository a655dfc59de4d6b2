using Routing.Configuration;
using Routing.Routes;
using Routing.Topology;
using static Routing.Topology.NodeRole;
using static Routing.Topology.NodeState;

namespace Routing.UnitTests.Routes;

/// <summary>Where a statement goes, as truth tables over small topologies: a primary p and replicas q and r.</summary>
public sealed class RouterTests
{
    [Theory]
    //          p        q        r        | read goes to | write goes to
    [InlineData(Up,      Up,      Down,      "q",           "p")]
    [InlineData(Up,      Down,    Up,        "r",           "p")]
    [InlineData(Up,      Suspect, Up,        "r",           "p")]
    [InlineData(Up,      Down,    Down,      "p",           "p")]
    [InlineData(Up,      Suspect, Suspect,   "p",           "p")]
    [InlineData(Up,      Draining, Down,     "p",           "p")]
    [InlineData(Down,    Up,      Down,      "q",           "p")]
    [InlineData(Down,    Suspect, Down,      "q",           "p")]
    [InlineData(Down,    Down,    Down,      null,          "p")]
    [InlineData(Draining, Up,     Down,      "q",           null)]
    [InlineData(Draining, Down,   Down,      null,          null)]
    [InlineData(NodeState.Unknown, NodeState.Unknown, Down,      "q",           "p")]
    public void State_of_the_nodes_decides(NodeState p, NodeState q, NodeState r, string? read, string? write)
    {
        var shard = Shard(Node("p", 0, Primary, p), Node("q", 1, Replica, q), Node("r", 2, Replica, r));
        var router = new Router(new ReadOptions());
        Assert.Equal(read, router.Choose(shard, Intent.Read, required: null).Node?.Name);
        Assert.Equal(write, router.Choose(shard, Intent.Write, required: null).Node?.Name);
    }

    [Theory]
    //          prefer                   without replica          q up    | read goes to | why
    [InlineData(ReadPreference.Replica,  NoReplicaPolicy.Primary, true,     "q",           RouteReason.ReadGoesToReplica)]
    [InlineData(ReadPreference.Replica,  NoReplicaPolicy.Primary, false,    "p",           RouteReason.NoReplicaUsable)]
    [InlineData(ReadPreference.Replica,  NoReplicaPolicy.Fail,    false,    null,          RouteReason.None)]
    [InlineData(ReadPreference.Primary,  NoReplicaPolicy.Fail,    true,     "p",           RouteReason.ReadPrefersPrimary)]
    public void Read_policy_decides(ReadPreference prefer, NoReplicaPolicy without, bool replicaUp, string? node, RouteReason reason)
    {
        var shard = Shard(Node("p", 0, Primary, Up), Node("q", 1, Replica, replicaUp ? Up : Down));
        var route = new Router(new ReadOptions { Prefer = prefer, WhenNoReplica = without }).Choose(shard, Intent.Read, required: null);
        Assert.Equal((node, reason), (route.Node?.Name, route.Reason));
    }

    [Theory]
    //          q at  required  lag s | read goes to | q left out because
    [InlineData(100,  100,      0,      "q",           Exclusion.None)]
    [InlineData(101,  100,      0,      "q",           Exclusion.None)]
    [InlineData(99,   100,      0,      "p",           Exclusion.BehindToken)]
    [InlineData(null, 100,      0,      "p",           Exclusion.BehindToken)]
    [InlineData(null, null,     5,      "q",           Exclusion.None)]
    [InlineData(null, null,     6,      "p",           Exclusion.TooStale)]
    [InlineData(100,  100,      6,      "p",           Exclusion.TooStale)]
    public void Freshness_decides(int? at, int? required, int lagSeconds, string node, Exclusion exclusion)
    {
        var q = Node("q", 1, Replica, Up) with { Position = Position(at), Lag = TimeSpan.FromSeconds(lagSeconds) };
        var shard = Shard(Node("p", 0, Primary, Up), q);
        var router = new Router(new ReadOptions { MaxStaleness = TimeSpan.FromSeconds(5) });
        Assert.Equal(node, router.Choose(shard, Intent.Read, Position(required)).Node?.Name);
        Assert.Equal(exclusion, router.ExcludedFromRead(q, Position(required), avoid: 0));
    }

    [Fact]
    public void Write_whose_position_is_unknown_keeps_its_reads_on_the_primary()
    {
        var q = Node("q", 1, Replica, Up) with { Position = Position(int.MaxValue) };
        var route = new Router(new ReadOptions()).Choose(Shard(Node("p", 0, Primary, Up), q), Intent.Read, UnknownPosition.Instance);
        Assert.Equal("p", route.Node?.Name);
    }

    [Fact]
    public void Node_that_just_failed_is_avoided_while_another_can_serve()
    {
        var q = Node("q", 1, Replica, Up);
        var r = Node("r", 2, Replica, Up);
        var shard = Shard(Node("p", 0, Primary, Up), q, r);
        var router = new Router(new ReadOptions());
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("r", router.Choose(shard, Intent.Read, null, Router.Bit(q)).Node?.Name);
            Assert.Equal("p", router.Choose(shard, Intent.Read, null, Router.Bit(q) | Router.Bit(r)).Node?.Name);
        }
    }

    [Fact]
    public void Lone_node_serves_everything_whatever_its_role_is_thought_to_be()
    {
        foreach (var role in new[] { NodeRole.Unknown, Primary, Replica })
        {
            var route = new Router(new ReadOptions()).Choose(Shard(Node("only", 0, role, Down)), Intent.Write, null);
            Assert.Equal(("only", RouteReason.OnlyNode), (route.Node?.Name, route.Reason));
        }
    }

    [Fact]
    public void Reads_spread_over_replicas_by_weight()
    {
        var shard = Shard(
            Node("p", 0, Primary, Up),
            Node("q", 1, Replica, Up) with { Weight = 3 },
            Node("r", 2, Replica, Up) with { Weight = 1 },
            Node("s", 3, Replica, Up) with { Weight = 0 });
        var router = new Router(new ReadOptions { Balance = BalancePolicy.Random });
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 40_000; i++)
        {
            var name = router.Choose(shard, Intent.Read, null).Node!.Name;
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        // Binomial with p = 3/4: six standard deviations are about 520.
        Assert.InRange(counts["q"], 29_400, 30_600);
        Assert.Equal(40_000, counts["q"] + counts["r"]);
    }

    [Fact]
    public void Busier_replica_gets_the_read_only_when_both_draws_hit_it()
    {
        var q = Node("q", 1, Replica, Up);
        for (var i = 0; i < 50; i++)
        {
            q.Load.Begin();
        }

        var shard = Shard(Node("p", 0, Primary, Up), q, Node("r", 2, Replica, Up));
        var router = new Router(new ReadOptions());
        var toBusy = 0;
        for (var i = 0; i < 40_000; i++)
        {
            toBusy += router.Choose(shard, Intent.Read, null).Node == q ? 1 : 0;
        }

        // Two independent draws both land on q a quarter of the time.
        Assert.InRange(toBusy, 9_400, 10_600);
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        var shard = Shard([Node("p", 0, Primary, Up), .. Enumerable.Range(1, 4).Select(static i => Node("q" + i, i, Replica, Up))]);
        var router = new Router(new ReadOptions());
        router.Choose(shard, Intent.Read, null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            router.Choose(shard, Intent.Read, null);
            router.Choose(shard, Intent.Write, null);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Shard Shard(params Node[] nodes) => new("", [.. nodes]);

    private static Node Node(string name, int id, NodeRole role, NodeState state) => new() { Name = name, Id = id, Role = role, State = state };

    private static NumberPosition? Position(int? value) => value is { } number ? new NumberPosition(number) : null;

    private sealed class NumberPosition(long value) : NodePosition
    {
        private readonly long _value = value;

        public override bool Covers(NodePosition required) => required is NumberPosition other && _value >= other._value;
    }
}
