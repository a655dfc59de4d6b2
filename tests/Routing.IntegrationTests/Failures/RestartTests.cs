using System.Collections.Concurrent;
using Routing.LocalServers;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.IntegrationTests.Failures;

/// <summary>A server that is shot and started again under load.</summary>
public sealed class RestartTests(PrivatePostgreSqlCluster servers, ITestOutputHelper output) : IClassFixture<PrivatePostgreSqlCluster>
{
    private const int Places = 6;
    private const int Callers = 24;

    private readonly ConcurrentQueue<Exception> _unsent = new();
    private readonly ConcurrentQueue<Exception> _lost = new();
    private readonly ConcurrentQueue<Exception> _wrong = new();
    private long _answers;
    private int _isServing;

    /// <summary>
    /// The bound: a statement can only be lost on a connection of before, each of these is closed by the first it loses, and
    /// there are as many as places. Whatever else fails was never sent, and fails only until the first answer: the open that
    /// led to it has ended the time in which the pool refuses.
    /// </summary>
    [Fact]
    public async Task No_more_statements_are_lost_than_there_were_connections_and_everybody_is_served_afterwards()
    {
        var database = await servers.Cluster.CreateDatabaseAsync();
        var node = servers.Cluster.Primary;
        await using var host = RoutedHost.OnPostgreSql(
            [node.ConnectionString(database)],
            new() { ["Pool:MaxSize"] = $"{Places}", ["Pool:RentTimeout"] = "00:00:30", ["Timeouts:Connect"] = "00:00:05", ["Nodes:a:Role"] = "Primary" },
            health: false, log: false);
        await host.Database.ExecuteAsync("create table t (id int)");
        using var stop = new CancellationTokenSource();
        var answered = new long[Callers];
        var callers = Enumerable.Range(0, Callers).Select(i => Task.Run(() => CallAsync(host, i, answered, stop.Token))).ToArray();
        await Eventually.HoldsAsync("the load is on", () => Interlocked.Read(ref _answers) > 200);

        await node.StopAsync(StopMode.Immediate);
        await Eventually.HoldsAsync("the pool refuses", () => !_unsent.IsEmpty);
        await node.StartAsync();
        await Eventually.HoldsAsync("an answer came", async () =>
        {
            await host.Database.ExecuteScalarAsync<int>("select 1");
            return true;
        });
        Volatile.Write(ref _isServing, 1);
        var before = answered.Select((_, i) => Interlocked.Read(ref answered[i])).ToArray();
        await Eventually.HoldsAsync("each caller is served again", () => Enumerable.Range(0, Callers).All(i => Interlocked.Read(ref answered[i]) > before[i] + 5));
        await stop.CancelAsync();
        await Task.WhenAll(callers).WaitAsync(Eventually.Bound);

        output.WriteLine($"{_answers} answers, {_lost.Count} statements lost, {_unsent.Count} refused unsent.");
        Assert.Empty(_wrong.Take(3));
        Assert.InRange(_lost.Count, 0, Places);
        await host.AllReturnedAsync();
        Assert.InRange(host.Pool("a").Idle, 1, Places);
        await Eventually.HoldsAsync("the server has no session that the pool does not know", async () =>
            long.Parse((await node.QueryAsAdminAsync($"select count(*) from pg_stat_activity where datname = '{database}' and backend_type = 'client backend'"))!, null) <= Places);
    }

    private async Task CallAsync(RoutedHost host, int caller, long[] answered, CancellationToken stop)
    {
        var options = new StatementOptions { Intent = Intent.Write };
        while (!stop.IsCancellationRequested)
        {
            var wasServing = Volatile.Read(ref _isServing) == 1;
            try
            {
                Assert.Equal(caller, await host.Database.ExecuteScalarAsync<int>("select @caller::int from pg_sleep(0.002)", new { caller }, options, CancellationToken.None));
                Interlocked.Increment(ref answered[caller]);
                Interlocked.Increment(ref _answers);
            }
            catch (NodeUnavailableException error)
            {
                (wasServing ? _wrong : _unsent).Enqueue(error);

                // As a service would: no use in asking again at once.
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
            catch (Exception error) when (error is System.Data.Common.DbException)
            {
                _lost.Enqueue(error);
            }
            catch (Exception error)
            {
                _wrong.Enqueue(error);
            }
        }
    }
}
