using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.Benchmarks.Suites;

/// <summary>
/// What does it cost to rent a connection and give it back, with a reset that costs nothing? The baseline takes an object
/// from a bag and puts it back: no bound, no fairness, no lifetimes.
/// </summary>
[MemoryDiagnoser]
public class PoolRents
{
    private readonly ConcurrentBag<object> _bag = [new object()];
    private NodePool _pool = null!;

    [GlobalSetup]
    public void SetUp() => _pool = new NodePool(
        "orders/a", new FakeDriver(), new PoolOptions(), new TimeoutOptions(), TimeProvider.System, NullLoggerFactory.Instance,
        static physical => physical.Connection);

    [GlobalCleanup]
    public Task CleanUp() => _pool.DisposeAsync().AsTask();

    [Benchmark(Baseline = true)]
    public void Bag()
    {
        _bag.TryTake(out var item);
        _bag.Add(item!);
    }

    [Benchmark]
    public async ValueTask RentAndReturn()
    {
        var lease = await _pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        await lease.ReturnAsync(async: true);
    }

    [Benchmark]
    public async ValueTask RentTwoAndReturn()
    {
        var first = await _pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        var second = await _pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
        await second.ReturnAsync(async: true);
        await first.ReturnAsync(async: true);
    }
}
