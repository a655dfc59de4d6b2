using System.Collections.Concurrent;
using System.Diagnostics;
using Routing.LocalServers;
using Routing.Sessions;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.StressTests.Cluster;

/// <summary>Over real servers, with cancels at random moments: what one caller asked never arrives at another.</summary>
public sealed class OneHolderTests(ITestOutputHelper output)
{
    private const int Callers = 32;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RentTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The last call of a caller may wait for a connection, and then for a cancel that a busy server does not take: the driver
    /// gives up connecting for it after the time-out for connecting, and after another one where it had asked for encryption first.
    /// </summary>
    private static readonly TimeSpan Bound = Length + RentTimeout + (2 * Connect) + TimeSpan.FromSeconds(20);

    private long _echoes;
    private long _cancels;

    [Fact]
    public async Task No_row_of_one_caller_arrives_at_another_whatever_is_cancelled()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"Seed {seed}.");
        await using var cluster = await PostgreSqlCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync();
        await using var host = RoutedHost.OnPostgreSql(
            cluster.Nodes.Select(n => n.ConnectionString(database)), new() { ["Pool:MaxSize"] = "6", ["Pool:RentTimeout"] = $"{RentTimeout}", ["Timeouts:Connect"] = $"{Connect}" }, log: false);
        var errors = new ConcurrentQueue<Exception>();
        var clock = Stopwatch.StartNew();

        var callers = Enumerable.Range(0, Callers).Select(i => Task.Run(async () =>
        {
            var random = new Random(seed + i);
            for (var n = 0; clock.Elapsed < Length; n++)
            {
                try
                {
                    await AskAsync(host, random, ((long)i << 32) | (uint)n);
                }
                catch (Exception error)
                {
                    errors.Enqueue(error);
                }
            }
        })).ToArray();
        try
        {
            await Task.WhenAll(callers).WaitAsync(Bound);
        }
        catch (TimeoutException)
        {
            await TellWhoHangsAsync(host, cluster);
            throw;
        }

        output.WriteLine($"{_echoes} answers, {_cancels} cancelled.");

        Assert.Empty(errors.Take(3));
        Assert.True(_echoes > 0 && _cancels > 0);
        while (host.Database.Topology.Nodes.Any(node => node.Load.InFlight > 0 || ((RoutingDatabase)host.Database).Source.Pools[node].GetStatistics() is not { Active: 0, Waiting: 0 }))
        {
            Assert.True(clock.Elapsed < Bound, "Not every connection came back to its pool.");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private async Task TellWhoHangsAsync(RoutedHost host, PostgreSqlCluster cluster)
    {
        foreach (var node in host.Database.Topology.Nodes)
        {
            output.WriteLine($"{node.Name}: {((RoutingDatabase)host.Database).Source.Pools[node].GetStatistics()}, in flight {node.Load.InFlight}");
        }

        foreach (var server in cluster.Nodes)
        {
            output.WriteLine($"{server.Name}:\n" + await server.QueryAsAdminAsync(
                "select string_agg(concat_ws(' | ', pid, state, wait_event_type, wait_event, now() - state_change, left(query, 120)), e'\\n') from pg_stat_activity where backend_type = 'client backend'"));
        }
    }

    private async Task AskAsync(RoutedHost host, Random random, long value)
    {
        using var cancel = random.Next(3) == 0 ? new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(1, 6000))) : new CancellationTokenSource();
        try
        {
            switch (random.Next(5))
            {
                case 0:
                    await StreamAsync(host, random, value, cancel.Token);
                    break;
                case 1:
                    await TransactAsync(host, value, cancel.Token);
                    break;
                case 2:
                    var answers = await host.Database.QueryAsync<long>("select @value::bigint from generate_series(1, 5), pg_sleep(0.002)", new { value }, ct: cancel.Token);
                    Assert.Equal([value, value, value, value, value], answers);
                    break;
                case 3:
                    Assert.Equal(value, await host.Database.ExecuteScalarAsync<long>("select @value::bigint", new { value }, new StatementOptions { Intent = Intent.Write }, cancel.Token));
                    break;
                default:
                    Assert.Equal(value, await host.Database.ExecuteScalarAsync<long>("select @value::bigint", new { value }, ct: cancel.Token));
                    break;
            }

            Interlocked.Increment(ref _echoes);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Interlocked.Increment(ref _cancels);
        }
    }

    private static async Task StreamAsync(RoutedHost host, Random random, long value, CancellationToken ct)
    {
        var leaveAfter = random.Next(1, 2000);
        var rows = 0;
        await foreach (var row in host.Database.StreamAsync<long>("select @value::bigint from generate_series(1, 1000)", new { value }, ct: ct))
        {
            Assert.Equal(value, row);
            if (++rows == leaveAfter)
            {
                break;
            }
        }
    }

    private static async Task TransactAsync(RoutedHost host, long value, CancellationToken ct)
    {
        await using var session = host.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync(ct: ct);
        await transaction.ExecuteAsync("select set_config('app.value', @text, true)", new { text = value.ToString(System.Globalization.CultureInfo.InvariantCulture) }, ct: ct);
        Assert.Equal(value, await transaction.ExecuteScalarAsync<long>("select current_setting('app.value')::bigint", ct));
        await transaction.CommitAsync(ct);
    }
}
