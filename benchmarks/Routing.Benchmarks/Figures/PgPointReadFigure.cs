using Dapper;
using Npgsql;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does one row by key cost through <see cref="IRoutingDatabase"/> on a real server, every return reset, against
/// Dapper over <see cref="NpgsqlDataSource"/> with default settings, opening per call? One node, so that both ask the same server.
/// </summary>
internal sealed class PgPointReadFigure : RatioFigure
{
    private PostgreSqlCluster? _cluster;
    private NpgsqlDataSource? _peer;
    private RoutedHost? _host;
    private IRoutingDatabase _db = null!;
    private long _id;

    public override string Name => "pg-point-read";

    public override string Peer => "Dapper over NpgsqlDataSource, defaults, open per call";

    protected override Operation OurRun => Operation.Each(async () =>
        await _db.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id = (_id++ % OrderRow.Count) + 1 }));

    protected override Operation PeerRun => Operation.Each(async () =>
    {
        await using var connection = await _peer!.OpenConnectionAsync();
        await connection.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id = (_id++ % OrderRow.Count) + 1 });
    });

    public override async ValueTask SetUpAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = 0 });
        var connectionString = _cluster.Primary.ConnectionString(await _cluster.CreateDatabaseAsync());
        _peer = NpgsqlDataSource.Create(connectionString);
        _host = RoutedHost.OnPostgreSql([connectionString], log: false);
        _db = _host.Database;
        await OrderRow.FillAsync(_db);
        await _db.ExecuteAsync("analyze orders");
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_peer is not null)
        {
            await _peer.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
