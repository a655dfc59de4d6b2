namespace Routing.Benchmarks.Figures;

/// <summary>The row that all work is about: a key, a text, a number.</summary>
internal sealed class OrderRow
{
    public const string Table = "create table orders (id bigint primary key, customer text not null, total_cents bigint not null)";

    public const string ById = "select id as Id, customer as Customer, total_cents as TotalCents from orders where id = @id";

    public const int Count = 10_000;

    public long Id { get; set; }

    public string Customer { get; set; } = "";

    public long TotalCents { get; set; }
}
