using Routing.Testing;

namespace Routing.Benchmarks.Suites;

/// <summary>What the fake driver answers where a suite measures everything but the database.</summary>
internal static class FakeAnswers
{
    public const string Text = "select id, customer, total_cents from orders where id = @id";

    public static FakeDriver Driver() => new() { Answer = static _ => One };

    private static FakeResult One { get; } = new(["id", "customer", "total_cents"], [typeof(long), typeof(string), typeof(long)], [[7L, "customer 7", 259L]]);
}
