using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Transactions of routed connections, begun by method or by text.</summary>
public abstract class AdoTransactionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Nested = "A transaction is open on this connection already; ADO.NET transactions do not nest. End it first, or use its savepoints ('Save', 'Rollback(name)'). [RTG0407]";
    private const string ForeignTransaction = "The command's transaction has ended or belongs to another connection. Set 'Transaction' to the open one of its connection, or to null. [RTG0408]";

    [Theory, SyncAndAsync]
    public async Task Transactions_commit_and_roll_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var committed = await verbs.Begin(connection);
        Assert.Same(connection, committed.Connection);
        await using (var command = connection.Command($"insert into {items.Name} values (1, 'a', 1)"))
        {
            command.Transaction = committed;
            await verbs.NonQuery(command);
        }

        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
        await verbs.Commit(committed);
        Assert.Null(committed.Connection);

        var rolledBack = await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (2, 'b', 2)"));
        await verbs.Rollback(rolledBack);

        await using (await verbs.Begin(connection))
        {
            await verbs.NonQuery(connection.Command($"insert into {items.Name} values (3, 'c', 3)"));
        }

        await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (4, 'd', 4)"));
        await verbs.Close(connection);
        Assert.Equal([1], await Db.QueryAsync<long>($"select id from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Savepoints_take_back_what_came_after_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        Assert.True(transaction.SupportsSavepoints);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'a', 1)"));
        await verbs.Save(transaction, "first");
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (2, 'b', 2)"));
        await verbs.RollbackTo(transaction, "first");
        await verbs.Save(transaction, "second");
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (3, 'c', 3)"));
        await verbs.Release(transaction, "second");
        await verbs.Commit(transaction);
        Assert.Equal([1, 3], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task Transactions_do_not_nest(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using (var transaction = await verbs.Begin(connection))
        {
            Assert.Equal(Nested, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(connection))).Message);
            await verbs.Commit(transaction);
        }

        await verbs.NonQuery(connection.Command(Database.Begin));
        Assert.Equal(Nested, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(connection))).Message);
        await verbs.NonQuery(connection.Command("rollback"));
        await using var again = await verbs.Begin(connection);
        await verbs.Commit(again);
    }

    [Theory, SyncAndAsync]
    public async Task An_ended_transaction_refuses_everything(Verbs verbs)
    {
        const string Ended = "The transaction has ended (Committed): nothing more can run in it. Begin a new one. [RTG0403]";
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var transaction = await verbs.Begin(connection);
        await verbs.Commit(transaction);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(transaction))).Message);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Rollback(transaction))).Message);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Save(transaction, "x"))).Message);
        await using var command = connection.Command("select 1");
        command.Transaction = transaction;
        Assert.Equal(ForeignTransaction, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        await using var current = await verbs.Begin(connection);
        Assert.Equal(ForeignTransaction, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        command.Transaction = current;
        Assert.NotNull(await verbs.Scalar(command));
    }

    [Theory, SyncAndAsync]
    public async Task Begin_and_commit_by_text_hold_the_connection_between_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await verbs.NonQuery(connection.Command(Database.Begin));
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'a', 1)"));
        Assert.Equal(1L, Convert.ToInt64(await verbs.Scalar(connection.Command($"select count(*) from {items.Name}")), CultureInfo.InvariantCulture));
        await Leases.AreActiveAsync(Db, 1);
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
        await verbs.NonQuery(connection.Command("commit"));
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));

        await verbs.NonQuery(connection.Command($"{Database.Begin}; delete from {items.Name}"));
        await Leases.AreActiveAsync(Db, 1);
        await verbs.NonQuery(connection.Command("rollback"));
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_begin_that_failed_holds_nothing(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command("begin nonsense")));
        await using (var transaction = await verbs.Begin(connection))
        {
            await verbs.Commit(transaction);
        }

        await Leases.AllReturnedAsync(Db);
    }
}
