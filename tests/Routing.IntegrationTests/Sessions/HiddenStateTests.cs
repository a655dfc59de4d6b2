using Routing.Testing;

namespace Routing.IntegrationTests.Sessions;

/// <summary>What a view set behind a read that looks harmless does not reach whoever gets the connection next.</summary>
public sealed class HiddenStateTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private const string Seen = "select left_behind from seen";

    [Fact]
    public async Task One_shot_reads_sessions_and_readers_find_nothing_whatever_came_between()
    {
        await database.ExecuteAsync(
            """
            create function leave() returns text language sql as $$ select set_config('app.tenant', 'acme', false) $$;
            create view leaving as select leave() as left_behind;
            create view seen as select coalesce(current_setting('app.tenant', true), '') as left_behind;
            """);
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        var db = host.Database;
        foreach (var fails in new[] { false, true })
        {
            await LeaveAsync(db, fails);
            Assert.Equal("", await db.ExecuteScalarAsync<string>(Seen));

            await LeaveAsync(db, fails);
            await foreach (var left in db.StreamAsync<string>(Seen))
            {
                Assert.Equal("", left);
            }

            await LeaveAsync(db, fails);
            await using (var session = db.OpenSession())
            await using (await session.PinAsync())
            {
                await Assert.ThrowsAsync<Npgsql.PostgresException>(() => session.ExecuteScalarAsync<int>("select 1 / @zero", new { zero = 0 }).AsTask());
                Assert.Equal("", await session.ExecuteScalarAsync<string>(Seen));
            }

            await LeaveAsync(db, fails);
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = Seen;
            Assert.Equal("", await command.ExecuteScalarAsync());
        }
    }

    private static async Task LeaveAsync(IRoutingDatabase db, bool thenFails)
    {
        Assert.Equal("acme", await db.ExecuteScalarAsync<string>("select left_behind from leaving"));
        if (thenFails)
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => db.ExecuteScalarAsync<int>("select 1 / @zero", new { zero = 0 }).AsTask());
        }
    }
}
