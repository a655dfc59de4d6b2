using Routing.Health.Detectors;
using Routing.Topology;
using static Routing.Health.Detectors.Observation;
using static Routing.Topology.NodeState;

namespace Routing.UnitTests.Health.Detectors;

public sealed class FailureDetectorTests
{
    [Theory]
    //          state before  failures  lease counted | seen                    | state after  failures  lease counted
    [InlineData(Unknown,      0,        false,          nameof(Answered),         Up,          0,        false)]
    [InlineData(Unknown,      0,        false,          nameof(Failed),           Suspect,     1,        false)]
    [InlineData(Unknown,      0,        false,          nameof(Inconclusive),     Unknown,     0,        false)]
    [InlineData(Unknown,      0,        false,          nameof(LeaseFailed),      Suspect,     1,        true)]
    [InlineData(Up,           0,        false,          nameof(Answered),         Up,          0,        false)]
    [InlineData(Up,           0,        false,          nameof(Failed),           Suspect,     1,        false)]
    [InlineData(Up,           0,        false,          nameof(Inconclusive),     Up,          0,        false)]
    [InlineData(Up,           0,        false,          nameof(LeaseFailed),      Suspect,     1,        true)]
    [InlineData(Suspect,      1,        false,          nameof(Answered),         Up,          0,        false)]
    [InlineData(Suspect,      1,        false,          nameof(Failed),           Suspect,     2,        false)]
    [InlineData(Suspect,      1,        false,          nameof(LeaseFailed),      Suspect,     2,        true)]
    [InlineData(Suspect,      1,        true,           nameof(Answered),         Up,          0,        false)]
    [InlineData(Suspect,      1,        true,           nameof(Failed),           Suspect,     2,        false)]
    [InlineData(Suspect,      1,        true,           nameof(Inconclusive),     Suspect,     1,        false)]
    [InlineData(Suspect,      1,        true,           nameof(LeaseFailed),      Suspect,     1,        true)]
    [InlineData(Suspect,      2,        false,          nameof(Failed),           Down,        3,        false)]
    [InlineData(Suspect,      2,        false,          nameof(LeaseFailed),      Down,        3,        true)]
    [InlineData(Suspect,      2,        true,           nameof(LeaseFailed),      Suspect,     2,        true)]
    [InlineData(Down,         3,        false,          nameof(Failed),           Down,        3,        false)]
    [InlineData(Down,         3,        false,          nameof(LeaseFailed),      Down,        3,        true)]
    [InlineData(Down,         3,        false,          nameof(Inconclusive),     Down,        3,        false)]
    [InlineData(Down,         3,        true,           nameof(Answered),         Up,          0,        false)]
    public void Observation_leads_to_state(
        NodeState stateBefore, int failuresBefore, bool countedBefore, string seen, NodeState stateAfter, int failuresAfter, bool countedAfter)
    {
        var after = FailureDetector.Observe(new NodeHealth(stateBefore, failuresBefore, countedBefore), Enum.Parse<Observation>(seen));

        Assert.Equal(new NodeHealth(stateAfter, failuresAfter, countedAfter), after);
    }

    [Fact]
    public void Any_number_of_failed_leases_between_two_probes_is_one_failure()
    {
        var health = new NodeHealth(Up, 0, false);
        for (var i = 0; i < 500; i++)
        {
            health = FailureDetector.Observe(health, LeaseFailed);
        }

        Assert.Equal(new NodeHealth(Suspect, 1, true), health);
    }

    [Fact]
    public void Only_an_answer_ever_leads_back_to_up()
    {
        foreach (var seen in Enum.GetValues<Observation>().Where(static o => o != Answered))
        {
            foreach (var failures in new[] { 0, 1, 2, 3 })
            {
                foreach (var state in new[] { Unknown, Suspect, Down })
                {
                    Assert.NotEqual(Up, FailureDetector.Observe(new NodeHealth(state, failures, false), seen).State);
                }
            }
        }
    }
}
