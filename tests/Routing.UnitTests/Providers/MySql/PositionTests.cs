using Routing.Providers.MySql;

namespace Routing.UnitTests.Providers.MySql;

public sealed class PositionTests
{
    [Theory]
    [InlineData("0-1-42", "0-1-42", true)]
    [InlineData("0-1-42", "0-1-41", true)]
    [InlineData("0-1-42", "0-2-42", true)]
    [InlineData("0-1-41", "0-1-42", false)]
    [InlineData("0-1-42,7-2-9", "7-2-9", true)]
    [InlineData("0-1-42,7-2-9", "7-2-10", false)]
    [InlineData("0-1-42", "0-1-1,7-2-1", false)]
    public void MariaDbs_positions_cover_by_domain(string has, string required, bool covers) =>
        Assert.Equal(covers, GtidPosition.Parse(has)!.Covers(GtidPosition.Parse(required)!));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("0-1")]
    [InlineData("0-1--5")]
    public void What_is_no_position_of_MariaDb_is_none(string text) => Assert.Null(GtidPosition.Parse(text));

    [Theory]
    [InlineData("u:1-5", "u:1-5", true)]
    [InlineData("u:1-5", "u:5", true)]
    [InlineData("u:1-5:7-9", "u:1-5", true)]
    [InlineData("u:1-5:7-9", "u:6", false)]
    [InlineData("u:1-5:7-9", "u:4-7", false)]
    [InlineData("u:1-5,\nv:1-3", "V:2", true)]
    [InlineData("u:1-5", "v:1", false)]
    [InlineData("u:1-5:tag:1-2", "u:tag:2", true)]
    [InlineData("u:1-5:tag:1-2", "u:tag:3", false)]
    [InlineData("u:1-5", "u:tag:1", false)]
    public void MySqls_sets_cover_what_they_contain(string has, string required, bool covers) =>
        Assert.Equal(covers, GtidSetPosition.Parse(has)!.Covers(GtidSetPosition.Parse(required)!));

    [Theory]
    [InlineData("")]
    [InlineData("u:1-")]
    [InlineData("u:-1")]
    public void What_is_no_set_of_MySql_is_none(string text) => Assert.Null(GtidSetPosition.Parse(text));

    [Fact]
    public void Positions_of_different_engines_cover_nothing()
    {
        Assert.False(GtidPosition.Parse("0-1-1")!.Covers(GtidSetPosition.Parse("u:1")!));
        Assert.False(GtidSetPosition.Parse("u:1")!.Covers(GtidPosition.Parse("0-1-1")!));
    }

    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1-log", "Debian 12", true, "10.11.19", "SHOW SLAVE STATUS")]
    [InlineData("5.5.5-10.6.3-MariaDB", "", true, "10.6.3", "SHOW SLAVE STATUS")]
    [InlineData("8.4.3", "MySQL Community Server - GPL", false, "8.4.3", "SHOW REPLICA STATUS")]
    [InlineData("8.0.21-0ubuntu0", "(Ubuntu)", false, "8.0.21", "SHOW SLAVE STATUS")]
    [InlineData("mystery", "MariaDB Server", true, "0.0", "SHOW SLAVE STATUS")]
    public void Servers_are_told_apart_by_what_they_say(string version, string comment, bool isMariaDb, string parsed, string question)
    {
        var server = ServerFacts.Of(7, version, comment);
        Assert.Equal((isMariaDb, Version.Parse(parsed), question), (server.IsMariaDb, server.Version, server.ReplicaStatus));
    }
}
