using Microsoft.Extensions.ObjectPool;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>
/// Rent and return, over and over. Each pool has a loop of its own, so that none pays for a call through an interface
/// that its users would not make, and each reads what it rented, as users do.
/// </summary>
internal static class Cycles
{
    public static async ValueTask RunAsync(IPool pool, Lane lane, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var lease = await pool.RentAsync(lane, owner: null, async: true, Deadline.None, CancellationToken.None);
            GC.KeepAlive(lease.Connection);
            await lease.ReturnAsync(async: true);
        }
    }

    public static async ValueTask RunAsync(ChannelPool<PhysicalConnection> pool, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var connection = await pool.RentAsync(CancellationToken.None);
            GC.KeepAlive(connection);
            pool.Return(connection);
        }
    }

    public static async ValueTask RunAsync(SemaphorePool<PhysicalConnection> pool, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var connection = await pool.RentAsync(CancellationToken.None);
            GC.KeepAlive(connection);
            pool.Return(connection);
        }
    }

    public static void Run(ObjectPool<PhysicalConnection> pool, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var connection = pool.Get();
            GC.KeepAlive(connection);
            pool.Return(connection);
        }
    }
}
