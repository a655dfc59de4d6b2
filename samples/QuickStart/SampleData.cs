using Routing;

namespace QuickStart;

internal sealed class Order
{
    public long Id { get; set; }

    public string Customer { get; set; } = "";

    public string City { get; set; } = "";

    public long TotalCents { get; set; }

    public bool Paid { get; set; }
}

/// <summary>A small order domain with generated but plausible data; the same on every run.</summary>
internal static class SampleData
{
    public const int OrderCount = 10_000;

    private static readonly string[] FirstNames = ["Ada", "Björn", "Chiara", "Dmitri", "Elif", "Fatima", "Grace", "Hiro", "Inés", "João", "Kwame", "Lena"];
    private static readonly string[] LastNames = ["Abara", "Bianchi", "Costa", "Dahl", "Eriksson", "Fischer", "García", "Haddad", "Ito", "Jensen", "Kaya", "O'Brien"];
    private static readonly string[] Cities = ["Lisbon", "Oslo", "Turin", "Izmir", "Accra", "Osaka", "Graz", "Porto", "Lyon", "Ghent"];

    /// <summary>Creates the tables and fills them. The token is for sessions that are to see the rows on any node.</summary>
    public static async Task<ConsistencyToken> CreateAsync(IRoutingDatabase orders, IRoutingDatabase audit, CancellationToken ct)
    {
        await orders.ExecuteAsync("create table customers (id bigint primary key, name text not null, city text not null)", ct);
        await orders.ExecuteAsync(
            "create table orders (id bigint primary key, customer_id bigint not null references customers (id), total_cents bigint not null, paid boolean not null)", ct);
        var commit = await orders.TransactAsync(
            async (tx, token) =>
            {
                await tx.ExecuteAsync("insert into customers (id, name, city) values (@Id, @Name, @City)", Customers().ToArray(), ct: token);
                await tx.ExecuteAsync("insert into orders (id, customer_id, total_cents, paid) values (@Id, @CustomerId, @TotalCents, @Paid)", Orders().ToArray(), ct: token);
            },
            ct: ct);
        await audit.ExecuteAsync("create table events (id integer primary key, what text not null)", ct);
        return commit.Token;
    }

    private static IEnumerable<object> Customers()
    {
        for (var i = 0; i < FirstNames.Length * LastNames.Length; i++)
        {
            yield return new { Id = (long)i + 1, Name = $"{FirstNames[i % FirstNames.Length]} {LastNames[i / FirstNames.Length]}", City = Cities[i % Cities.Length] };
        }
    }

    private static IEnumerable<object> Orders()
    {
        var random = new Random(20_26);
        for (var i = 0; i < OrderCount; i++)
        {
            // Most baskets are small, a few are large: squaring a uniform draw gives that skew.
            var basket = random.NextDouble();
            yield return new
            {
                Id = (long)i + 1,
                CustomerId = (long)random.Next(FirstNames.Length * LastNames.Length) + 1,
                TotalCents = 499 + (long)(basket * basket * 250_000),
                Paid = random.Next(100) < 83,
            };
        }
    }
}
