using System.Diagnostics;
using Routing.Pools;
using Routing.Sessions;

namespace Routing.ConformanceTests;

/// <summary>What the pools of a data source say about themselves.</summary>
public static class Leases
{
    private static readonly TimeSpan ResetLimit = TimeSpan.FromSeconds(10);

    /// <summary>How many connections are rented now; one whose reset is under way still counts.</summary>
    public static int Active(IRoutingDatabase db) => Pools(db).Sum(static pool => pool.GetStatistics().Active);

    /// <summary>Waits until everything has come back: a return ends before its reset, which goes on in the background.</summary>
    public static async Task AllReturnedAsync(IRoutingDatabase db)
    {
        var started = Stopwatch.GetTimestamp();
        while (Active(db) != 0)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(started) < ResetLimit,
                "Not returned: " + string.Join(", ", Pools(db).Select(static pool => $"{pool.Name} {pool.GetStatistics()}")));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    /// <summary>Waits until so many are rented: what was returned before may still be under reset.</summary>
    public static async Task AreActiveAsync(IRoutingDatabase db, int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (Active(db) != count)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(started) < ResetLimit,
                $"Not {count} active: " + string.Join(", ", Pools(db).Select(static pool => $"{pool.Name} {pool.GetStatistics()}")));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    private static IEnumerable<IPool> Pools(IRoutingDatabase db) => ((RoutingDatabase)db).Source.Pools.All;
}
