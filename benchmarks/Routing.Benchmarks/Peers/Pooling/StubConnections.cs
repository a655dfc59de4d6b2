using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.ObjectPool;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>Pools of connections that cost nothing: ours, every setting at its default but the size, and those it is compared with.</summary>
internal static class StubConnections
{
    /// <summary>Our pool of one node.</summary>
    public static NodePool Pool(int max, TimeProvider? time = null, FakeDriver? driver = null, bool adaptive = false) => new(
        "stub/a", driver ?? new FakeDriver { KeepsClean = true }, new PoolOptions { MaxSize = max, Adaptive = adaptive }, new TimeoutOptions(), time ?? TimeProvider.System,
        NullLoggerFactory.Instance, static physical => physical.Connection);

    public static ChannelPool<PhysicalConnection> Channel(int max) => new(max, Open(new FakeDriver()));

    public static SemaphorePool<PhysicalConnection> Semaphore(int max) => new(max, Open(new FakeDriver()));

    /// <summary>Microsoft's pool for objects: no bound, nobody waits, surplus is dropped.</summary>
    public static ObjectPool<PhysicalConnection> Objects() =>
        new DefaultObjectPool<PhysicalConnection>(new Policy(Open(new FakeDriver())));

    private static Func<CancellationToken, ValueTask<PhysicalConnection>> Open(FakeDriver driver) =>
        ct => driver.OpenAsync(Lane.Writer, async: true, Deadline.None, ct);

    private sealed class Policy(Func<CancellationToken, ValueTask<PhysicalConnection>> open) : PooledObjectPolicy<PhysicalConnection>
    {
        public override PhysicalConnection Create() => open(CancellationToken.None).AsTask().GetAwaiter().GetResult();

        public override bool Return(PhysicalConnection obj) => true;
    }
}
