namespace Routing.Benchmarks.Figures;

/// <summary>The row that point reads map: a key, a text, a number.</summary>
internal sealed class OrderRow
{
    public const string Table = "create table orders (id bigint primary key, customer text not null, total_cents bigint not null)";

    public const string ById = "select id as Id, customer as Customer, total_cents as TotalCents from orders where id = @id";

    public const int Count = 10_000;

    public long Id { get; set; }

    public string Customer { get; set; } = "";

    public long TotalCents { get; set; }

    public static Task FillAsync(IRoutingDatabase db) => db.TransactAsync(async (tx, ct) =>
    {
        await tx.ExecuteAsync(Table, ct);
        var rows = Enumerable.Range(1, Count).Select(static i => new { id = (long)i, customer = "customer " + (i % 977), total = (i * 37L) % 100_000 });
        await tx.ExecuteAsync("insert into orders (id, customer, total_cents) values (@id, @customer, @total)", rows, ct: ct);
    });
}
