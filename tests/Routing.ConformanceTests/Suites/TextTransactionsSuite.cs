namespace Routing.ConformanceTests.Suites;

/// <summary>Transactions of a session that SQL texts begin and end.</summary>
public abstract class TextTransactionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task A_transaction_is_not_ended_by_text_behind_its_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({1}, {"a"}, {1})");
        foreach (var verb in new[] { "COMMIT", "ROLLBACK", Database.Begin.ToUpperInvariant() })
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(transaction, verb, args: null));
            Assert.Equal($"'{verb}' would end or restart the transaction behind its back. Use its own methods to commit, to roll back and to nest. [RTG0409]", error.Message);
        }

        await verbs.Execute(transaction, Database.Savepoint, args: null);
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({2}, {"b"}, {2})");
        await verbs.Execute(transaction, Database.RollbackToSavepoint, args: null);
        await verbs.Commit(transaction);
        Assert.Equal([1], await verbs.Query<long>(Db, $"select id from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Begin_by_text_keeps_the_session_on_one_connection_until_commit_by_text(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        await verbs.Execute(session, Database.Begin, args: null);
        await verbs.Execute(session, $"insert into {items.Raw} values ({1}, {"a"}, {1})");
        Assert.Equal(1, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
        Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(session));
        Assert.Equal("A transaction begun by SQL text is open on this session. End it by SQL text too, or begin it with 'BeginTransactionAsync'. [RTG0406]", error.Message);
        await verbs.Execute(session, "commit", args: null);
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));

        await verbs.Execute(session, Database.Begin, args: null);
        await verbs.Execute(session, $"delete from {items.Raw}");
        await verbs.Execute(session, "rollback", args: null);
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Begin_in_a_text_with_others_keeps_the_connection_as_well(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        await verbs.Execute(session, $"{Database.Begin}; insert into {items.Name} values (1, 'a', 1)", args: null);
        Assert.Equal(1, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
        await verbs.Execute(session, $"insert into {items.Name} values (2, 'b', 2); commit", args: null);
        await Leases.AllReturnedAsync(Db);
        Assert.Equal([1, 2], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id"));

        await verbs.Execute(session, $"{Database.Begin}; insert into {items.Name} values (3, 'c', 3); commit", args: null);
        await Leases.AllReturnedAsync(Db);
        Assert.Equal([1, 2, 3], await verbs.Query<long>(session, $"select id from {items.Raw} order by id"));
    }
}
