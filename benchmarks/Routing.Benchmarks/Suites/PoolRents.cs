using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.ObjectPool;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;

namespace Routing.Benchmarks.Suites;

/// <summary>
/// What does it cost to rent a connection and give it back, with a driver that costs nothing? The baseline is the pool that
/// most would write on a bounded channel. The object pool has no bound and nobody waits for it.
/// </summary>
[MemoryDiagnoser]
public class PoolRents
{
    private static readonly int Size = new PoolOptions().MaxSize;

    private readonly ChannelPool<PhysicalConnection> _channel = StubConnections.Channel(Size);
    private readonly SemaphorePool<PhysicalConnection> _semaphore = StubConnections.Semaphore(Size);
    private readonly ObjectPool<PhysicalConnection> _objects = StubConnections.Objects();
    private NodePool _pool = null!;

    [GlobalSetup]
    public void SetUp() => _pool = StubConnections.Pool(Size);

    [GlobalCleanup]
    public Task CleanUp() => _pool.DisposeAsync().AsTask();

    [Benchmark(Baseline = true)]
    public ValueTask Channel() => Cycles.RunAsync(_channel, times: 1);

    [Benchmark]
    public ValueTask Semaphore() => Cycles.RunAsync(_semaphore, times: 1);

    [Benchmark]
    public void ObjectPool() => Cycles.Run(_objects, times: 1);

    [Benchmark]
    public ValueTask RentAndReturn() => Cycles.RunAsync(_pool, Lane.Writer, times: 1);

    [Benchmark]
    public async ValueTask RentTwoAndReturn()
    {
        var first = await _pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        var second = await _pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        await second.ReturnAsync(async: true);
        await first.ReturnAsync(async: true);
    }
}
