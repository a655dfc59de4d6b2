using BenchmarkDotNet.Attributes;
using Routing.Benchmarks.Peers;

namespace Routing.Benchmarks.Suites;

/// <summary>On a SQLite file, against Dapper and the bare driver, each opening per call.</summary>
public abstract class SqliteEndToEnd : EndToEnd
{
    [Benchmark]
    public ValueTask Dapper() => By(0);

    [Benchmark]
    public ValueTask Bare() => By(1);

    private protected override Task<Contest> StartAsync() => Contest.OnSqliteAsync(
        static file => new DapperOnSqlite(file.ConnectionString),
        static file => new BareSqlite(file.ConnectionString));
}

/// <summary>What does one row by key cost on SQLite?</summary>
public class SqlitePointRead : SqliteEndToEnd
{
    private protected override Work Work => Work.PointRead;
}

/// <summary>What does a list of 100 rows cost on SQLite?</summary>
public class SqliteList : SqliteEndToEnd
{
    private protected override Work Work => Work.List;
}

/// <summary>What does one insert cost on SQLite?</summary>
public class SqliteInsert : SqliteEndToEnd
{
    private protected override Work Work => Work.Insert;
}

/// <summary>What does an update and an insert in one transaction cost on SQLite?</summary>
public class SqliteTransaction : SqliteEndToEnd
{
    private protected override Work Work => Work.Transaction;
}

/// <summary>What does a stream of 10,000 rows cost on SQLite?</summary>
public class SqliteStream : SqliteEndToEnd
{
    private protected override Work Work => Work.Stream;
}
