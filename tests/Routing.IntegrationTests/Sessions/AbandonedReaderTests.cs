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
    public async Task What_is_more_is_cancelled_and_the_connection_goes_on_or_closes(string text, bool async)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        var process = PostgreSqlNodes.ProcessId(connection.Physical);
        var reader = await OneRowAsync(connection, text);

        var ending = await connection.Physical.AbandonAsync(reader, async);

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

    [Fact]
    public async Task A_slow_result_is_cancelled_and_its_connection_used_again()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        var process = await host.Database.ExecuteScalarAsync<int>("select pg_backend_pid()");
        for (var round = 0; round < 3; round++)
        {
            await foreach (var _ in host.Database.StreamAsync<int>(Slow))
            {
                break;
            }

            Assert.Equal(process, await host.Database.ExecuteScalarAsync<int>("select pg_backend_pid()"));
        }
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

    private static async Task<DbDataReader> OneRowAsync(LeaseConnection connection, string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        var reader = await command.ExecuteReaderAsync();
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
