using Routing.Providers.PostgreSql;
using Routing.Statements;

namespace Routing.Benchmarks.Figures;

/// <summary>The statement that both figures look up, 200 characters long, beside the others of an everyday service.</summary>
internal static class CachedStatement
{
    public const string Text =
        "select o.id, o.customer, o.total_cents, o.created_at, o.paid_at from orders o where o.customer = @customer and o.total_cents > @least and o.created_at >= @since order by o.created_at desc limit 100 --";

    private const int Others = 500;

    /// <summary>A cache that knows the statement and a service's other ones.</summary>
    public static StatementCache CacheOfService()
    {
        var cache = new StatementCache(PostgreSqlSyntax.Classifier);
        for (var i = 0; i < Others; i++)
        {
            cache.Get($"select id, customer from orders_{i} where id = @id");
        }

        cache.Get(Text);
        return cache;
    }
}

/// <summary>What does it cost to know a statement that is the same object at every call, as literals and interpolated texts are?</summary>
internal sealed class ClassifyCachedRefFigure : AbsoluteFigure
{
    private readonly StatementCache _cache = CachedStatement.CacheOfService();

    public override string Name => "classify-cached-ref";

    protected override Operation Run => Operation.Batch(times =>
    {
        for (var i = 0; i < times; i++)
        {
            if (_cache.Get(CachedStatement.Text).Class != StatementClass.Read)
            {
                throw new InvalidOperationException("The statement is not a read.");
            }
        }
    });
}

/// <summary>What does it cost to know a statement of 200 characters whose text was put together anew for this call? The peer only puts it together.</summary>
internal sealed class ClassifyCachedEqualFigure : DifferenceFigure
{
    private readonly StatementCache _cache = CachedStatement.CacheOfService();

    public override string Name => "classify-cached-equal";

    public override string Peer => "making the string";

    protected override Operation OurRun => Operation.Batch(times =>
    {
        for (var i = 0; i < times; i++)
        {
            if (_cache.Get(new string(CachedStatement.Text.AsSpan())).Class != StatementClass.Read)
            {
                throw new InvalidOperationException("The statement is not a read.");
            }
        }
    });

    protected override Operation PeerRun => Operation.Batch(static times =>
    {
        for (var i = 0; i < times; i++)
        {
            GC.KeepAlive(new string(CachedStatement.Text.AsSpan()));
        }
    });
}
