using Dapper;
using Microsoft.Data.Sqlite;
using Routing.Testing;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does one row by key cost through <see cref="IRoutingDatabase"/>, against Dapper over a connection opened per call
/// with the driver's own pool? Same file, same text, same row.
/// </summary>
internal sealed class SqlitePointReadFigure : RatioFigure
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "routing-figures-" + Guid.NewGuid().ToString("N"));
    private string _connectionString = "";
    private RoutedHost? _host;
    private IRoutingDatabase _db = null!;
    private long _id;

    public override string Name => "sqlite-point-read";

    public override string Peer => "Dapper, new SqliteConnection per call, driver's pool";

    protected override Operation OurRun => Operation.Each(async () =>
        await _db.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id = (_id++ % OrderRow.Count) + 1 }));

    protected override Operation PeerRun => Operation.Each(async () =>
    {
        await using var connection = new SqliteConnection(_connectionString);
        await connection.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id = (_id++ % OrderRow.Count) + 1 });
    });

    public override async ValueTask SetUpAsync()
    {
        Directory.CreateDirectory(_directory);
        _connectionString = "Data Source=" + Path.Combine(_directory, "orders.db");
        _host = RoutedHost.OnSqlite(_connectionString, log: false);
        _db = _host.Database;
        await OrderRow.FillAsync(_db);
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        SqliteConnection.ClearAllPools();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
