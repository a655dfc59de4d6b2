using Npgsql;
using Routing.Testing;

namespace Routing.IntegrationTests.Failures;

/// <summary>
/// Cancels that the server never takes: the connection for the cancel is accepted and not answered. The driver gives that one up
/// after its time-out for connecting, and after another one where it had asked for encryption first; then it
/// breaks the statement's connection. So a cancelled caller is held for twice <c>Timeouts:Connect</c> at most, one whose time is
/// up for its time-out more, and the place is free again.
/// </summary>
public sealed class LostCancelTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    // Far beyond any bound: who waits for it to end by itself fails.
    private const string Forever = "select pg_sleep(300)";

    [Theory]
    [InlineData("token", true)]
    [InlineData("transaction", true)]
    [InlineData("time-out", true)]
    [InlineData("time-out", false)]
    [InlineData("left stream", true)]
    public async Task Its_caller_is_let_go_and_the_place_serves_the_next(string how, bool async)
    {
        var node = new NpgsqlConnectionStringBuilder(database.Primary);
        await using var proxy = SilencingProxy.InFrontOf(node.Port);
        node.Port = proxy.Port;
        await using var host = RoutedHost.OnPostgreSql(
            [node.ConnectionString],
            new() { ["Pool:MaxSize"] = "1", ["Pool:ValidateAfter"] = "01:00:00", ["Timeouts:Connect"] = "00:00:01", ["Timeouts:Cancel"] = "00:00:01", ["Nodes:a:Role"] = "Primary" },
            health: false);
        await Eventually.HoldsAsync("a connection is open", async () => await host.Database.ExecuteScalarAsync<int>("select 1") == 1);
        proxy.SilenceNewcomers();

        await Task.Run(() => AskAsync(host, how, async)).WaitAsync(Eventually.Bound);

        proxy.Resume();
        await Eventually.HoldsAsync("the only place serves again", async () => await host.Database.ExecuteScalarAsync<int>("select 1") == 1);
        await host.AllReturnedAsync();
    }

    private static async Task AskAsync(RoutedHost host, string how, bool async)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var limited = new StatementOptions { Timeout = TimeSpan.FromSeconds(1) };
        switch (how)
        {
            case "token":
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Database.ExecuteScalarAsync<object>(Forever, cancel.Token).AsTask());
                break;
            case "transaction":
                await using (var session = host.Database.OpenSession())
                {
                    await using var transaction = await session.BeginTransactionAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transaction.ExecuteScalarAsync<object>(Forever, cancel.Token).AsTask());
                }

                break;
            case "time-out" when async:
                await Assert.ThrowsAsync<NpgsqlException>(() => host.Database.ExecuteScalarAsync<object>(Forever, options: limited).AsTask());
                break;
            case "time-out":
                Assert.Throws<NpgsqlException>(() => { host.Database.ExecuteScalar<object>(Forever, options: limited); });
                break;
            default:
                await foreach (var row in host.Database.StreamAsync<string>("select repeat('x', 1000) from generate_series(1, 1000000)"))
                {
                    break;
                }

                break;
        }
    }
}
