using Npgsql;
using Routing.Testing;

namespace Routing.IntegrationTests.Sessions;

public sealed class CancellationTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    // Far beyond any bound below: who waits for it to end by itself fails.
    private const string Forever = "select pg_sleep(300)";

    private string[] Nodes => [database.Primary, .. database.Standbys];

    [Theory]
    [InlineData(Forever)]
    [InlineData("insert into waits select 1 from pg_sleep(300)")]
    public async Task A_cancelled_statement_ends_at_once_and_leaves_the_pool_whole(string sql)
    {
        await database.ExecuteAsync("create table if not exists waits (id int)");
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "2" });
        for (var round = 0; round < 4; round++)
        {
            using var cancel = new CancellationTokenSource();
            var running = host.Database.ExecuteAsync(sql, cancel.Token).AsTask();
            await RunsAsync("pg_sleep(300)");

            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Eventually.Bound));
        }

        await host.AllReturnedAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => EchoAsync(host, i, CancellationToken.None)));
        await NothingRunsAsync("pg_sleep(300)");
    }

    [Fact]
    public async Task A_cancel_reaches_no_statement_but_its_own()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "4" });
        using var stop = new CancellationTokenSource();
        var bystanders = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            var echoes = 0;
            for (; !stop.IsCancellationRequested; echoes++)
            {
                await EchoAsync(host, (i * 1_000_000) + echoes, CancellationToken.None);
            }

            return echoes;
        })).ToArray();

        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 15)));
            await Record.ExceptionAsync(() => host.Database.ExecuteScalarAsync<object>("select pg_sleep(0.01)", cancel.Token).AsTask());
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(bystanders), echoes => Assert.True(echoes > 0));
        await host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_command_time_out_ends_the_statement_on_the_server_too()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "1" });

        var error = await Record.ExceptionAsync(() => host.Database.ExecuteScalarAsync<object>(
            "select pg_sleep(301)", options: new StatementOptions { Timeout = TimeSpan.FromSeconds(1) }).AsTask().WaitAsync(Eventually.Bound));

        Assert.IsType<TimeoutException>(Assert.IsType<NpgsqlException>(error).InnerException);
        await NothingRunsAsync("pg_sleep(301)");
        await EchoAsync(host, 1, CancellationToken.None);
        await host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_cancelled_statement_in_a_transaction_leaves_it_to_be_rolled_back()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "1" });
        await using var session = host.Database.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await transaction.ExecuteAsync("create table never (id int)");
            using var cancel = new CancellationTokenSource();
            var running = transaction.ExecuteAsync("select pg_sleep(302)", cancel.Token).AsTask();
            await RunsAsync("pg_sleep(302)");
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Eventually.Bound));

            Assert.Equal("25P02", (await Assert.ThrowsAsync<PostgresException>(() => transaction.ExecuteAsync("select 1").AsTask())).SqlState);
        }

        await session.ExecuteAsync("create table never (id int); drop table never");
        await host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_stream_that_is_cancelled_gives_its_connection_back()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "1" });
        for (var round = 0; round < 3; round++)
        {
            using var cancel = new CancellationTokenSource();
            var rows = 0;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var _ in host.Database.StreamAsync<int>("select generate_series(1, 1000000000)", cancel.Token))
                {
                    if (++rows == 10)
                    {
                        await cancel.CancelAsync();
                    }
                }
            }).WaitAsync(Eventually.Bound);
        }

        await host.AllReturnedAsync();
        await NothingRunsAsync("1000000000");
        await EchoAsync(host, 1, CancellationToken.None);
    }

    [Fact]
    public async Task A_stream_left_early_does_not_read_its_millions_of_rows()
    {
        await using var host = RoutedHost.OnPostgreSql(Nodes, new() { ["Pool:MaxSize"] = "1" });
        for (var round = 0; round < 3; round++)
        {
            // To the end it would take minutes; who leaves is done when the server has heard of it.
            await LeaveAsync(host).WaitAsync(Eventually.Bound);
            await EchoAsync(host, round, CancellationToken.None);
        }

        await host.AllReturnedAsync();
        await NothingRunsAsync("2000000000");
    }

    private static async Task LeaveAsync(RoutedHost host)
    {
        await foreach (var row in host.Database.StreamAsync<int>("select generate_series(1, 2000000000)"))
        {
            if (row == 3)
            {
                return;
            }
        }
    }

    private static async Task EchoAsync(RoutedHost host, int value, CancellationToken ct) =>
        Assert.Equal(value, await host.Database.ExecuteScalarAsync<int>("select @value::int", new { value }, ct: ct));

    private Task RunsAsync(string text) => Eventually.HoldsAsync($"'{text}' runs", async () => await RunningAsync(text) > 0);

    private Task NothingRunsAsync(string text) => Eventually.HoldsAsync($"'{text}' has ended on every server", async () => await RunningAsync(text) == 0);

    private async Task<int> RunningAsync(string text)
    {
        var running = 0;
        foreach (var node in database.Cluster.Nodes)
        {
            running += int.Parse(
                await node.QueryAsAdminAsync(
                    $"select count(*) from pg_stat_activity where state = 'active' and datname = '{database.Name}' and pid <> pg_backend_pid() and position('{text}' in query) > 0") ?? "0",
                System.Globalization.CultureInfo.InvariantCulture);
        }

        return running;
    }
}
