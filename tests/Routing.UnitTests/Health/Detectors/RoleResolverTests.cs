using System.Globalization;
using Routing.Configuration;
using Routing.Health.Detectors;
using Routing.Topology;

namespace Routing.UnitTests.Health.Detectors;

public sealed class RoleResolverTests
{
    // A node is written "configured claimed current [epoch] [down] [fence=highest epoch]", with A auto, P primary, R replica, U unknown.
    // A verdict is P, R or U, followed by c (configured otherwise), f (fenced) or o (outranked).
    [Theory]
    //          first node            second node           third node         | verdicts
    [InlineData("A U U",              "A U U",              "",                  "U U")]
    [InlineData("A P U",              "A R U",              "A R U",             "P R R")]
    [InlineData("A R U",              "A P U",              "A R U",             "R P R")]
    [InlineData("A R R",              "A R R",              "",                  "R R")]
    [InlineData("P U U",              "R U U",              "",                  "P R")]
    [InlineData("P P P",              "R R R",              "",                  "P R")]
    [InlineData("P R P",              "R P R",              "",                  "Pc Rc")]
    [InlineData("A P P 1",            "A P R 2",            "A R R",             "Uo P R")]
    [InlineData("A P P 1 fence=2",    "A P R 2 fence=2",    "A R R",             "Uf P R")]
    [InlineData("A P P 2",            "A P R 1",            "",                  "P Uo")]
    [InlineData("A P P 2 down",       "A P R 1",            "",                  "P Uo")]
    [InlineData("A P P 1 fence=2",    "A R R 2",            "",                  "Uf R")]
    [InlineData("A P P",              "A P R",              "",                  "P Uo")]
    [InlineData("A P R",              "A P P",              "",                  "Uo P")]
    [InlineData("A P U",              "A P U",              "",                  "P Uo")]
    [InlineData("A P P down",         "A P R",              "A R R",             "Uo P R")]
    [InlineData("A P R",              "A P P down",         "A R R",             "P Uo R")]
    [InlineData("A P P down",         "A P R down",         "",                  "P Uo")]
    [InlineData("A P P down",         "A R R",              "",                  "P R")]
    [InlineData("P P P",              "A P R 9",            "",                  "P Uo")]
    [InlineData("A P P 9",            "P P R",              "",                  "Uo P")]
    [InlineData("R P R",              "A P U",              "",                  "Rc P")]
    [InlineData("A P U 1",            "A P U 3",            "A P U 2",           "Uo P Uo")]
    public void Claims_lead_to_roles(string first, string second, string third, string expected)
    {
        var nodes = new[] { first, second, third }.Where(static text => text.Length > 0).Select(Parse).ToArray();

        var verdicts = RoleResolver.Resolve(nodes);

        Assert.Equal(expected, string.Join(' ', verdicts.Select(Write)));
    }

    [Fact]
    public void There_is_never_more_than_one_primary_among_asked_nodes_and_deciding_again_changes_nothing()
    {
        foreach (var nodes in AllTriples())
        {
            var verdicts = RoleResolver.Resolve(nodes);
            Assert.True(verdicts.Count(static v => v.Role == NodeRole.Primary) <= 1);

            var settled = nodes.Select((node, i) => node with { Current = verdicts[i].Role }).ToArray();
            Assert.Equal(verdicts, RoleResolver.Resolve(settled));
        }
    }

    [Fact]
    public void No_nodes_have_no_roles() => Assert.Empty(RoleResolver.Resolve([]));

    private static IEnumerable<RoleCandidate[]> AllTriples()
    {
        var all = (
            from claimed in new[] { "U", "P", "R" }
            from current in new[] { "P", "R" }
            from rest in new[] { "0", "1", "0 down", "0 fence=1" }
            select Parse($"A {claimed} {current} {rest}")).ToArray();
        return from a in all from b in all from c in all select new[] { a, b, c };
    }

    private static RoleCandidate Parse(string text)
    {
        var words = text.Split(' ');
        var epoch = words.Length > 3 && long.TryParse(words[3], out var number) ? number : 0;
        var fence = words.FirstOrDefault(static w => w.StartsWith("fence=", StringComparison.Ordinal));
        return new RoleCandidate(
            words[0] switch { "P" => ConfiguredRole.Primary, "R" => ConfiguredRole.Replica, _ => ConfiguredRole.Auto },
            Role(words[1]),
            Role(words[2]),
            words.Contains("down"),
            epoch,
            fence is null ? 0 : long.Parse(fence["fence=".Length..], CultureInfo.InvariantCulture));
    }

    private static NodeRole Role(string letter) =>
        letter switch { "P" => NodeRole.Primary, "R" => NodeRole.Replica, _ => NodeRole.Unknown };

    private static string Write(RoleVerdict verdict) =>
        verdict.Role.ToString()[..1] + verdict.Conflict switch
        {
            RoleConflict.Configured => "c",
            RoleConflict.Fenced => "f",
            RoleConflict.Outranked => "o",
            _ => "",
        };
}
