using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Routing.UnitTests.Docs.Snippets;

internal static class MigrationSnippets
{
    public static async Task DapperBefore(NpgsqlDataSource dataSource, long id, CancellationToken ct)
    {
        #region dapper-before
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var order = await connection.QuerySingleOrDefaultAsync<Order>(
            "select id, customer, total, paid from orders where id = @id", new { id });
        await connection.ExecuteAsync("update orders set paid = true where id = @id", new { id });
        #endregion
        _ = order;
    }

    public static async Task DapperFirstStep(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region dapper-first-step
        await using var connection = await db.DataSource.OpenConnectionAsync(ct);
        var order = await connection.QuerySingleOrDefaultAsync<Order>(
            "select id, customer, total, paid from orders where id = @id", new { id });
        await connection.ExecuteAsync("update orders set paid = true where id = @id", new { id });
        #endregion
        _ = order;
    }

    public static async Task DapperSecondStep(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region dapper-second-step
        var order = await db.QuerySingleOrDefaultAsync<Order>(
            "select id, customer, total, paid from orders where id = @id", new { id }, ct: ct);
        await db.ExecuteAsync($"update orders set paid = true where id = {id}", ct);
        #endregion
        _ = order;
    }

    public static async Task DapperTransactionBefore(NpgsqlDataSource dataSource, long id, CancellationToken ct)
    {
        #region dapper-transaction-before
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync("update orders set paid = true where id = @id", new { id }, transaction);
        await connection.ExecuteAsync("insert into payments (order_id) values (@id)", new { id }, transaction);
        await transaction.CommitAsync(ct);
        #endregion
    }

    public static async Task DapperTransactionAfter(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region dapper-transaction-after
        await db.TransactAsync(
            async (tx, token) =>
            {
                await tx.ExecuteAsync($"update orders set paid = true where id = {id}", token);
                await tx.ExecuteAsync($"insert into payments (order_id) values ({id})", token);
            },
            ct: ct);
        #endregion
    }

    public static async Task MultiHostBefore(long id, CancellationToken ct)
    {
        #region multi-host-before
        await using var dataSource = new NpgsqlDataSourceBuilder(
            "Host=10.0.0.1,10.0.0.2,10.0.0.3;Database=orders;Username=app;Load Balance Hosts=true").BuildMultiHost();

        await using (var reads = await dataSource.OpenConnectionAsync(TargetSessionAttributes.PreferStandby, ct))
        {
            await using var select = new NpgsqlCommand("select total from orders where id = $1", reads) { Parameters = { new() { Value = id } } };
            var total = (decimal?)await select.ExecuteScalarAsync(ct);
        }

        await using (var writes = await dataSource.OpenConnectionAsync(TargetSessionAttributes.Primary, ct))
        {
            await using var update = new NpgsqlCommand("update orders set paid = true where id = $1", writes) { Parameters = { new() { Value = id } } };
            await update.ExecuteNonQueryAsync(ct);
        }
        #endregion
    }

    public static async Task MultiHostAfter(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region multi-host-after
        var total = await db.ExecuteScalarAsync<decimal?>($"select total from orders where id = {id}", ct);
        await db.ExecuteAsync($"update orders set paid = true where id = {id}", ct);
        #endregion
        _ = total;
    }

    internal sealed record Order(long Id, string Customer, decimal Total, bool Paid);
}
