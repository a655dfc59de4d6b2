using System.Data.Common;
using Routing.Benchmarks.Databases;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.LocalServers;
using Routing.Pools;
using Routing.Sessions;
using Routing.Testing;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>
/// What does it cost to rent an open connection to MariaDB and give it back, against opening and closing one of the driver's
/// own pool? At each open the driver asks the server for a sign of life and names the database again (MySql.Data; seen in the
/// server's counters): what these two round trips cost on a held connection is taken off its side, so that what remains is
/// the pool.
/// </summary>
internal sealed class MySqlPoolFigure : Figure
{
    private MariaDbServer? _server;
    private RoutedHost? _host;
    private DbConnection? _held;
    private Func<Task>? _roundTrips;

    public override string Name => "pool-rent-return-mysql";

    public override string Peer => "the driver's pooled OpenAsync and DisposeAsync, less its ping and its change of database";

    private Operation OurRun
    {
        get
        {
            IPool pool = ((RoutingDatabase)_host!.Database).Source.Pools.All.Single();
            return Operation.Batch(times => Cycles.RunAsync(pool, Lane.Writer, times));
        }
    }

    private Operation PeerRun => Operation.Each(async () =>
    {
        await using var connection = MariaDbDriver.CreateConnection(_server!.Primary);
        await connection.OpenAsync();
    });

    private Operation RoundTripsRun => Operation.Each(async () => await _roundTrips!());

    public override async ValueTask SetUpAsync()
    {
        _server = await MariaDbServer.StartAsync();
        _host = RoutedHost.OnMySql([_server.Primary], log: false);
        _held = MariaDbDriver.CreateConnection(_server.Primary + ";Pooling=false");
        await _held.OpenAsync();

        // Both drivers have it, their base class has not.
        var method = Array.Find(_held.GetType().GetMethods(), static method => method.Name == "PingAsync")!;
        object?[] arguments = [.. method.GetParameters().Select(static parameter => parameter.ParameterType == typeof(CancellationToken) ? (object)CancellationToken.None : null)];
        var (held, database) = (_held, _held.Database);
        _roundTrips = async () =>
        {
            await (Task)method.Invoke(held, arguments)!;
            await held.ChangeDatabaseAsync(database);
        };
    }

    public override async Task<FigureResult> MeasureAsync()
    {
        Stint[] stints = [await Stint.PrepareAsync(OurRun), await Stint.PrepareAsync(PeerRun), await Stint.PrepareAsync(RoundTripsRun)];
        var rounds = await Rounds.MeasureAsync(stints, Rounds.Enough);

        // Of the same round, as both wait for the same machine. Where the difference is nothing, the driver's pool is taken for free.
        var compared = rounds.Select(static costs => new Round(costs[0], Math.Max(1, costs[1] - costs[2]))).ToList();
        return RatioFigure.ResultOf(Name, Peer, compared, await stints[0].BytesAsync(), await stints[1].BytesAsync());
    }

    public override async ValueTask RunOnceAsync()
    {
        await OurRun.RunAsync(1);
        await PeerRun.RunAsync(1);
        await RoundTripsRun.RunAsync(1);
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_held is not null)
        {
            await _held.DisposeAsync();
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
