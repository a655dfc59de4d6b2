using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// How much more do two threads get done, each renting and returning as fast as it can, with a connection for either?
/// Nobody ever has to wait; what is measured is how the two get in each other's way.
/// </summary>
internal sealed class TwoThreadsFigure : ThroughputFigure
{
    private const int Threads = 2;

    private readonly ChannelPool<PhysicalConnection> _channel = StubConnections.Channel(Threads);
    private readonly SemaphorePool<PhysicalConnection> _semaphore = StubConnections.Semaphore(Threads);
    private NodePool? _pool;

    public override string Name => "pool-two-threads";

    protected override Operation OurRun => Operation.Batch(times => Together(times, share => Cycles.RunAsync(_pool!, Lane.Writer, share)));

    protected override Operation ChannelRun => Operation.Batch(times => Together(times, share => Cycles.RunAsync(_channel, share)));

    protected override Operation SemaphoreRun => Operation.Batch(times => Together(times, share => Cycles.RunAsync(_semaphore, share)));

    public override ValueTask SetUpAsync()
    {
        _pool = StubConnections.Pool(Threads);
        return default;
    }

    protected override ValueTask CleanUpAsync() => _pool?.DisposeAsync() ?? default;

    /// <summary>Half on this thread, half on another one, begun at the same moment.</summary>
    private static void Together(int times, Func<int, ValueTask> cycles)
    {
        using var start = new Barrier(Threads);
        Exception? failure = null;
        var other = new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                Finish(cycles(times / Threads));
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        other.Start();
        start.SignalAndWait();
        Finish(cycles(times - (times / Threads)));
        other.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException("The other thread failed.", failure);
        }
    }

    private static void Finish(ValueTask cycles)
    {
        // Complete as a rule: there is a connection for either thread. A pool may make one wait for a moment all the same.
        if (!cycles.IsCompletedSuccessfully)
        {
            cycles.AsTask().GetAwaiter().GetResult();
        }
    }
}
