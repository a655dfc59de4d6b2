using Routing.Health.Detectors;
using Routing.Topology;

namespace Routing.UnitTests.Health.Detectors;

public sealed class NodeVerdictTests
{
    private static readonly Node Published = new()
    {
        Name = "a",
        Id = 1,
        State = NodeState.Up,
        Role = NodeRole.Replica,
        Epoch = 3,
        Position = new ScriptedPosition(10),
        Lag = TimeSpan.FromMilliseconds(100),
    };

    private static readonly NodeVerdict Same = new(NodeState.Up, NodeRole.Replica, 3, new ScriptedPosition(10), TimeSpan.FromMilliseconds(100));

    public static TheoryData<string> Changes => ["state", "role", "epoch", "position", "no position", "lag", "no lag"];

    [Fact]
    public void A_verdict_that_says_nothing_new_returns_the_same_instance() => Assert.Same(Published, Same.ApplyTo(Published));

    [Fact]
    public void A_lag_within_the_tolerance_is_not_news() =>
        Assert.Same(Published, (Same with { Lag = TimeSpan.FromMilliseconds(109.9) }).ApplyTo(Published));

    [Theory]
    [MemberData(nameof(Changes))]
    public void Whatever_readers_use_makes_a_new_node_with_all_of_the_verdict(string change)
    {
        var verdict = change switch
        {
            "state" => Same with { State = NodeState.Suspect },
            "role" => Same with { Role = NodeRole.Primary },
            "epoch" => Same with { Epoch = 4 },
            "position" => Same with { Position = new ScriptedPosition(11) },
            "no position" => Same with { Position = null },
            "lag" => Same with { Lag = TimeSpan.FromMilliseconds(110) },
            _ => Same with { Lag = null },
        };

        var node = verdict.ApplyTo(Published);

        Assert.NotSame(Published, node);
        Assert.Equal(verdict, new NodeVerdict(node.State, node.Role, node.Epoch, node.Position, node.Lag));
        Assert.Same(Published.Load, node.Load);
    }

    [Fact]
    public void A_position_that_went_back_is_news() =>
        Assert.Equal("@9", (Same with { Position = new ScriptedPosition(9) }).ApplyTo(Published).Position!.ToString());

    [Fact]
    public void A_draining_node_stays_draining_but_its_position_moves_on()
    {
        var node = (Same with { Position = new ScriptedPosition(11) }).ApplyTo(Published with { State = NodeState.Draining });

        Assert.Equal((NodeState.Draining, "@11"), (node.State, node.Position!.ToString()));
    }

    [Fact]
    public void A_verdict_without_a_state_keeps_the_published_one() =>
        Assert.Equal(NodeState.Up, (Same with { State = NodeState.Unknown }).ApplyTo(Published).State);
}
