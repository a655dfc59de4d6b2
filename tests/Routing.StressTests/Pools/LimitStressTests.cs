using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.StressTests.Pools;

/// <summary>Pools of real threads under a common limit that is far too small for them.</summary>
public sealed class LimitStressTests
{
    private const int Limit = 4;
    private const int Pools = 3;
    private const int Callers = 8;
    private const int Rents = 1500;

    private int _open;
    private int _mostOpen;

    /// <summary>
    /// Whoever waits is served although every pool would gladly keep what it has: no permit and no wake-up is lost, and
    /// never is more open than the limit allows.
    /// </summary>
    [Fact]
    public async Task Everybody_is_served_and_the_limit_is_kept()
    {
        var limits = new ConnectionLimits(Limit);
        var pools = Enumerable.Range(0, Pools).Select(i => Pool(limits.Of("source" + i, i == 0 ? 2 : 0), i)).ToArray();
        var seed = Environment.TickCount;
        var callers = pools.SelectMany((pool, i) => Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(pool, new Random(seed + (i * Callers) + caller)))));

        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.True(_mostOpen <= Limit, $"seed {seed}: {_mostOpen} were open, the limit is {Limit}");
        foreach (var pool in pools)
        {
            await pool.DisposeAsync();
        }

        Assert.Equal((0, 0), (limits.Open, Volatile.Read(ref _open)));
    }

    private static async Task CallAsync(NodePool pool, Random random)
    {
        for (var i = 0; i < Rents; i++)
        {
            var lease = await pool.RentAsync(Lane.Writer, owner: null, async: true, Deadline.None, CancellationToken.None);
            if (random.Next(4) == 0)
            {
                await Task.Yield();
            }

            if (random.Next(50) == 0)
            {
                lease.Discard();
            }

            await lease.ReturnAsync(async: true);
            if (random.Next(3) == 0)
            {
                await Task.Yield();
            }
        }
    }

    private NodePool Pool(ConnectionLimits.DataSourceLimit? limit, int number)
    {
        var driver = new FakeDriver
        {
            OnOpening = () =>
            {
                var now = Interlocked.Increment(ref _open);
                for (var most = Volatile.Read(ref _mostOpen); now > most; most = Volatile.Read(ref _mostOpen))
                {
                    Interlocked.CompareExchange(ref _mostOpen, now, most);
                }
            },
            OnClose = () =>
            {
                Interlocked.Decrement(ref _open);
                return default;
            },
        };
        return new NodePool(
            $"source{number}/a", driver, new PoolOptions { RentTimeout = TimeSpan.FromMinutes(1) }, new TimeoutOptions(), TimeProvider.System,
            NullLoggerFactory.Instance, static physical => physical.Connection, limit);
    }
}
