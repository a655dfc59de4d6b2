using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// Fifty callers at once, five idle connections, queries of 2 ms, a server on which a connection takes 150 ms to open:
/// when are all served, and how many connections are left over? On a clock that the scenario moves, so exact.
/// </summary>
internal sealed class SpikeFigure : Figure
{
    private const int Callers = 50;
    private const int Idle = 5;

    private static readonly TimeSpan Connect = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Query = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "pool-spike";

    public override string Peer => FigureResult.NoPeer;

    public override async Task<FigureResult> MeasureAsync()
    {
        var (doneAfter, connections, opens) = await RunAsync();
        return new FigureResult(
            Name, FigureResult.FakeMilliseconds, Peer, Statistics.Of([doneAfter.TotalMilliseconds]), ("connections", connections), ("opens", opens));
    }

    public override async ValueTask RunOnceAsync() => await RunAsync();

    /// <summary>In the thread pool, whatever context the caller has: one that queues would mix the clock's turns with the callers'.</summary>
    private static Task<(TimeSpan DoneAfter, int Connections, int Opens)> RunAsync() => Task.Run(PlayAsync).WaitAsync(Patience);

    private static async Task<(TimeSpan DoneAfter, int Connections, int Opens)> PlayAsync()
    {
        var time = new ManualTimeProvider();
        var driver = new FakeDriver { DefaultOpen = FakeSteps.After(time, Connect) };
        await using var pool = StubConnections.Pool(new Configuration.PoolOptions().MaxSize, time, driver);
        await FillAsync(pool, time);
        var before = driver.Attempts;
        var start = time.GetTimestamp();
        var scene = new Scene(pool, time);
        var served = Enumerable.Range(0, Callers).Select(_ => scene.ServeAsync()).ToArray();
        await scene.SettleAsync();
        while (!served.All(static caller => caller.IsCompleted))
        {
            time.AdvanceToNextTimer();
            await scene.SettleAsync();
        }

        await Task.WhenAll(served);
        var doneAfter = time.GetElapsedTime(start);

        // What is still being opened arrives, and stays or goes.
        time.Advance(Connect);
        await SettleOpensAsync(pool);
        return (doneAfter, driver.OpenNow, driver.Attempts - before);
    }

    /// <summary>Five connections, opened one after another and all idle at the end.</summary>
    private static async Task FillAsync(NodePool pool, ManualTimeProvider time)
    {
        var leases = new List<Lease>();
        for (var i = 0; i < Idle; i++)
        {
            var rent = pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
            time.Advance(Connect);
            leases.Add(await rent);
        }

        foreach (var lease in leases)
        {
            await lease.ReturnAsync(async: true);
        }
    }

    private static async Task SettleOpensAsync(NodePool pool)
    {
        while (pool.GetStatistics().Opening > 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>The callers, and the knowledge of when each of them has come as far as it can at this moment of the clock.</summary>
    private sealed class Scene(NodePool pool, ManualTimeProvider time)
    {
        private int _started;
        private int _holding;
        private int _done;

        public async Task ServeAsync()
        {
            Interlocked.Increment(ref _started);
            var lease = await pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
            var query = Task.Delay(Query, time);
            Interlocked.Increment(ref _holding);
            await query;
            Interlocked.Decrement(ref _holding);
            await lease.ReturnAsync(async: true);
            Interlocked.Increment(ref _done);
        }

        /// <summary>Callers go on other threads after a wait; the clock stands still until each has its timer or its place in the queue.</summary>
        public async Task SettleAsync()
        {
            while (Volatile.Read(ref _done) + Volatile.Read(ref _holding) + pool.GetStatistics().Waiting != Volatile.Read(ref _started)
                || pool.GetStatistics().Active != Volatile.Read(ref _holding))
            {
                await Task.Yield();
            }
        }
    }
}
