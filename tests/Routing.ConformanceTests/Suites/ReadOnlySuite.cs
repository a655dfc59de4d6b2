using System.Data;

namespace Routing.ConformanceTests.Suites;

/// <summary>Where only reads are allowed nothing is written, by whatever statement, and what comes after may write again.</summary>
public abstract class ReadOnlySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private static readonly string[] Columns = ["id", "name", "amount"];

    [Theory, SyncAndAsync]
    public async Task A_read_only_transaction_refuses_every_statement_that_writes(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        foreach (var write in Writes(items))
        {
            await using var session = Db.OpenSession();
            await using (var transaction = await verbs.Begin(session, new TransactionOptions { ReadOnly = true }))
            {
                Assert.Equal(2, await verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"));
                await RefusedAsync(write, () => verbs.Execute(transaction, $"{write}"));
            }

            await UnchangedAsync(verbs, session, items);
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_read_only_session_refuses_every_statement_that_writes(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        foreach (var write in Writes(items))
        {
            await using var session = Db.OpenSession(new SessionOptions { ReadOnly = true });
            await RefusedAsync(write, () => verbs.Execute(session, $"{write}"));
            await RefusedAsync(write, () => verbs.Query<long>(session, $"{write}"));
            await UnchangedAsync(verbs, session, items);
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_commit_of_a_read_only_transaction_leaves_its_connection_ready_to_write(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var session = Db.OpenSession();
        await using (var transaction = await verbs.Begin(session, new TransactionOptions { ReadOnly = true }))
        {
            Assert.Equal(2, await verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"));
            await verbs.Commit(transaction);
        }

        await using var writing = await verbs.Begin(session);
        Assert.Equal(2, await verbs.Execute(writing, $"update {items.Raw} set amount = {1}"));
        await verbs.Commit(writing);
        Assert.Equal(2, await verbs.Scalar<int>(session, $"select sum(amount) from {items.Raw}"));
    }

    /// <summary>Some drivers keep the error of a statement behind a query to themselves when nobody reads on.</summary>
    [Theory, SyncAndAsync]
    public async Task A_write_behind_a_query_changes_nothing_whether_or_not_its_error_is_seen(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using (var session = Db.OpenSession(new SessionOptions { ReadOnly = true }))
        {
            await Record.ExceptionAsync(() => verbs.Execute(session, $"select count(*) from {items.Raw}; delete from {items.Raw}"));
            await UnchangedAsync(verbs, session, items);
        }

        await using var writing = Db.OpenSession();
        await using (var transaction = await verbs.Begin(writing, new TransactionOptions { ReadOnly = true }))
        {
            await Record.ExceptionAsync(() => verbs.Execute(transaction, $"select count(*) from {items.Raw}; delete from {items.Raw}"));
        }

        await UnchangedAsync(verbs, writing, items);
    }

    [Theory, SyncAndAsync]
    public async Task A_read_only_transaction_reads_and_refuses_writes(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        foreach (var isolation in new[] { IsolationLevel.Unspecified, IsolationLevel.Serializable })
        {
            await using var session = Db.OpenSession();
            var transaction = await verbs.Begin(session, new TransactionOptions { ReadOnly = true, Isolation = isolation });
            Assert.Equal(1, await verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"));
            var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(transaction, $"update {items.Raw} set amount = {99}"));
            Assert.True(Database.IsReadOnlyViolation(error), error.ToString());
            await verbs.Dispose(transaction);

            // Nothing of the protection is left, neither on the session nor on the connection.
            Assert.Equal(1, await verbs.Execute(session, $"update {items.Raw} set amount = {10}"));
        }

        Assert.Equal(10, await verbs.Scalar<int>(Db, $"select amount from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_read_only_session_refuses_writes_by_every_way(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession(new SessionOptions { ReadOnly = true });
        Assert.Equal(1, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
        await RefusedAsync(() => verbs.Execute(session, $"update {items.Raw} set amount = {99}"));
        await RefusedAsync(() => verbs.Query<long>(session, $"{Database.WriteAndReturn(items)}"));
        await RefusedAsync(async () => await session.StreamAsync<long>($"{Database.WriteAndReturn(items)}").CountAsync());
        await RefusedAsync(async () =>
        {
            await using var results = await session.QueryMultipleAsync($"{Database.WriteAndReturn(items)}");
            await results.ReadAsync<long>();
        });
        await RefusedAsync(async () => await session.ExecuteBatchAsync(new StatementBatch().Add($"update {items.Raw} set amount = {99}")));
        await RefusedAsync(async () =>
        {
            await using var transaction = await session.BeginTransactionAsync(new TransactionOptions());
            await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}");
        });
        await using (await session.PinAsync(Intent.Write))
        {
            await RefusedAsync(() => verbs.Execute(session, $"update {items.Raw} set amount = {99}"));
        }

        await verbs.Execute(session, Database.SetSetting);
        await RefusedAsync(() => verbs.Execute(session, $"update {items.Raw} set amount = {99}"));
        Assert.Equal(10, await verbs.Scalar<int>(Db, $"select amount from {items.Raw}"));
    }

    private SqlFragment[] Writes(Table items) =>
    [
        Sql.Format($"insert into {items.Raw} (id, name, amount) values ({3}, {"new"}, {3})"),
        Sql.Format($"update {items.Raw} set amount = {99}"),
        Sql.Format($"delete from {items.Raw}"),
        Sql.Format($"drop table {items.Raw}"),
        Sql.Format($"alter table {items.Raw} {Sql.Raw(Database.AddColumn)} more bigint"),
        Sql.Format($"create table {Sql.Raw(items.Name + "_copy")} (id bigint)"),
        Sql.Format($"delete from {items.Raw}; select count(*) from {items.Raw}"),
        Db.Dialect.Upsert(items.Raw, ["id"], Columns, [1L, "changed", 1L]),
        Db.Dialect.InsertReturningKey(items.Raw, "id", Columns, 3L, "new", 3L),
        Database.WriteAndReturn(items),
    ];

    private async Task RefusedAsync(SqlFragment write, Func<Task> run)
    {
        var error = await Record.ExceptionAsync(run);
        Assert.True(error is not null && Database.IsReadOnlyViolation(error), $"{write}: {error}");
    }

    private async Task RefusedAsync(Func<Task> write)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(write);
        Assert.True(Database.IsReadOnlyViolation(error), error.ToString());
    }

    private async Task UnchangedAsync(Verbs verbs, Session session, Table items) =>
        Assert.Equal(
            [new Item(1, "item 1", 10), new Item(2, "item 2", 20)],
            await verbs.Query<Item>(session, $"select * from {items.Name} order by id", args: null, new StatementOptions { Intent = Intent.Write }));
}
