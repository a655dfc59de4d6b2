using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Routing.UnitTests.Docs.Snippets;

internal static class ReadmeSnippets
{
    public static void Register(HostApplicationBuilder builder)
    {
        #region readme-service
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing"))
            .AddPostgreSql()
            .AddSqlite()
            .AddHealth();
        #endregion
    }

    #region readme-service
    public sealed class Orders([FromKeyedServices("orders")] IRoutingDatabase db)
    {
        // A read: a replica serves it. The holes become parameters; there is no way to paste text by accident.
        public ValueTask<Order?> Find(long id, CancellationToken ct) =>
            db.QuerySingleOrDefaultAsync<Order>($"select id, customer, total, paid from orders where id = {id}", ct);

        // A write: the primary gets it. Rolled back and run again on a serialization failure or deadlock.
        public Task<CommitResult> Pay(long id, CancellationToken ct) =>
            db.TransactAsync(
                async (tx, token) =>
                {
                    await tx.ExecuteAsync($"update orders set paid = true where id = {id}", token);
                    await tx.ExecuteAsync($"insert into payments (order_id) values ({id})", token);
                },
                ct: ct);

        // Rows one by one; the connection goes back at the end, on early exit, on an exception and on cancel.
        public IAsyncEnumerable<Order> Unpaid(CancellationToken ct) =>
            db.StreamAsync<Order>($"select id, customer, total, paid from orders where not paid", ct);

        // Where would this go, and why?
        public string Explain(long id) =>
            db.Explain($"select id from orders where id = {id}").ToString();
    }
    #endregion

    public sealed record Order(long Id, string Customer, decimal Total, bool Paid);
}
