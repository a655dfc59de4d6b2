using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.StressTests.Cluster;

/// <summary>
/// Reads are asked twice and the slower one is cancelled, over and over, while others read and write without ever cancelling
/// anything: no statement of theirs is cancelled. Some cancels are held back on their way until the driver has given up
/// waiting for the server to take them.
/// </summary>
public sealed class HedgedCancelTests(PostgreSqlDatabase database, ITestOutputHelper output) : IClassFixture<PostgreSqlDatabase>
{
    private const int Hedgers = 12;
    private const int Bystanders = 6;

    // The driver gives up after Timeouts:Connect, two seconds here; what is held back arrives after that.
    private const int DelayedOneIn = 50;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(2100);

    private static readonly int Cancels = Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 200_000 : 2_000;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 30 : 2);

    private int _sent;
    private int _lost;
    private int _echoes;

    /// <remarks>
    /// Seen to fail without the close in <c>Failure.NoteCancel</c>: a bystander's statement ends with 57014. The bystanders'
    /// statements sleep, so that a stray cancel finds them running.
    /// </remarks>
    [Fact]
    public async Task No_statement_is_cancelled_but_by_its_own_caller()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"Seed {seed}.");
        var direct = new NpgsqlConnectionStringBuilder(database.Primary);
        await using var proxy = new CancelDelayingProxy(direct.Port, n => n % DelayedOneIn == 0 ? Delay : TimeSpan.Zero);
        direct.Host = "127.0.0.1";
        direct.Port = proxy.Port;
        await using var host = RoutedHost.OnPostgreSql(
            [direct.ConnectionString],
            new() { ["Pool:MaxSize"] = "16", ["Pool:RentTimeout"] = "00:01:00", ["Timeouts:Connect"] = "00:00:02", ["Timeouts:Cancel"] = "00:00:05" },
            health: false, log: false);
        await host.Database.ExecuteScalarAsync<int>("select 1");
        var errors = new ConcurrentQueue<Exception>();
        using var stop = new CancellationTokenSource();

        var bystanders = Enumerable.Range(0, Bystanders).Select(i => Task.Run(() => EchoAsync(host, i, errors, stop.Token))).ToArray();
        var hedgers = Enumerable.Range(0, Hedgers).Select(i => Task.Run(() => HedgeAsync(host, new Random(seed + i), errors))).ToArray();
        await Task.WhenAll(hedgers).WaitAsync(Bound);
        await stop.CancelAsync();
        await Task.WhenAll(bystanders).WaitAsync(Bound);

        output.WriteLine($"{_sent} hedges, {_lost} losers cancelled, {proxy.Cancels} cancels sent to the server, {_echoes} statements beside them.");
        Assert.Empty(errors.Take(3));
        Assert.True(_lost > Cancels / 10 && proxy.Cancels > DelayedOneIn, "Too few cancels to say anything.");
    }

    private async Task EchoAsync(RoutedHost host, int caller, ConcurrentQueue<Exception> errors, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            try
            {
                var value = (caller * 1_000_000) + n;
                var intent = n % 2 == 0 ? Intent.Read : Intent.Write;
                Assert.Equal(value, await host.Database.ExecuteScalarAsync<int>(
                    "select @value::int from pg_sleep(0.02)", new { value }, new StatementOptions { Intent = intent }, CancellationToken.None));
                Interlocked.Increment(ref _echoes);
            }
            catch (Exception error) when (error is NodeUnavailableException or PoolExhaustedException)
            {
                await NotReadyAsync();
            }
            catch (Exception error)
            {
                errors.Enqueue(error);
            }
        }
    }

    // A slow machine takes longer than the two seconds for a log-in; nothing was sent then.
    private static Task NotReadyAsync() => Task.Delay(TimeSpan.FromMilliseconds(20));

    private async Task HedgeAsync(RoutedHost host, Random random, ConcurrentQueue<Exception> errors)
    {
        while (Interlocked.Increment(ref _sent) <= Cancels)
        {
            using var cancel = new CancellationTokenSource();
            try
            {
                var first = AskAsync(host, random.Next(3), cancel.Token);
                var second = AskAsync(host, random.Next(3), cancel.Token);
                await Task.WhenAny(first, second);
                await cancel.CancelAsync();
                await Task.WhenAll(first, second);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _lost);
            }
            catch (Exception error) when (error is NodeUnavailableException or PoolExhaustedException)
            {
                Interlocked.Decrement(ref _sent);
                await NotReadyAsync();
            }
            catch (Exception error)
            {
                errors.Enqueue(error);
            }
        }
    }

    private static async Task AskAsync(RoutedHost host, int milliseconds, CancellationToken ct) =>
        await host.Database.QueryAsync<int>("select 1 from pg_sleep(@seconds)", new { seconds = milliseconds / 1000.0 }, ct: ct);
}
