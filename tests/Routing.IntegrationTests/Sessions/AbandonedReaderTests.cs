using System.Data;
using System.Data.Common;
using System.Globalization;
using Routing.Drivers;
using Routing.IntegrationTests.Drivers;
using Routing.Testing;

namespace Routing.IntegrationTests.Sessions;

/// <summary>Readers that are left before their end: the server stops, little is read, and the connection goes on or closes.</summary>
public sealed class AbandonedReaderTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    // Read to its end it would take hours; each row is small, so that what has arrived is little.
    private const string Endless = "select generate_series(1, 2000000001)";

    // A megabyte a row, a terabyte in all.
    private const string Huge = "select repeat('x', 1000000), generate_series(1, 1000002)";

    // A hundred rows at once (the server sends when 8 kB have come together), the next in five minutes.
    private const string Slow = "select i, repeat('x', 500), case when i > 100 then pg_sleep(303)::text end from generate_series(1, 110) i";

    // The same by counting for minutes: pg_sleep might write, for all that is known of it, and a stream of what may write is read to its end.
    private const string SlowRead =
        "select i, repeat('x', 500), case when i > 100 then (select count(*) from generate_series(1, 20000) a, generate_series(1, 20000) b where a + b > i) end from generate_series(1, 110) i";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Little_that_is_left_is_read_past_without_a_cancel(bool async)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await using var reader = await OneRowAsync(connection, "select generate_series(1, 500)");

        // 500 rows arrive in one piece; should they not, the rest is cancelled, and that is right too.
        var ending = await connection.Physical.AbandonAsync(reader, async);

        Assert.NotEqual(ReaderEnding.Left, ending);
        Assert.False(connection.Physical.IsBroken);
        Assert.True(reader.IsClosed);
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
    }

    [Theory]
    [InlineData(Huge, true)]
    [InlineData(Huge, false)]
    [InlineData(Endless, true)]
    [InlineData(Endless, false)]
    [InlineData(Slow, true)]
    [InlineData(Slow, false)]
    [InlineData(Slow, true, CommandBehavior.SequentialAccess)]
    [InlineData(Slow, false, CommandBehavior.SequentialAccess)]
    public async Task What_is_more_is_cancelled_and_the_connection_goes_on_or_closes(string text, bool async, CommandBehavior behavior = CommandBehavior.Default)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        var process = PostgreSqlNodes.ProcessId(connection.Physical);
        var reader = await OneRowAsync(connection, text, behavior);

        var ending = await connection.Physical.AbandonAsync(reader, async).AsTask().WaitAsync(Eventually.Bound);

        Assert.NotEqual(ReaderEnding.ReadToEnd, ending);
        Assert.Equal(ending == ReaderEnding.Left, connection.Physical.IsBroken);
        if (ending == ReaderEnding.Cancelled)
        {
            Assert.True(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
        }
        else
        {
            Assert.False(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
            await connection.Physical.DisposeAsync();
        }

        await Eventually.HoldsAsync("the server has stopped", async () => await ActiveAsync($"pid = {process.ToString(CultureInfo.InvariantCulture)}") == 0);
    }

    [Theory]
    [InlineData(Slow, CommandBehavior.Default)]
    [InlineData(Slow, CommandBehavior.SequentialAccess)]
    [InlineData(SlowRead, CommandBehavior.SequentialAccess)]
    public async Task A_slow_result_is_cancelled_and_its_connection_used_again(string text, CommandBehavior behavior)
    {
        // Its clock stands: however long this machine takes, the cancel has time enough to take effect.
        await using var nodes = new PostgreSqlNodes(database.Primary, new ManualTimeProvider());
        var connection = await nodes.LeaseAsync();
        for (var round = 0; round < 3; round++)
        {
            var reader = await OneRowAsync(connection, text, behavior);

            Assert.Equal(ReaderEnding.Cancelled, await connection.Physical.AbandonAsync(reader, async: true).AsTask().WaitAsync(Eventually.Bound));
            Assert.False(connection.Physical.IsBroken);
            Assert.True(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_stream_that_is_left_keeps_nobody_waiting_for_its_rows()
    {
        // Without a cancel it would take an hour.
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1", ["Timeouts:Command"] = "01:00:00" }, health: false);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(1, await FirstAsync(host.Database.StreamAsync<int>(SlowRead)).WaitAsync(Eventually.Bound));
            Assert.Equal(7, await host.Database.ExecuteScalarAsync<int>("select 7"));
        }

        await host.AllReturnedAsync();
        await NothingRunsAsync(SlowRead);
    }

    [Theory]
    [InlineData(Huge)]
    [InlineData(Endless)]
    [InlineData(Slow)]
    public async Task Whoever_leaves_a_routed_reader_is_soon_done_and_so_is_the_server(string text)
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        await using (var connection = await host.Database.DataSource.OpenConnectionAsync())
        {
            for (var round = 0; round < 3; round++)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = text;
                var reader = await command.ExecuteReaderAsync();
                Assert.True(await reader.ReadAsync());
                await reader.DisposeAsync().AsTask().WaitAsync(Eventually.Bound);

                command.CommandText = "select 5";
                Assert.Equal(5, await command.ExecuteScalarAsync());
            }
        }

        await host.AllReturnedAsync();
        await NothingRunsAsync(text);
    }

    [Fact]
    public async Task A_routed_connection_closed_under_its_reader_ends_the_statement()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        var connection = await host.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Endless;
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());

        await connection.CloseAsync();

        await host.AllReturnedAsync();
        Assert.Equal(6, await host.Database.ExecuteScalarAsync<int>("select 6"));
        await NothingRunsAsync(Endless);
    }

    [Fact]
    public async Task A_reader_left_in_a_transaction_leaves_the_transaction_whole()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        await database.ExecuteAsync("create table kept (id int)");
        await using (var connection = await host.Database.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "insert into kept values (1)";
            await command.ExecuteNonQueryAsync();
            command.CommandText = "select repeat('x', 10000), generate_series(1, 1000)";
            await using (var reader = await command.ExecuteReaderAsync())
            {
                Assert.True(await reader.ReadAsync());
            }

            await transaction.CommitAsync();
        }

        Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>("select count(*)::int from kept", options: new StatementOptions { Intent = Intent.Write }));
    }

    private static async Task<int> FirstAsync(IAsyncEnumerable<int> rows)
    {
        await foreach (var row in rows)
        {
            return row;
        }

        return 0;
    }

    private static async Task<DbDataReader> OneRowAsync(LeaseConnection connection, string text, CommandBehavior behavior = CommandBehavior.Default)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        var reader = await command.ExecuteReaderAsync(behavior);
        Assert.True(await reader.ReadAsync());
        return reader;
    }

    private Task NothingRunsAsync(string text) => Eventually.HoldsAsync(
        $"'{text}' has ended on the server", async () => await ActiveAsync($"position('{text.Replace("'", "''", StringComparison.Ordinal)}' in query) > 0") == 0);

    private async Task<int> ActiveAsync(string which) => int.Parse(
        await database.Cluster.Primary.QueryAsAdminAsync(
            $"select count(*) from pg_stat_activity where state = 'active' and datname = '{database.Name}' and pid <> pg_backend_pid() and {which}") ?? "0",
        CultureInfo.InvariantCulture);
}
