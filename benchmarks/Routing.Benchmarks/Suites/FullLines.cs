using System.Data.Common;
using BenchmarkDotNet.Attributes;
using Dapper;
using Routing.Benchmarks.Figures;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.Benchmarks.Suites;

/// <summary>
/// What does the whole line cost, over a driver that answers from memory? The baseline is Dapper on a held connection of
/// the same driver: no routing, no renting, no giving back.
/// </summary>
[MemoryDiagnoser]
public class FullLines
{
    private static readonly long Id = 7;

    private FakeRouting _one = null!;
    private FakeRouting _three = null!;
    private DbConnection _held = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _one = new FakeRouting(FakeAnswers.Driver());
        _three = new FakeRouting(FakeAnswers.Driver(), FakeAnswers.Driver(), FakeAnswers.Driver());
        _held = (await FakeAnswers.Driver().OpenAsync(Lane.Writer, async: true, Deadline.None, CancellationToken.None)).Connection;
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _one.DisposeAsync();
        await _three.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public async ValueTask<long> DapperOnHeldConnection() => (await _held.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = Id })).Id;

    [Benchmark]
    public async ValueTask<long> OneShot() => (await _one.Database.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = Id })).Id;

    [Benchmark]
    public async ValueTask<long> OneShotOfThreeNodes() => (await _three.Database.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = Id })).Id;

    [Benchmark]
    public async ValueTask<long> Interpolated() =>
        (await _one.Database.QuerySingleAsync<OrderRow>($"select id, customer, total_cents from orders where id = {Id}")).Id;

    [Benchmark]
    public async ValueTask<long> InSession()
    {
        await using var session = _one.Database.OpenSession();
        return (await session.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = Id })).Id;
    }

    [Benchmark]
    public async ValueTask InTransaction() => await _one.Database.TransactAsync(
        static async (tx, ct) => await tx.QuerySingleAsync<OrderRow>(FakeAnswers.Text, new { id = Id }, ct: ct));
}
