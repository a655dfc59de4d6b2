using Routing.Benchmarks.Peers.Pooling;

namespace Routing.BenchmarkTests.Peers;

/// <summary>What our pool is compared with has to be a pool: bounded, one holder per item, waiters served.</summary>
public sealed class HomeMadePoolTests
{
    private int _made;

    [Fact]
    public async Task The_channel_pool_makes_no_more_than_its_maximum_and_serves_who_waits()
    {
        var pool = new ChannelPool<int>(2, MakeAsync);

        await CheckAsync(pool.RentAsync, pool.Return);
    }

    [Fact]
    public async Task The_semaphore_pool_makes_no_more_than_its_maximum_and_serves_who_waits()
    {
        var pool = new SemaphorePool<int>(2, MakeAsync);

        await CheckAsync(pool.RentAsync, pool.Return);
    }

    [Fact]
    public async Task What_could_not_be_made_keeps_no_slot()
    {
        var failures = 1;
        ValueTask<int> Make(CancellationToken ct) => failures-- > 0 ? throw new InvalidOperationException("no server") : MakeAsync(ct);
        var channel = new ChannelPool<int>(1, Make);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.RentAsync(CancellationToken.None));
        Assert.Equal(1, await channel.RentAsync(CancellationToken.None));

        failures = 1;
        var semaphore = new SemaphorePool<int>(1, Make);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await semaphore.RentAsync(CancellationToken.None));
        Assert.Equal(2, await semaphore.RentAsync(CancellationToken.None));
    }

    private ValueTask<int> MakeAsync(CancellationToken ct) => new(++_made);

    private async Task CheckAsync(Func<CancellationToken, ValueTask<int>> rent, Action<int> giveBack)
    {
        var first = await rent(CancellationToken.None);
        var second = await rent(CancellationToken.None);
        var third = rent(CancellationToken.None);

        Assert.NotEqual(first, second);
        Assert.False(third.IsCompleted);
        giveBack(first);
        Assert.Equal(first, await third);
        Assert.Equal(2, _made);
    }
}
