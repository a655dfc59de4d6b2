namespace Routing.ConformanceTests.Suites;

/// <summary>Transactions inside transactions of a session: they end with the one around them.</summary>
public abstract class NestedTransactionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Committed = "The transaction has ended (Committed): nothing more can run in it. Begin a new one. [RTG0403]";
    private const string NestedEnded = "This nested transaction has ended: nothing more can run in it. The transaction around it is still open. [RTG0404]";

    [Theory, SyncAndAsync]
    public async Task Nested_transactions_commit_with_the_outer_one(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        await verbs.Execute(outer, $"insert into {items.Raw} values ({1}, {"outer"}, {1})");
        var inner = await verbs.Begin(session);
        await verbs.Execute(inner, $"insert into {items.Raw} values ({2}, {"inner"}, {2})");
        var innermost = await verbs.Begin(session);
        await verbs.Execute(innermost, $"insert into {items.Raw} values ({3}, {"innermost"}, {3})");
        await verbs.Commit(innermost);
        await verbs.Commit(inner);
        Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
        await verbs.Commit(outer);
        Assert.Equal([1, 2, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task A_nested_rollback_takes_back_only_its_own(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        await verbs.Execute(outer, $"insert into {items.Raw} values ({1}, {"outer"}, {1})");
        var rolledBack = await verbs.Begin(session);
        await verbs.Execute(rolledBack, $"insert into {items.Raw} values ({2}, {"inner"}, {2})");
        await verbs.Rollback(rolledBack);
        var disposed = await verbs.Begin(session);
        await verbs.Execute(disposed, $"insert into {items.Raw} values ({3}, {"inner"}, {3})");
        await verbs.Dispose(disposed);
        await verbs.Execute(outer, $"insert into {items.Raw} values ({4}, {"outer"}, {4})");
        await verbs.Commit(outer);
        Assert.Equal([1, 4], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task An_outer_rollback_takes_back_what_nested_ones_committed(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        var inner = await verbs.Begin(session);
        await verbs.Execute(inner, $"insert into {items.Raw} values ({2}, {"inner"}, {2})");
        await verbs.Commit(inner);
        await verbs.Rollback(outer);
        Assert.Empty(await verbs.Query<long>(Db, $"select id from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_failed_statement_in_a_nested_transaction_leaves_the_outer_one_usable(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        await verbs.Execute(outer, $"insert into {items.Raw} values ({2}, {"outer"}, {2})");
        var inner = await verbs.Begin(session);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(inner, $"insert into {items.Raw} values ({1}, {"twice"}, {1})"));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        await verbs.Dispose(inner);
        await verbs.Execute(outer, $"insert into {items.Raw} values ({3}, {"outer"}, {3})");
        await verbs.Commit(outer);
        Assert.Equal([1, 2, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task An_ended_nested_transaction_refuses_everything_while_the_outer_one_goes_on(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        var inner = await verbs.Begin(session);
        await verbs.Commit(inner);
        Assert.Equal(NestedEnded, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Query<int>(inner, $"select 1"))).Message);
        Assert.Equal(NestedEnded, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(inner))).Message);
        Assert.Equal(NestedEnded, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Rollback(inner))).Message);
        Assert.Equal(1, await verbs.QuerySingle<int>(outer, $"select 1"));

        var forgotten = await verbs.Begin(session);
        await verbs.Commit(outer);
        Assert.Equal(Committed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(forgotten))).Message);
        await verbs.Dispose(forgotten);
        Assert.Equal(1, await verbs.QuerySingle<int>(session, $"select 1"));
    }
}
