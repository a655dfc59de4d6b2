using BenchmarkDotNet.Attributes;
using Routing.Benchmarks.Peers;

namespace Routing.Benchmarks.Suites;

/// <summary>On one PostgreSQL server, against Dapper, the bare driver and EF Core.</summary>
public abstract class PostgreSqlEndToEnd : EndToEnd
{
    [Benchmark]
    public ValueTask Dapper() => By(0);

    [Benchmark]
    public ValueTask Bare() => By(1);

    [Benchmark]
    public ValueTask EfCore() => By(2);

    private protected override Task<Contest> StartAsync() => Contest.OnPostgreSqlAsync(
        static server => new DapperOnNpgsql(server.Primary),
        static server => new BareNpgsql(server.Primary),
        static server => new EfCore(server.Primary));
}

/// <summary>What does one row by key cost on PostgreSQL?</summary>
public class PostgreSqlPointRead : PostgreSqlEndToEnd
{
    private protected override Work Work => Work.PointRead;
}

/// <summary>What does a list of 100 rows cost on PostgreSQL?</summary>
public class PostgreSqlList : PostgreSqlEndToEnd
{
    private protected override Work Work => Work.List;
}

/// <summary>What does one insert cost on PostgreSQL?</summary>
public class PostgreSqlInsert : PostgreSqlEndToEnd
{
    private protected override Work Work => Work.Insert;
}

/// <summary>What does an update and an insert in one transaction cost on PostgreSQL?</summary>
public class PostgreSqlTransaction : PostgreSqlEndToEnd
{
    private protected override Work Work => Work.Transaction;
}

/// <summary>What does a stream of 10,000 rows cost on PostgreSQL?</summary>
public class PostgreSqlStream : PostgreSqlEndToEnd
{
    private protected override Work Work => Work.Stream;
}

/// <summary>On a PostgreSQL primary with two standbys, against Npgsql's own routing.</summary>
public abstract class MultiHostEndToEnd : EndToEnd
{
    [Benchmark]
    public ValueTask MultiHost() => By(0);

    private protected override Task<Contest> StartAsync() => Contest.OnStandbysAsync(static server => new MultiHost(server.All));
}

/// <summary>What does a read that goes to a standby cost?</summary>
public class MultiHostPointRead : MultiHostEndToEnd
{
    private protected override Work Work => Work.PointRead;
}

/// <summary>What does a write that must find the primary among three nodes cost?</summary>
public class MultiHostInsert : MultiHostEndToEnd
{
    private protected override Work Work => Work.Insert;
}
