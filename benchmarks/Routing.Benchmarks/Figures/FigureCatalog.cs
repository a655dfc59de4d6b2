using Routing.Benchmarks.Databases;
using Routing.Benchmarks.Figures.Bulk;
using Routing.Benchmarks.Figures.Pooling;
using Routing.Benchmarks.Peers;
using Routing.Benchmarks.Peers.Bulk;

namespace Routing.Benchmarks.Figures;

/// <summary>Every figure there is, in the order they are printed. docs/performance says what each one means; a test compares the two.</summary>
internal static class FigureCatalog
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new ClockFigure(),
        new CasFigure(),
        new SameWorkFigure(),
        new TriggerFigure(),
        new ClassifyCachedRefFigure(),
        new ClassifyCachedEqualFigure(),
        new NpgsqlPoolFigure(metered: false),
        new NpgsqlPoolFigure(metered: true),
        new SqlitePoolFigure(metered: false),
        new SqlitePoolFigure(metered: true),
        new MySqlPoolFigure(),
        StubPoolFigure.AgainstChannel,
        StubPoolFigure.AgainstSemaphore,
        StubPoolFigure.AgainstObjectPool,
        new TwoThreadsFigure(),
        new AdoPoolFigure(),
        new BareAdoPoolFigure(),
        new WaiterFigure(),
        new OversubscribedFigure(),
        new SpikeFigure(),
        new AdaptiveCostFigure(),
        OnSqlite("sqlite-point-read", Work.PointRead, DapperOnSqlite.Label, static file => new DapperOnSqlite(file.ConnectionString)),
        OnSqlite("sqlite-point-read-bare", Work.PointRead, BareSqlite.Label, static file => new BareSqlite(file.ConnectionString)),
        OnSqlite("sqlite-list-100", Work.List, DapperOnSqlite.Label, static file => new DapperOnSqlite(file.ConnectionString)),
        OnSqlite("sqlite-insert", Work.Insert, DapperOnSqlite.Label, static file => new DapperOnSqlite(file.ConnectionString)),
        OnPostgreSql("pg-point-read", Work.PointRead, DapperOnNpgsql.Label, static server => new DapperOnNpgsql(server.Primary)),
        OnPostgreSql("pg-point-read-bare", Work.PointRead, BareNpgsql.Label, static server => new BareNpgsql(server.Primary)),
        OnPostgreSql("pg-point-read-raw", Work.PointRead, HeldNpgsql.Label, static server => new HeldNpgsql(server.Primary)),
        OnPostgreSql("pg-point-read-efcore", Work.PointRead, EfCore.Label, static server => new EfCore(server.Primary)),
        OnPostgreSql("pg-list-100", Work.List, DapperOnNpgsql.Label, static server => new DapperOnNpgsql(server.Primary)),
        OnPostgreSql("pg-list-100-efcore", Work.List, EfCore.Label, static server => new EfCore(server.Primary)),
        OnPostgreSql("pg-insert", Work.Insert, DapperOnNpgsql.Label, static server => new DapperOnNpgsql(server.Primary)),
        OnPostgreSql("pg-transaction", Work.Transaction, DapperOnNpgsql.Label, static server => new DapperOnNpgsql(server.Primary)),
        OnPostgreSql("pg-stream-10k", Work.Stream, DapperOnNpgsql.Label, static server => new DapperOnNpgsql(server.Primary)),
        OnStandbys("pg-read-multihost", Work.PointRead, MultiHost.Label, static server => new MultiHost(server.All)),
        OnStandbys("pg-insert-multihost", Work.Insert, MultiHost.Label, static server => new MultiHost(server.All)),
        OnMariaDb("mysql-point-read", Work.PointRead),
        OnMariaDb("mysql-insert", Work.Insert),
        new BulkInsertFigure("bulk-insert-pg", static () => new BulkOnPostgreSql(), perRow: false),
        new BulkInsertFigure("bulk-insert-pg-per-row", static () => new BulkOnPostgreSql(), perRow: true),
        new BulkInsertFigure("bulk-insert-mariadb", static () => new BulkOnMariaDb(), perRow: false),
        new BulkInsertFigure("bulk-insert-mariadb-per-row", static () => new BulkOnMariaDb(), perRow: true),
        new BulkInsertFigure("bulk-insert-sqlite", static () => new BulkOnSqlite(), perRow: false),
        new BulkInsertFigure("bulk-insert-sqlite-per-row", static () => new BulkOnSqlite(), perRow: true),
        new RoutingOverheadFigure(),
        new RoutingOverheadInterpolatedFigure(),
        new TelemetryOffFigure(),
        new TelemetryOnFigure(),
    ];

    private static ComparisonFigure OnSqlite(string name, Work work, string label, Func<SqliteFile, Peer> peer) =>
        new(name, work, label, () => Contest.OnSqliteAsync(peer));

    private static ComparisonFigure OnPostgreSql(string name, Work work, string label, Func<PostgreSqlServer, Peer> peer) =>
        new(name, work, label, () => Contest.OnPostgreSqlAsync(peer));

    private static ComparisonFigure OnMariaDb(string name, Work work) =>
        new(name, work, DapperOnMySql.Label, static () => Contest.OnMariaDbAsync(static server => new DapperOnMySql(server.Primary)));

    private static ComparisonFigure OnStandbys(string name, Work work, string label, Func<PostgreSqlServer, Peer> peer) =>
        new(name, work, label, () => Contest.OnStandbysAsync(peer));
}
