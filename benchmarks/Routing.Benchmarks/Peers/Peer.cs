using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>
/// One way to do the everyday work, written as its users write it. Every peer sends the same statements, or what it
/// makes of them, and returns the same. Disposing ends what it keeps open. For one caller at a time.
/// </summary>
internal abstract class Peer : IAsyncDisposable
{
    /// <summary>How many rows <see cref="ListAsync"/> returns, if that many are left.</summary>
    public const int ListLength = 100;

    protected const string ListText = "select id as Id, customer as Customer, total_cents as TotalCents from orders where id > @after order by id limit 100";

    protected const string StreamText = "select id as Id, customer as Customer, total_cents as TotalCents from orders order by id";

    protected const string InsertText = "insert into payments (order_id, cents) values (@order, @cents)";

    protected const string UpdateText = "update orders set total_cents = total_cents - @cents where id = @order";

    /// <summary>What it is, in a few words, as a table shows it.</summary>
    public abstract string Name { get; }

    /// <summary>Reads one order by its key.</summary>
    public abstract ValueTask<OrderRow> ReadAsync(long id);

    /// <summary>Reads the <see cref="ListLength"/> orders after a key into a list.</summary>
    public abstract ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after);

    /// <summary>Inserts one payment, by itself.</summary>
    public abstract ValueTask InsertAsync(long order, long cents);

    /// <summary>Takes from an order's total and inserts the payment, in one transaction.</summary>
    public abstract ValueTask PayAsync(long order, long cents);

    /// <summary>Reads all orders one by one; the sum of their totals.</summary>
    public abstract ValueTask<long> SumAsync();

    public abstract ValueTask DisposeAsync();
}
