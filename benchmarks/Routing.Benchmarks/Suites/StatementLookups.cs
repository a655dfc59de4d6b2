using BenchmarkDotNet.Attributes;
using Routing.Providers.PostgreSql;
using Routing.Statements;

namespace Routing.Benchmarks.Suites;

/// <summary>What does it cost to know whether a text is a read? The baseline meets a literal again, as nearly every call does.</summary>
[MemoryDiagnoser]
public class StatementLookups
{
    private const string Text = "select o.id, o.customer, o.total_cents from orders o where o.customer = @customer and o.total_cents > @least order by o.id limit 100";

    private readonly StatementCache _cache = new(PostgreSqlSyntax.Classifier);
    private readonly string[] _equal = [.. Enumerable.Range(0, 1024).Select(static _ => new string(Text.AsSpan()))];
    private int _next;

    [Benchmark(Baseline = true)]
    public bool SameObject() => _cache.Get(Text).Class == StatementClass.Read;

    [Benchmark]
    public bool EqualText() => _cache.Get(_equal[_next++ & 1023]).Class == StatementClass.Read;

    [Benchmark]
    public bool Classify() => PostgreSqlSyntax.Classifier.Classify(Text).Class == StatementClass.Read;
}
