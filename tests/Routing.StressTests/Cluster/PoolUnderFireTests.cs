using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Routing.Pools;
using Routing.Sessions;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.StressTests.Cluster;

/// <summary>
/// Everything at once that a pool must survive, on a real server: random cancels, server processes that are killed, pools
/// that are cleared, data sources that are disposed in the middle of it all and opened again. Each answer is the asker's
/// own, nobody is cancelled by somebody else, nobody waits for a connection that is not coming, and in the end no
/// connection and no waiter is left. 20 seconds; ROUTING_LONG=1 makes it five minutes.
/// </summary>
public sealed class PoolUnderFireTests(PostgreSqlDatabase database, ITestOutputHelper output) : IClassFixture<PostgreSqlDatabase>
{
    private const int Callers = 32;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 300 : 20);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _wrong = new();
    private long _answers;
    private long _cancelled;
    private long _outages;
    private long _kills;
    private long _clears;
    private long _lives;

    [Fact]
    public async Task Every_answer_is_the_askers_own_and_nothing_is_left()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"Seed {seed}.");
        var clock = Stopwatch.StartNew();
        await using var killer = new NpgsqlConnection(database.Primary + ";Pooling=false");
        await killer.OpenAsync();

        while (clock.Elapsed < Length && _wrong.IsEmpty)
        {
            await LiveAsync(seed + (int)_lives, killer);
            _lives++;
        }

        output.WriteLine($"{_answers} answers, {_cancelled} cancelled, {_outages} outages, {_kills} kills, {_clears} clears, {_lives} data sources.");
        Assert.Empty(_wrong.Take(3));
        Assert.True(_answers > 0 && _cancelled > 0 && _outages > 0 && _kills > 0 && _clears > 0, "Too little happened to say anything.");
        Assert.Equal(0, await EventuallyConnectionsAsync(killer));
    }

    /// <summary>One data source from its birth to its dispose; every other one is disposed while callers still ask.</summary>
    private async Task LiveAsync(int seed, NpgsqlConnection killer)
    {
        await using var host = RoutedHost.OnPostgreSql(
            [database.Primary], new() { ["Pool:MaxSize"] = "6", ["Pool:RentTimeout"] = "00:00:45", ["Timeouts:Connect"] = "00:00:30" }, health: false, log: false);
        var served = (RoutingDatabase)host.Database;
        using var stop = new CancellationTokenSource();
        var fire = Task.Run(() => FireAsync(served, new Random(seed), killer, stop.Token));
        var callers = Enumerable.Range(0, Callers).Select(i => Task.Run(() => CallAsync(served, new Random(seed + i), i, stop.Token))).ToArray();

        var life = Stopwatch.StartNew();
        while (life.Elapsed < Life)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        if (seed % 2 == 0)
        {
            await host.DisposeAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll([fire, .. callers]).WaitAsync(Bound);
        if (seed % 2 != 0)
        {
            await IsAtRestAsync(served);
        }
    }

    private async Task FireAsync(RoutingDatabase served, Random random, NpgsqlConnection killer, CancellationToken stop)
    {
        await using var kill = new NpgsqlCommand(
            "select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1) victim",
            killer);
        while (!stop.IsCancellationRequested)
        {
            if (random.Next(3) == 0)
            {
                PoolOf(served).Clear();
                Interlocked.Increment(ref _clears);
            }
            else
            {
                Interlocked.Add(ref _kills, (long)(await kill.ExecuteScalarAsync(CancellationToken.None))!);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(5, 80)), CancellationToken.None);
        }
    }

    private async Task CallAsync(RoutingDatabase served, Random random, int caller, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            // The last callers never cancel anything, so nothing of theirs may ever end as cancelled.
            using var cancel = caller < Callers - 8 && random.Next(3) == 0
                ? new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(1, 6000)))
                : new CancellationTokenSource();
            try
            {
                await AskAsync(served, random, ((long)caller << 32) | (uint)n, cancel.Token);
                Interlocked.Increment(ref _answers);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                Interlocked.Increment(ref _cancelled);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception error) when (IsOutage(error))
            {
                Interlocked.Increment(ref _outages);

                // As a service would: no use in asking again at once.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(5, 50)), CancellationToken.None);
            }
            catch (Exception error)
            {
                _wrong.Enqueue($"caller {caller}: {error}");
                return;
            }
        }
    }

    private static async Task AskAsync(RoutingDatabase served, Random random, long value, CancellationToken ct)
    {
        switch (random.Next(4))
        {
            case 0:
                Assert.Equal(value, await served.ExecuteScalarAsync<long>("select @value::bigint from pg_sleep(0.002)", new { value }, ct: ct));
                break;
            case 1:
                await using (var session = served.OpenSession())
                {
                    await using var transaction = await session.BeginTransactionAsync(ct: ct);
                    await transaction.ExecuteAsync($"select set_config('app.value', {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}, true)", ct: ct);
                    Assert.Equal(value, await transaction.ExecuteScalarAsync<long>("select current_setting('app.value')::bigint", ct));
                    await transaction.CommitAsync(ct);
                }

                break;
            case 2:
                var rows = 0;
                await foreach (var row in served.StreamAsync<long>("select @value::bigint from generate_series(1, 500)", new { value }, ct: ct))
                {
                    Assert.Equal(value, row);
                    if (++rows == 100)
                    {
                        break;
                    }
                }

                break;
            default:
                Assert.Equal(value, await served.ExecuteScalarAsync<long>("select @value::bigint", new { value }, ct: ct));
                break;
        }
    }

    /// <summary>The connection was killed, or none could be opened at that moment. A wait that ended by time is not among them: that is a lost place.</summary>
    private static bool IsOutage(Exception error)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is PoolExhaustedException or PostgresException { SqlState: "57014" })
            {
                return false;
            }

            if (inner is NodeUnavailableException or PostgresException { SqlState: "57P01" or "57P03" or "53300" } or IOException or System.Net.Sockets.SocketException
               )
            {
                return true;
            }
        }

        return error is NpgsqlException { IsTransient: true } or RoutingException { Code: Diagnostics.ErrorCodes.KeptConnectionLost };
    }

    private static IPool PoolOf(RoutingDatabase served) => served.Source.Pools[served.Topology.Nodes.First()];

    private static async Task IsAtRestAsync(RoutingDatabase served)
    {
        var waited = Stopwatch.StartNew();
        while (PoolOf(served).GetStatistics() is not { Active: 0, Waiting: 0, Opening: 0 } || served.Topology.Nodes.First().Load.InFlight > 0)
        {
            Assert.True(waited.Elapsed < Bound, $"Not at rest: {PoolOf(served).GetStatistics()}, in flight {served.Topology.Nodes.First().Load.InFlight}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private static async Task<long> EventuallyConnectionsAsync(NpgsqlConnection connection)
    {
        await using var count = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
        var waited = Stopwatch.StartNew();
        long left;
        while ((left = (long)(await count.ExecuteScalarAsync())!) > 0 && waited.Elapsed < Bound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        return left;
    }
}
