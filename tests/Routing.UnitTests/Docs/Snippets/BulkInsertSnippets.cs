using System.Data.Common;
using static Routing.UnitTests.Docs.Snippets.GuideSnippets;

namespace Routing.UnitTests.Docs.Snippets;

internal static class BulkInsertSnippets
{
    public static async Task Page(IRoutingDatabase db, IEnumerable<Order> orders, CancellationToken ct)
    {
        #region bulk-insert-page
        var loaded = await db.BulkInsertAsync("orders", orders, ct: ct);
        #endregion
        _ = loaded;
    }

    public static async Task Columns(IRoutingDatabase db, IAsyncEnumerable<Import> lines, CancellationToken ct)
    {
        #region bulk-insert-columns
        // "total" from the property Amount; the other columns get their defaults, "id" its number.
        var options = new BulkInsertOptions
        {
            Columns = ["customer", new("total", "Amount")],
            BatchSize = 1000,
            Progress = rows => Console.WriteLine($"{rows} rows"),
        };
        await db.BulkInsertAsync("shop.orders", lines, options, ct);
        #endregion
    }

    public static async Task Transaction(IRoutingDatabase db, DbDataReader reader, CancellationToken ct)
    {
        #region bulk-insert-transaction
        await db.TransactAsync(async (transaction, ct) =>
        {
            await transaction.ExecuteAsync("delete from prices", ct);
            await transaction.BulkInsertAsync("prices", reader, ct: ct);
        }, new TransactionOptions { MaxAttempts = 1 }, ct);
        #endregion
    }

    internal sealed record Import(string Customer, decimal Amount, string Note);
}
