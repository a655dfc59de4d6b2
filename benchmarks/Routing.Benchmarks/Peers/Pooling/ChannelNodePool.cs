using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>
/// The channel pool in our pool's place, so that everything above it is the same line: it rents and takes back, and does
/// nothing else of what the contract promises (no reset, no time-out, no check for double returns).
/// </summary>
internal sealed class ChannelNodePool : IPool
{
    private readonly ChannelPool<Entry> _pool;

    public ChannelNodePool(IDriver driver, int max)
    {
        Driver = driver;
        _pool = new ChannelPool<Entry>(max, async ct => new Entry(await driver.OpenAsync(Lane.Writer, async: true, Deadline.None, ct), this));
    }

    public string Name => "stub/channel";

    public IDriver Driver { get; }

    public ValueTask<Lease> RentAsync(Lane lane, LeaseOwner? owner, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var rent = _pool.RentAsync(cancellationToken);
        return rent.IsCompletedSuccessfully ? new ValueTask<Lease>(new Lease(rent.Result, version: 0)) : AwaitAsync(rent);
    }

    public PoolStatistics GetStatistics() => default;

    public void Clear()
    {
    }

    public ValueTask DisposeAsync() => default;

    private static async ValueTask<Lease> AwaitAsync(ValueTask<Entry> rent) => new(await rent, version: 0);

    private sealed class Entry(PhysicalConnection physical, ChannelNodePool owner) : PoolEntry
    {
        public override PhysicalConnection Physical => physical;

        public override System.Data.Common.DbConnection Facade { get; } = LeaseConnection.Create(physical, "Routing=stub", supportsArrays: false);

        public override PoolEntry Check(int version) => this;

        public override void Soil(Dirt dirt)
        {
        }

        public override void Discard()
        {
        }

        public override ValueTask ReturnAsync(int version, bool async)
        {
            owner._pool.Return(this);
            return default;
        }
    }
}
