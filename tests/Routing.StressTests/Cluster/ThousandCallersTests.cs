using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Routing.LocalServers;
using Routing.Pools;
using Routing.Sessions;
using Routing.Testing;
using Xunit.Abstractions;
using NodeState = Routing.Topology.NodeState;

namespace Routing.StressTests.Cluster;

/// <summary>A thousand callers do not notice that a standby goes and comes back, and leave the pools as they found them.</summary>
public sealed class ThousandCallersTests(ITestOutputHelper output)
{
    private const int Callers = 1000;
    private const int Writers = 20;
    private const int MinIdle = 2;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 30 : 12);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Reads_of_a_thousand_callers_survive_a_standby_that_stops_and_starts()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync();
        await using var host = RoutedHost.OnPostgreSql(
            cluster.Nodes.Select(n => n.ConnectionString(database)),
            new() { ["Pool:MaxSize"] = "32", ["Pool:MinIdle"] = MinIdle.ToString(CultureInfo.InvariantCulture), ["Pool:MaxIdleTime"] = "00:00:01", ["Pool:RentTimeout"] = "00:00:30" },
            log: false);
        await host.Database.ExecuteAsync("create table written (writer int, n int, primary key (writer, n))");
        await cluster.WaitUntilReplicatedAsync();

        var load = new Load(host, Length);
        var callers = Enumerable.Range(0, Callers).Select(i => Task.Run(() => i < Writers ? load.WriteAsync(i) : load.ReadAsync(i))).ToArray();
        var standby = cluster.Standbys[0];
        for (var outage = 0; load.IsRunning; outage++)
        {
            await (outage % 2 == 0 ? standby.StopAsync() : standby.KillAsync());
            await SeesAsync(host, NodeState.Down);
            await standby.StartAsync();
            await SeesAsync(host, NodeState.Up);
            load.Outages++;
        }

        await Task.WhenAll(callers).WaitAsync(Bound);
        output.WriteLine($"{load.Reads} reads, {load.Writes} writes, {load.Outages} outages of {standby.Name} in {Length.TotalSeconds:F0} s; {load.Errors.Count} errors.");

        Assert.Empty(load.Errors.Take(3));
        Assert.True(load.Outages > 0);
        await UntilAsync("the pools are at their idle size", () => host.Database.Topology.Nodes.All(node =>
            Pool(host, node) is { Active: 0, Waiting: 0, Opening: 0, Idle: MinIdle } && node.Load.InFlight == 0), () => Describe(host));
        Assert.Equal(load.Writes, await host.Database.ExecuteScalarAsync<long>("select count(*) from written", options: new StatementOptions { Intent = Intent.Write }));

        // Whole pools: as many statements at once as they have connections.
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => host.Database.ExecuteScalarAsync<object>("select pg_sleep(0.05)").AsTask()));
    }

    private static Task SeesAsync(RoutedHost host, NodeState state) =>
        UntilAsync($"node b is {state}", () => host.Database.Topology.Nodes.Single(n => n.Name == "b").State == state, () => Describe(host));

    private static async Task UntilAsync(string what, Func<bool> condition, Func<string> describe)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Bound, $"Within {Bound.TotalSeconds:F0} s it did not come about that {what}: {describe()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private static PoolStatistics Pool(RoutedHost host, Routing.Topology.Node node) => ((RoutingDatabase)host.Database).Source.Pools[node].GetStatistics();

    private static string Describe(RoutedHost host) => string.Join("; ", host.Database.Topology.Nodes.Select(node =>
        string.Create(CultureInfo.InvariantCulture, $"{node.Name} {node.Role} {node.State} in flight {node.Load.InFlight}, {Pool(host, node)}")));

    private sealed class Load(RoutedHost host, TimeSpan length)
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private long _reads;
        private long _writes;

        public ConcurrentQueue<Exception> Errors { get; } = new();

        public long Reads => Interlocked.Read(ref _reads);

        public long Writes => Interlocked.Read(ref _writes);

        public int Outages { get; set; }

        public bool IsRunning => _clock.Elapsed < length;

        public async Task ReadAsync(int caller)
        {
            for (var i = 0; IsRunning; i++)
            {
                try
                {
                    var sent = ((long)caller << 32) | (uint)i;
                    var received = await host.Database.ExecuteScalarAsync<long>("select @sent::bigint", new { sent });
                    if (received != sent)
                    {
                        throw new InvalidOperationException($"Caller {caller} sent {sent} and received {received}.");
                    }

                    Interlocked.Increment(ref _reads);
                }
                catch (Exception error)
                {
                    Errors.Enqueue(error);
                }
            }
        }

        public async Task WriteAsync(int writer)
        {
            for (var n = 0; IsRunning; n++)
            {
                try
                {
                    await host.Database.ExecuteAsync("insert into written values (@writer, @n)", new { writer, n });
                    Interlocked.Increment(ref _writes);
                }
                catch (Exception error)
                {
                    Errors.Enqueue(error);
                }
            }
        }
    }
}
