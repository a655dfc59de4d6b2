using System.Data;
using BenchmarkDotNet.Attributes;
using Dapper;
using Routing.Benchmarks.Figures;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.Benchmarks.Suites;

/// <summary>What does the mapper's step add to Dapper, on the same open connection that answers from memory?</summary>
[MemoryDiagnoser]
public class MapperReads
{
    private readonly FakeDbConnection _connection = new(FakeAnswers.Driver());
    private readonly MapperOperation<OrderRow> _single = MapperOperations.Single<OrderRow>();

    [Benchmark(Baseline = true)]
    public async ValueTask<long> Dapper() => (await _connection.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = 7L })).Id;

    [Benchmark]
    public async ValueTask<long> Mapper() =>
        (await _single.RunAsync(_connection, new MapperCommand(FakeAnswers.Text, new { id = 7L }, CommandType.Text, 30), async: true, CancellationToken.None)).Id;
}
