using System.Diagnostics;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// What becomes of 32 callers that share 8 connections, each held for 5 ms: how much gets done, and how long do the
/// unluckiest wait? The holds are ended by one timer on all sides; every slice begins with all callers at once.
/// </summary>
internal sealed class OversubscribedFigure : ThroughputFigure
{
    private const int Slots = 8;
    private const int Callers = 32;
    private const double Unluckiest = 0.999;
    private const int MostWaits = 1 << 17;

    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(5);

    private readonly ChannelPool<PhysicalConnection> _channel = StubConnections.Channel(Slots);
    private readonly SemaphorePool<PhysicalConnection> _semaphore = StubConnections.Semaphore(Slots);
    private readonly WaitTimes _ourWaits = new(MostWaits);
    private readonly WaitTimes _channelWaits = new(MostWaits);
    private readonly WaitTimes _semaphoreWaits = new(MostWaits);
    private NodePool? _pool;
    private HoldTimer? _holds;

    public override string Name => "pool-oversubscribed";

    // Long enough for a dozen holds one after another, so that beginning and end weigh little.
    protected override TimeSpan Slice => TimeSpan.FromMilliseconds(100);

    // The one wait in a thousand needs some ten thousand waits to be known.
    protected override TimeSpan Enough => TimeSpan.FromSeconds(30);

    protected override Operation OurRun => By(async () =>
    {
        var start = Stopwatch.GetTimestamp();
        var lease = await _pool!.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        _ourWaits.Add(Stopwatch.GetTimestamp() - start);
        await _holds!.HoldAsync();
        await lease.ReturnAsync(async: true);
    });

    protected override Operation ChannelRun => By(async () =>
    {
        var start = Stopwatch.GetTimestamp();
        var connection = await _channel.RentAsync(CancellationToken.None);
        _channelWaits.Add(Stopwatch.GetTimestamp() - start);
        await _holds!.HoldAsync();
        _channel.Return(connection);
    });

    protected override Operation SemaphoreRun => By(async () =>
    {
        var start = Stopwatch.GetTimestamp();
        var connection = await _semaphore.RentAsync(CancellationToken.None);
        _semaphoreWaits.Add(Stopwatch.GetTimestamp() - start);
        await _holds!.HoldAsync();
        _semaphore.Return(connection);
    });

    protected override IEnumerable<(string Name, double Value)> Details
    {
        get
        {
            var (ours, channel, semaphore) =
                (_ourWaits.Percentile(Unluckiest), _channelWaits.Percentile(Unluckiest), _semaphoreWaits.Percentile(Unluckiest));
            return [("p999-ratio", ours / channel), ("p999-us", ours), ("channel-p999-us", channel), ("semaphore-p999-us", semaphore)];
        }
    }

    public override ValueTask SetUpAsync()
    {
        _pool = StubConnections.Pool(Slots);
        _holds = new HoldTimer(Hold);
        return default;
    }

    protected override ValueTask CleanUpAsync()
    {
        _holds?.Dispose();
        return _pool?.DisposeAsync() ?? default;
    }

    protected override void WarmedUp()
    {
        _ourWaits.Clear();
        _channelWaits.Clear();
        _semaphoreWaits.Clear();
    }

    // One run is a hold by each caller: so that no side's slice ends with holds that leave connections idle.
    private static Operation By(Func<ValueTask> once) => Operation.Batch(async times =>
    {
        var left = times * Callers;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await once();
            }
        })));
    });
}
