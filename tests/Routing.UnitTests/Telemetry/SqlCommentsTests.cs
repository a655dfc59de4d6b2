using System.Diagnostics;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>The comment behind a statement's text, in the sqlcommenter format.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class SqlCommentsTests
{
    [Theory]
    [InlineData("select 1", "select 1 /*application='my%20app%27%2A%2F',data_source='orders',node='a'*/")]
    [InlineData("select 1 ; \n", "select 1 /*application='my%20app%27%2A%2F',data_source='orders',node='a'*/")]
    [InlineData("select 1 -- said", "select 1 -- said")]
    [InlineData("select /* said */ 1", "select /* said */ 1")]
    public void Tags_are_sorted_and_encoded_and_a_text_with_a_comment_stays_as_it_is(string text, string sent)
    {
        var comments = SqlComments.Create(new SqlCommentOptions { Application = "my app'*/", DataSource = true, Node = true }, "orders", "a")!;

        Assert.Equal(sent, comments.AddTo(text, out var isNew));
        Assert.False(isNew);
    }

    [Fact]
    public void Nothing_asked_for_is_nothing_made() => Assert.Null(SqlComments.Create(new SqlCommentOptions(), "orders", "a"));

    [Fact]
    public async Task A_comment_that_is_always_the_same_leaves_prepared_commands_prepared()
    {
        var texts = new List<string>();
        await using var routing = Routing(texts, static comment => (comment.DataSource, comment.Node) = (true, true));
        for (var i = 0; i < 3; i++)
        {
            await routing.Database.QueryAsync<long>("select id from commented");
        }

        Assert.Equal(Enumerable.Repeat("select id from commented /*data_source='fake',node='a'*/", 3), texts);
        var facade = new SqlComments.Texts(SqlComments.Create(new SqlCommentOptions { Node = true }, "fake", "a")!);
        const string Text = "select id from commented";
        Assert.Same(facade.Of(Text, out _), facade.Of(Text, out _));
    }

    [Fact]
    public async Task A_recorded_span_goes_along_as_traceparent_only_when_asked()
    {
        var texts = new List<string>();
        await using var routing = Routing(texts, static comment => (comment.Application, comment.TraceParent) = ("shop", true));
        await routing.Database.QueryAsync<long>("select id from traced");
        using (var telemetry = new TelemetryCapture())
        {
            await routing.Database.QueryAsync<long>("select id from traced");
            var span = Assert.Single(telemetry.Spans);
            Assert.Equal($"select id from traced /*application='shop',traceparent='00-{span.TraceId}-{span.SpanId}-01'*/", texts[1]);

            // A span of somebody else is not the statement's.
            Assert.Equal("select 1 /*application='shop'*/", SqlComments.Create(new SqlCommentOptions { Application = "shop", TraceParent = true }, "fake", "a")!.AddTo("select 1", out _));
            Assert.NotNull(Activity.Current);
        }

        Assert.Equal("select id from traced /*application='shop'*/", texts[0]);
    }

    [Fact]
    public async Task Telemetry_shows_the_text_without_the_comment()
    {
        await using var routing = Routing([], static comment => comment.Application = "shop");
        using var telemetry = new TelemetryCapture();
        await routing.Database.QueryAsync<long>("select id from uncommented");

        Assert.Equal("select id from uncommented", Assert.Single(telemetry.Spans)["db.query.text"]);
    }

    private static FakeRouting Routing(List<string> texts, Action<SqlCommentOptions> configure) => new(
        TimeProvider.System,
        options => configure(options.Telemetry.SqlComment),
        new FakeDriver
        {
            Answer = command =>
            {
                texts.Add(command.CommandText);
                return FakeResult.Empty;
            },
        });
}
