using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

/// <summary>
/// A pool over a fake driver and a clock that stands still. What the fakes complete goes on inside the call that
/// completes them, on the test's thread, so a test sees the pool at rest after each line.
/// </summary>
internal sealed class PoolHarness : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public PoolHarness(LaneLayout lanes = LaneLayout.Shared, Action<PoolOptions>? configure = null, int? maxSize = null, string name = "orders/a", bool maintain = false, ConnectionLimits.DataSourceLimit? limit = null)
    {
        // The test framework's context would move continuations to other threads.
        SynchronizationContext.SetSynchronizationContext(null);
        Driver = new FakeDriver(lanes);
        Options = new PoolOptions { MaxSize = maxSize ?? 2, ValidateAfter = TimeSpan.FromMinutes(10) };
        configure?.Invoke(Options);
        Pool = new NodePool(
            name, Driver, Options, new TimeoutOptions(), Time, Logs.Factory, static physical => physical.Connection, limit, seed: 1, maintain);
    }

    public ManualTimeProvider Time { get; } = new();

    public LogCapture Logs { get; } = new();

    public FakeDriver Driver { get; }

    public PoolOptions Options { get; }

    public NodePool Pool { get; }

    public PoolStatistics Counts => Pool.GetStatistics();

    public static FakePhysicalConnection Fake(Lease lease) => (FakePhysicalConnection)lease.Physical;

    /// <summary>A rent that must be served at once.</summary>
    public Lease Rent(LeaseOwner? owner = null, Lane lane = Lane.Writer)
    {
        var rent = Start(owner, lane);
        Assert.True(rent.IsCompleted, "The rent was not served at once.");
        return rent.GetAwaiter().GetResult();
    }

    public Task<Lease> Start(LeaseOwner? owner = null, Lane lane = Lane.Writer, Deadline deadline = default, CancellationToken token = default) =>
        Pool.RentAsync(lane, owner, async: true, deadline, token).AsTask();

    public static void Return(Lease lease) => Assert.True(lease.ReturnAsync(async: true).IsCompletedSuccessfully);

    /// <summary>The result of a rent that must end now; waits only for the thread that carries the news.</summary>
    public static Task<Lease> Served(Task<Lease> rent) => rent.WaitAsync(Patience);

    public static async Task<T> Failed<T>(Task<Lease> rent)
        where T : Exception => await Assert.ThrowsAnyAsync<T>(() => rent.WaitAsync(Patience));

    public void Advance(double milliseconds) => Time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>The pool's own view of itself must hold whenever nothing is under way on another thread.</summary>
    public void AssertSound()
    {
        foreach (var lane in Pool.Lanes)
        {
            Assert.Null(lane.FindBrokenInvariant());
        }
    }

    public async ValueTask DisposeAsync()
    {
        AssertSound();
        var disposal = Pool.DisposeAsync().AsTask();
        while (!disposal.IsCompleted)
        {
            // What the test left rented is waited for on the fake clock.
            Advance(1000);
            await Task.WhenAny(disposal, Task.Delay(1));
        }

        await disposal;
        Assert.All(Driver.Connections, static connection => Assert.True(connection.Closes <= 1));
    }
}
