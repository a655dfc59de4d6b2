using System.Data;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Routing.Configuration;

namespace Routing.UnitTests.Docs.Snippets;

internal static class GuideSnippets
{
    public static void Register(HostApplicationBuilder builder)
    {
        #region guide-register
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing"))
            .AddSqlite()
            .AddHealth();
        #endregion
    }

    public static void ConfigureInCode(HostApplicationBuilder builder, ICredentialProvider tokens)
    {
        #region guide-configure-in-code
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing"))
            .AddPostgreSql()
            .Configure("orders", options =>
            {
                options.CredentialProvider = tokens;
                options.UseNpgsql(npgsql => npgsql.EnableParameterLogging(false));
                options.OnPhysicalOpen = async (connection, ct) =>
                {
                    await using var command = connection.CreateCommand();
                    command.CommandText = "set statement_timeout = '20s'";
                    await command.ExecuteNonQueryAsync(ct);
                };
            });
        #endregion
    }

    public static async Task FirstStatements(IRoutingDatabase db, string customer, CancellationToken ct)
    {
        #region guide-first-statements
        await db.ExecuteAsync($"insert into orders (customer, total) values ({customer}, {12.5m})", ct);
        var orders = await db.QueryAsync<Order>($"select id, customer, total, paid from orders where customer = {customer}", ct);
        var open = await db.ExecuteScalarAsync<long>("select count(*) from orders where not paid", ct);
        #endregion
        _ = (orders, open);
    }

    public static async Task PerCall(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-statement-options
        var report = new StatementOptions { Timeout = TimeSpan.FromMinutes(5), Consistency = ConsistencyLevel.Any };
        var total = await db.ExecuteScalarAsync<decimal>($"select sum(total) from orders", report, ct);

        // A function whose name proves nothing counts as a write; here the caller knows better.
        var rank = await db.QuerySingleAsync<int>($"select rank_of_order({id})", new StatementOptions { Intent = Intent.Read }, ct);
        #endregion
        _ = (total, rank);
    }

    public static async Task SessionReadsItsWrites(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-session
        await using var session = db.OpenSession();
        await session.ExecuteAsync($"update orders set paid = true where id = {id}", ct);
        var paid = await session.QuerySingleAsync<bool>($"select paid from orders where id = {id}", ct);
        #endregion
        _ = paid;
    }

    public static async Task Transact(IRoutingDatabase db, IMail mail, long id, CancellationToken ct)
    {
        #region guide-transact
        var commit = await db.TransactAsync(
            async (tx, token) =>
            {
                await tx.ExecuteAsync($"update orders set paid = true where id = {id}", token);
                tx.OnCommitted(ct => mail.SendAsync(id, ct));
            },
            new TransactionOptions { Isolation = IsolationLevel.Serializable, MaxAttempts = 3 },
            ct);
        #endregion
        _ = commit;
    }

    public static async Task Savepoint(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-savepoint
        await using var session = db.OpenSession();
        await using var tx = await session.BeginTransactionAsync(ct: ct);
        await tx.ExecuteAsync($"update orders set paid = true where id = {id}", ct);
        await using (var attempt = await session.BeginTransactionAsync(ct: ct))
        {
            await attempt.ExecuteAsync($"insert into loyalty_points (order_id) values ({id})", ct);
            await attempt.RollbackAsync(ct);
        }

        await tx.CommitAsync(ct);
        #endregion
    }

    public static async Task Batch(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-batch
        var batch = new StatementBatch()
            .Add($"update orders set paid = true where id = {id}")
            .Add($"insert into payments (order_id) values ({id})");
        await db.ExecuteBatchAsync(batch, ct);
        #endregion
    }

    public static async Task Scope(IRoutingDatabases databases, IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-scope
        using var scope = databases.BeginScope();
        await db.ExecuteAsync($"update orders set paid = true where id = {id}", ct);
        var paid = await db.QuerySingleAsync<bool>($"select paid from orders where id = {id}", ct);
        #endregion
        _ = paid;
    }

    public static async Task HandOver(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-token
        var commit = await db.TransactAsync(
            async (tx, token) =>
            {
                await tx.ExecuteAsync($"update orders set paid = true where id = {id}", token);
            },
            ct: ct);

        // Later, elsewhere in the process: what the transaction wrote is seen.
        await using var session = db.OpenSession(new SessionOptions { Token = commit.Token });
        var paid = await session.QuerySingleAsync<bool>($"select paid from orders where id = {id}", ct);
        #endregion
        _ = paid;
    }

    public static async Task UseDapper(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region guide-dapper
        await using var connection = await db.DataSource.OpenConnectionAsync(ct);
        var order = await connection.QuerySingleAsync<Order>("select id, customer, total, paid from orders where id = @id", new { id });
        await connection.ExecuteAsync("update orders set paid = @paid where id = @id", new { paid = true, id });
        #endregion
        _ = order;
    }

    public static async Task UseAdoNet(IRoutingDatabase db, CancellationToken ct)
    {
        #region guide-adonet
        await using var connection = await db.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = connection.CreateCommand();
        command.Transaction = (RoutingTransaction)transaction;
        command.CommandText = "delete from orders where paid and total = 0";
        await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        #endregion
    }

    public static async Task HandOutTheDriversConnection(IRoutingDatabase db, Stream file, CancellationToken ct)
    {
        #region guide-pin
        await using var session = db.OpenSession();
        await using var pin = await session.PinAsync(ct: ct);
        var npgsql = (NpgsqlConnection)pin.PhysicalConnection;
        await using var import = await npgsql.BeginTextImportAsync("copy orders (customer, total) from stdin (format csv)", ct);
        #endregion
        using var reader = new StreamReader(file);
        await import.WriteAsync(await reader.ReadToEndAsync(ct));
    }

    public static void Telemetry()
    {
        #region guide-telemetry
        using var tracing = Sdk.CreateTracerProviderBuilder()
            .AddRoutingInstrumentation()
            .AddOtlpExporter()
            .Build();
        using var metering = Sdk.CreateMeterProviderBuilder()
            .AddRoutingInstrumentation()
            .AddOtlpExporter()
            .Build();
        #endregion
    }

    internal interface IMail
    {
        ValueTask SendAsync(long order, CancellationToken ct);
    }

    internal sealed record Order(long Id, string Customer, decimal Total, bool Paid);
}
