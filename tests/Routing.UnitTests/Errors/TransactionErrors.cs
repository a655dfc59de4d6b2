using System.Data;
using System.Transactions;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;
using static Routing.UnitTests.Errors.OrdersFixture;
using static Routing.UnitTests.Errors.Provocations;
using IsolationLevel = System.Data.IsolationLevel;

namespace Routing.UnitTests.Errors;

internal static class TransactionErrors
{
    [Provokes(ErrorCodes.AmbientTransaction)]
    public static async Task<Exception> A_call_inside_a_TransactionScope()
    {
        await using var orders = new OrdersFixture();
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        return await ThrownAsync(async () => await orders.Db.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.TransactionRolledBackByServer)]
    public static async Task<Exception> A_statement_after_a_deadlock()
    {
        await using var server = new SqlServerNode();
        await using var session = server.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await ThrownAsync(async () => await transaction.ExecuteAsync("throw 1205, 'deadlock victim', 1"));
        return await ThrownAsync(async () => await transaction.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.WriteInReadOnlyTransaction)]
    public static async Task<Exception> A_write_in_a_read_only_transaction_of_SQL_Server()
    {
        await using var server = new SqlServerNode();
        await using var session = server.Db.OpenSession(new SessionOptions { ReadOnly = true });
        return await ThrownAsync(async () => await session.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.WriteInReadOnlyTransaction)]
    public static Task<Exception> A_definition_in_a_read_only_transaction_of_MySQL()
    {
        using var command = new Microsoft.Data.Sqlite.SqliteCommand("drop table t");
        return Task.FromResult(Thrown(() => new Routing.Providers.MySql.ReadOnlyRule("a").Check(command)));
    }

    [Provokes(ErrorCodes.AmbientTransaction)]
    public static async Task<Exception> A_routed_connection_enlisted_by_hand()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        using var transaction = new CommittableTransaction();
        return Thrown(() => connection.EnlistTransaction(transaction));
    }

    [Provokes(ErrorCodes.CommitOutcomeUnknown)]
    public static async Task<Exception> A_connection_lost_during_COMMIT()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync("update t set x = 1");
        orders.Drivers[0].OnStep = static step =>
        {
            if (step == "commit")
            {
                throw new FakeDbException("the connection was reset", ErrorClass.ConnectionLost);
            }
        };
        return await ThrownAsync(async () => await transaction.CommitAsync());
    }

    [Provokes(ErrorCodes.CommitOutcomeUnknown)]
    public static async Task<Exception> A_connection_lost_under_a_write()
    {
        await using var orders = new OrdersFixture();
        orders.Drivers[0].OnStep = static step =>
        {
            if (step == "execute")
            {
                throw new FakeDbException("the connection was reset", ErrorClass.ConnectionLost);
            }
        };
        return await ThrownAsync(async () => await orders.Db.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.TransactionEnded)]
    public static async Task<Exception> A_statement_after_the_commit()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.CommitAsync();
        return await ThrownAsync(async () => await transaction.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.NestedTransactionEnded)]
    public static async Task<Exception> A_statement_after_the_rollback_to_a_savepoint()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await using var nested = await session.BeginTransactionAsync();
        await nested.RollbackAsync();
        return await ThrownAsync(async () => await nested.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.NestedTransactionOptions)]
    public static async Task<Exception> A_savepoint_with_an_isolation()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        return await ThrownAsync(async () => await session.BeginTransactionAsync(new Routing.TransactionOptions { Isolation = IsolationLevel.Serializable }));
    }

    [Provokes(ErrorCodes.TextTransactionOpen)]
    public static async Task<Exception> BeginTransaction_after_BEGIN()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await session.ExecuteAsync("begin");
        return await ThrownAsync(async () => await session.BeginTransactionAsync());
    }

    [Provokes(ErrorCodes.TransactionOpen)]
    public static async Task<Exception> Two_transactions_on_one_routed_connection()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        return await ThrownAsync(async () => await connection.BeginTransactionAsync());
    }

    [Provokes(ErrorCodes.ForeignTransaction)]
    public static async Task<Exception> A_command_that_names_an_ended_transaction()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var command = Command(connection, "update t set x = 1");
        command.Transaction = transaction;
        await transaction.CommitAsync();
        return Thrown(() => command.ExecuteNonQuery());
    }

    [Provokes(ErrorCodes.TextEndsTransaction)]
    public static async Task<Exception> COMMIT_as_text_inside_a_transaction()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        return await ThrownAsync(async () => await transaction.ExecuteAsync("commit"));
    }

    [Provokes(ErrorCodes.EffectsAreAsynchronous)]
    public static async Task<Exception> A_synchronous_commit_with_effects()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        transaction.OnCommitted(static _ => default);
        return Thrown(() => transaction.Commit());
    }

    [Provokes(ErrorCodes.TextTransactionInReadOnlySession)]
    public static async Task<Exception> BEGIN_as_text_in_a_read_only_session()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession(new SessionOptions { ReadOnly = true });
        return await ThrownAsync(async () => await session.ExecuteAsync("begin"));
    }
}
