using BenchmarkDotNet.Attributes;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Configuration;
using Routing.Pools;

namespace Routing.Benchmarks.Suites;

/// <summary>What does a wait with a time-out and a token cost that ends with the connection? The baseline waits for a semaphore. Per wait.</summary>
[MemoryDiagnoser]
public class PoolWaits
{
    private const int Waits = 1000;

    private readonly CancellationTokenSource _neverCancelled = new();
    private NodePool _pool = null!;
    private PoolRelay _ours = null!;
    private SemaphoreRelay _semaphore = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _pool = StubConnections.Pool(max: 1);
        _ours = new PoolRelay(_pool, _neverCancelled.Token);
        _semaphore = new SemaphoreRelay(new PoolOptions().RentTimeout, _neverCancelled.Token);
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _pool.DisposeAsync();
        _neverCancelled.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Waits)]
    public ValueTask WaitForSemaphore() => _semaphore.RunAsync(Waits);

    [Benchmark(OperationsPerInvoke = Waits)]
    public ValueTask WaitForConnection() => _ours.RunAsync(Waits);
}
