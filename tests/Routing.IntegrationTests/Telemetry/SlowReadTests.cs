using Routing.Testing;

namespace Routing.IntegrationTests.Telemetry;

/// <summary>A slow read on a real standby: its log event and its plan.</summary>
public sealed class SlowReadTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private const int Slow = 1300;
    private const int Plan = 1302;

    [Fact]
    public async Task It_is_explained_on_a_standby_and_no_value_is_logged()
    {
        await database.ExecuteAsync("create table if not exists names (id bigint primary key, name text not null)");
        await using var host = RoutedHost.OnPostgreSql(
            [database.Primary, .. database.Standbys],
            new() { ["Telemetry:SlowStatement:Threshold"] = "00:00:00.001", ["Telemetry:SlowStatement:Explain"] = "true" });
        var (number, secret) = (4711, "top-secret");

        // Half a million rows take more than a millisecond on any machine.
        await host.Database.ExecuteScalarAsync<long>(
            $"select count(*) from generate_series(1, 500000) g left join names n on n.id = g where g <> {number} and n.name is distinct from {secret}");
        Assert.StartsWith("Slow statement SELECT generate_series on db/", Assert.Single(host.Logs.WithId(Slow)).Message, StringComparison.Ordinal);
        await Eventually.HoldsAsync("the plan is logged", () => host.Logs.WithId(Plan).Count == 1);

        var plan = host.Logs.WithId(Plan)[0];
        Assert.NotEqual("a", plan.Values["Node"]);
        Assert.Contains("Function Scan on generate_series g  (cost=", plan.Message, StringComparison.Ordinal);
        Assert.Contains("Filter: (g <> ?)", plan.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("actual time", plan.Message, StringComparison.Ordinal);
        Assert.All(host.Logs.Events.Where(static e => e.Id.Id is >= 1000 and < 4000), static e =>
        {
            Assert.DoesNotContain("4711", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("top-secret", e.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_comment_reaches_the_server_and_leaves_the_statement_prepared()
    {
        await using var host = RoutedHost.OnPostgreSql(
            [database.Primary],
            new() { ["Telemetry:SqlComment:Application"] = "my shop", ["Telemetry:SqlComment:DataSource"] = "true", ["Telemetry:SqlComment:Node"] = "true" });
        await using var session = host.Database.OpenSession();
        await using var pin = await session.PinAsync();
        const string Own = "select query from pg_stat_activity where pid = pg_backend_pid()";
        const string Comment = " /*application='my%20shop',data_source='db',node='a'*/";
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Own + Comment, await session.QuerySingleAsync<string>(Own));
        }

        var prepared = await session.QueryAsync<string>("select statement from pg_prepared_statements where statement like 'select query from pg_stat_activity%'");
        Assert.Equal([Own + Comment], prepared);
        var id = 7L;
        Assert.Equal(7L, await session.QuerySingleAsync<long>($"select {id}::bigint;"));
    }
}
