using Npgsql;
using Routing.Diagnostics;
using Routing.Testing;

namespace Routing.IntegrationTests.Failures;

/// <summary>
/// A node that takes connections and never answers, or does not even take them: every caller is told so within the
/// time-out for connecting, the node is not flooded meanwhile, and no place of the pool is lost.
/// </summary>
public sealed class BlackHoleTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private const int Places = 6;
    private const int Callers = 40;
    private const int MostOpens = 4;

    private readonly NpgsqlConnectionStringBuilder _node = new(database.Primary);
    private SilencingProxy _proxy = null!;
    private RoutedHost _host = null!;

    public Task InitializeAsync()
    {
        _proxy = SilencingProxy.InFrontOf(_node.Port);
        _node.Port = _proxy.Port;
        _host = RoutedHost.OnPostgreSql(
            [_node.ConnectionString],
            new()
            {
                ["Pool:MaxSize"] = $"{Places}",
                ["Pool:RentTimeout"] = "00:00:20",
                ["Timeouts:Connect"] = "00:00:00.5",
                ["Timeouts:Cancel"] = "00:00:00.5",
                ["Nodes:a:Role"] = "Primary",
            },
            health: false);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Everybody_is_told_that_opening_took_too_long_and_all_places_serve_again_afterwards(bool accepts, bool async)
    {
        if (accepts)
        {
            _proxy.GoSilent();
        }
        else
        {
            await _proxy.FillBacklogAsync();
        }

        var errors = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => async ? Record.ExceptionAsync(AskAsync) : RecordBlocking()))
            .WaitAsync(Eventually.Bound);

        Assert.All(errors, static error =>
        {
            var unavailable = Assert.IsType<NodeUnavailableException>(error);
            Assert.Contains(unavailable.Code, (string[])[ErrorCodes.OpenFailed, ErrorCodes.OpenSuspended]);
            Assert.Contains("Nothing was sent; a retry is safe.", unavailable.Message, StringComparison.Ordinal);

            // The driver's words, the pool's, or, where the machine is too busy even for these, those about the driver.
            Assert.Matches("no answer within 500 ms|Timeouts:Connect of data source 'db' is 0.5 s|ignored its deadline of 500 ms", unavailable.Message);
        });
        Assert.True(_proxy.MostConnected <= MostOpens, $"{_proxy.MostConnected} connections were being opened at once.");
        await ServesOnAllPlacesAsync();
    }

    [Fact]
    public async Task Those_whom_a_lent_connection_may_serve_are_not_failed_with_the_opens()
    {
        await using var session = _host.Database.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await transaction.ExecuteScalarAsync<int>("select 1");
            _proxy.SilenceNewcomers();
            var waiting = Enumerable.Range(0, 5).Select(_ => _host.Database.ExecuteScalarAsync<int>("select 1").AsTask()).ToArray();

            // The one whom the failed open was for is told so; the others may still hope for what is lent.
            Assert.IsType<NodeUnavailableException>(await Record.ExceptionAsync(() => waiting[0].WaitAsync(Eventually.Bound)));
            await transaction.CommitAsync();
            foreach (var served in waiting.Skip(1))
            {
                var error = await Record.ExceptionAsync(() => served.WaitAsync(Eventually.Bound));
                Assert.True(error is null or NodeUnavailableException, error?.ToString());
            }
        }

        await ServesOnAllPlacesAsync();
    }

    private async Task ServesOnAllPlacesAsync()
    {
        _proxy.Resume();
        await Eventually.HoldsAsync("the node serves again", async () => await _host.Database.ExecuteScalarAsync<int>("select 1") == 1);
        await Eventually.HoldsAsync("each place serves", async () => (await Task.WhenAll(Enumerable.Range(0, Places).Select(_ =>
            _host.Database.ExecuteScalarAsync<int>("select pg_backend_pid() from pg_sleep(0.2)").AsTask()))).Distinct().Count() == Places);
        await _host.AllReturnedAsync();
    }

    private Task AskAsync() => _host.Database.ExecuteScalarAsync<int>("select 1").AsTask();

    /// <summary>On a thread of its own: so many blocked callers would otherwise wait for the thread pool to grow, not for the node.</summary>
    private Task<Exception?> RecordBlocking() => Task.Factory.StartNew(
        () => (Exception?)Record.Exception(() => { _host.Database.ExecuteScalar<int>("select 1"); }),
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
