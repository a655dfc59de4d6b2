using System.Data;

namespace Routing.ConformanceTests.Suites;

/// <summary>Transactions of sessions: all or nothing, at every level of isolation, and clear words for what cannot be done.</summary>
public abstract class TransactionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Committed = "The transaction has ended (Committed): nothing more can run in it. Begin a new one. [RTG0403]";
    private const string RolledBack = "The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]";

    [Theory, SyncAndAsync]
    public async Task A_commit_shows_everything_at_once(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({1}, {"a"}, {1})");
        await verbs.Execute(session, $"insert into {items.Raw} values ({2}, {"b"}, {2})");
        Assert.Equal(2, await verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"));
        Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));

        var result = await verbs.Commit(transaction);
        Assert.Equal(CommitOutcome.Committed, result.Outcome);
        Assert.Equal(2, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
        await verbs.Dispose(transaction);
        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_rollback_leaves_nothing(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"update {items.Raw} set amount = {99}");
        await verbs.Rollback(transaction);
        Assert.Equal(10, await verbs.Scalar<int>(session, $"select amount from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Dispose_without_commit_rolls_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"update {items.Raw} set amount = {99}");
        await verbs.Dispose(transaction);
        await verbs.Dispose(transaction);
        Assert.Equal(10, await verbs.Scalar<int>(session, $"select amount from {items.Raw}"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(transaction));
        Assert.Equal(RolledBack, error.Message);
    }

    [Theory, SyncAndAsync]
    public async Task Disposing_the_session_rolls_back_its_transaction(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"update {items.Raw} set amount = {99}");
        await verbs.Dispose(session);
        await verbs.Dispose(transaction);
        Assert.Equal(10, await verbs.Scalar<int>(Db, $"select amount from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_session_runs_one_transaction_after_the_other(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        for (var id = 1; id <= 3; id++)
        {
            var transaction = await verbs.Begin(session);
            await verbs.Execute(transaction, $"insert into {items.Raw} values ({id}, {"x"}, {id})");
            await verbs.Commit(transaction);
        }

        Assert.Equal(3, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task An_ended_transaction_refuses_everything(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        var committed = await verbs.Begin(session);
        await verbs.Commit(committed);
        Assert.Equal(Committed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Query<int>(committed, $"select 1"))).Message);
        Assert.Equal(Committed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(committed))).Message);
        Assert.Equal(Committed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Rollback(committed))).Message);
        Assert.Equal(Committed, Assert.Throws<InvalidOperationException>(() => committed.OnCommitted(static _ => default)).Message);
        await verbs.Dispose(committed);

        var rolledBack = await verbs.Begin(session);
        await verbs.Rollback(rolledBack);
        Assert.Equal(RolledBack, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(rolledBack, $"select 1"))).Message);
        Assert.Equal(RolledBack, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(rolledBack))).Message);
    }

    [Fact]
    public async Task A_cancelled_commit_commits_nothing_and_leaves_the_transaction_open()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transaction.CommitAsync(new CancellationToken(canceled: true)));
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        await transaction.CommitAsync();
        Assert.Equal(99, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Every_isolation_level_of_the_engine_is_accepted(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        foreach (var level in Database.IsolationLevels)
        {
            await using var session = Db.OpenSession();
            var transaction = await verbs.Begin(session, new TransactionOptions { Isolation = level });
            await verbs.Execute(transaction, $"update {items.Raw} set amount = amount + {1}");
            await verbs.Commit(transaction);
        }

        Assert.Equal(10 + Database.IsolationLevels.Count, await verbs.Scalar<int>(Db, $"select amount from {items.Raw}"));
    }
}
