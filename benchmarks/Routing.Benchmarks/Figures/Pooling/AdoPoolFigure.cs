using System.Data.Common;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Testing;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// What does a routed ADO.NET connection cost, opened, used for one command that does nothing, and disposed, against the
/// very same with a channel pool in our pool's place?
/// </summary>
internal class AdoPoolFigure : RatioFigure
{
    private const string Text = "select 1";

    private FakeRouting? _ours;
    private FakeRouting? _peer;

    public override string Name => "pool-open-close-ado";

    public override string Peer => "the same over a bounded-channel pool";

    protected sealed override Operation OurRun => On(_ours!);

    protected override Operation PeerRun => On(_peer!);

    public override async ValueTask SetUpAsync()
    {
        _ours = new FakeRouting(new FakeDriver { KeepsClean = true });
        _peer = new FakeRouting(new FakeDriver { KeepsClean = true });
        var pools = _peer.Source.Pools;
        var node = _peer.Source.Topology.Current.Shards[0].Nodes[0];
        var replaced = pools[node];
        pools.Add(node, new ChannelNodePool(replaced.Driver, _peer.Source.Options.Pool.MaxSize), ConfiguredRole.Primary);
        await replaced.DisposeAsync();
    }

    protected static async ValueTask RunCommandAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Text;
        await command.ExecuteNonQueryAsync();
    }

    protected override async ValueTask CleanUpAsync()
    {
        foreach (var routing in new[] { _ours, _peer })
        {
            if (routing is not null)
            {
                await routing.DisposeAsync();
            }
        }
    }

    private static Operation On(FakeRouting routing) => Operation.Each(async () =>
    {
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await RunCommandAsync(connection);
    });
}

/// <summary>The same against a bare connection of the channel pool: no routing, no ADO.NET face, nothing but the command. For information.</summary>
internal sealed class BareAdoPoolFigure : AdoPoolFigure
{
    private readonly ChannelPool<PhysicalConnection> _bare = StubConnections.Channel(new PoolOptions().MaxSize);

    public override string Name => "pool-open-close-ado-bare";

    public override string Peer => "the driver's own connection from a bounded-channel pool";

    protected override Operation PeerRun => Operation.Each(async () =>
    {
        var physical = await _bare.RentAsync(CancellationToken.None);
        await RunCommandAsync(physical.Connection);
        _bare.Return(physical);
    });
}
