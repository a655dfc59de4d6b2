using static Routing.UnitTests.Docs.Snippets.GuideSnippets;

namespace Routing.UnitTests.Docs.Snippets;

internal static class DialectSnippets
{
    public static async Task Page(IRoutingDatabase db, IReadOnlyCollection<long> customers, int page, CancellationToken ct)
    {
        #region dialects-page
        var sql = db.Dialect;
        var orders = await db.QueryAsync<Order>(
            $"select id, customer, total, paid from orders where {sql.In(sql.Name("customer"), customers)} and paid = {sql.True} order by id {sql.Page(page * 20L, 20)}", ct);
        #endregion
        _ = orders;
    }

    public static async Task Write(IRoutingDatabase db, CancellationToken ct)
    {
        #region dialects-write
        var sql = db.Dialect;
        var table = sql.Name("stock");

        // The key that the database made.
        var id = await db.ExecuteScalarAsync<long>($"{sql.InsertReturningKey(table, "id", ["product", "amount"], "tea", 5)}", ct);

        // Inserted or, where the key is there, updated.
        await db.ExecuteAsync($"{sql.Upsert(table, key: ["id"], columns: ["id", "product", "amount"], [id, "tea", 7], [id + 1, "milk", 2])}", ct);
        #endregion
    }

    public static async Task Work(IRoutingDatabase db, CancellationToken ct)
    {
        #region dialects-lock
        await db.TransactAsync(
            async (tx, token) =>
            {
                var locks = tx.Dialect.LockRows(WhenLocked.Skip);
                var jobs = await tx.QueryAsync<long>(
                    $"select id from jobs {locks.AfterTable} where done = {false} order by id {tx.Dialect.Page(0, 10)} {locks.AtEnd}", token);
                await tx.ExecuteAsync($"update jobs set done = {true} where {tx.Dialect.In(Sql.Raw("id"), jobs)}", token);
            },
            ct: ct);
        #endregion
    }
}
