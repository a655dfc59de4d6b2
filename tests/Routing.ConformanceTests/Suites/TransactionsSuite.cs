using System.Data;

namespace Routing.ConformanceTests.Suites;

/// <summary>Transactions of sessions: all or nothing, savepoints, reruns, and clear words for what cannot be done.</summary>
public abstract class TransactionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Committed = "The transaction has ended (Committed): nothing more can run in it. Begin a new one. [RTG0403]";
    private const string RolledBack = "The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]";
    private const string NestedEnded = "This nested transaction has ended: nothing more can run in it. The transaction around it is still open. [RTG0404]";

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
        await RefusedAsync(() => verbs.Query<long>(session, $"update {items.Raw} set amount = {99} {Database.Output("amount")} {Database.Returning("amount")}"));
        await RefusedAsync(async () => await session.StreamAsync<long>($"update {items.Raw} set amount = {99} {Database.Output("amount")} {Database.Returning("amount")}").CountAsync());
        await RefusedAsync(async () =>
        {
            await using var results = await session.QueryMultipleAsync($"update {items.Raw} set amount = {99} {Database.Output("amount")} {Database.Returning("amount")}");
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

    [Fact]
    public async Task TransactAsync_commits_and_returns_what_its_work_returns()
    {
        var items = await Database.ItemsAsync(0);
        var id = await Db.TransactAsync(async (transaction, ct) =>
            await transaction.QuerySingleAsync<long>($"insert into {items.Raw} {Database.Output("id")} values ({7}, {"x"}, {1}) {Database.Returning("id")}", ct));
        Assert.Equal(7, id);
        var result = await Db.TransactAsync(async (transaction, ct) => await transaction.ExecuteAsync($"update {items.Raw} set amount = {2}", ct));
        Assert.Equal(1, result);
        var commit = await Db.TransactAsync(async (transaction, ct) =>
        {
            Assert.Equal(1, transaction.Attempt);
            await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + {1}", ct);
        });
        Assert.Equal(CommitOutcome.Committed, commit.Outcome);
        Assert.Equal(3, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task TransactAsync_rolls_back_and_lets_through_what_its_work_throws()
    {
        var items = await Database.ItemsAsync(1);
        var thrown = new InvalidDataException("mine");
        var attempts = 0;
        var caught = await Assert.ThrowsAsync<InvalidDataException>(() => Db.TransactAsync(async (transaction, ct) =>
        {
            attempts++;
            await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}", ct);
            throw thrown;
        }));
        Assert.Same(thrown, caught);
        Assert.Equal(1, attempts);
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task TransactAsync_runs_again_what_the_server_rolled_back()
    {
        var items = await Database.ItemsAsync(2);
        var attempts = new List<int>();
        var effects = new List<int>();
        await Db.TransactAsync(
            async (transaction, ct) =>
            {
                attempts.Add(transaction.Attempt);
                transaction.OnCommitted(_ =>
                {
                    effects.Add(transaction.Attempt);
                    return default;
                });
                await transaction.ExecuteAsync($"update {items.Raw} set amount = {-1} where id = {2}", ct);
                await transaction.QuerySingleAsync<Item>($"select id, name, amount from {items.Raw} where id = {1}", ct);
                if (transaction.Attempt < 3)
                {
                    await Database.ConflictAsync(transaction, items);
                }
            },
            Database.ConflictOptions);
        Assert.Equal([1, 2, 3], attempts);
        Assert.Equal([3], effects);
        Assert.Equal(-1, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw} where id = {2}"));
    }

    [Fact]
    public async Task TransactAsync_gives_up_after_its_last_attempt_and_leaves_nothing()
    {
        var items = await Database.ItemsAsync(2);
        var attempts = 0;
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Db.TransactAsync(
            async (transaction, ct) =>
            {
                attempts++;
                await transaction.ExecuteAsync($"update {items.Raw} set amount = {-1} where id = {2}", ct);
                await transaction.QuerySingleAsync<Item>($"select id, name, amount from {items.Raw} where id = {1}", ct);
                await Database.ConflictAsync(transaction, items);
            },
            Database.ConflictOptions with { MaxAttempts = 2 }));
        Assert.Equal(2, attempts);
        Assert.Equal(20, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw} where id = {2}"));
    }

    [Fact]
    public async Task TransactAsync_runs_errors_of_the_statement_only_once()
    {
        var items = await Database.ItemsAsync(1);
        var attempts = 0;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Db.TransactAsync(async (transaction, ct) =>
        {
            attempts++;
            await transaction.ExecuteAsync($"insert into {items.Raw} values ({1}, {"twice"}, {1})", ct);
        }));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal(1, attempts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public async Task TransactAsync_refuses_a_number_of_attempts_out_of_range(int attempts) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Db.TransactAsync(static (_, _) => Task.CompletedTask, new TransactionOptions { MaxAttempts = attempts }));

    [Fact]
    public async Task Cancelling_TransactAsync_rolls_back()
    {
        var items = await Database.ItemsAsync(1);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Db.TransactAsync(
            async (transaction, ct) =>
            {
                await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}", ct);
                await cancelled.CancelAsync();
                await transaction.ExecuteAsync($"update {items.Raw} set amount = {100}", ct);
            },
            ct: cancelled.Token));
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
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

    [Fact]
    public async Task OnCommitted_runs_after_the_outermost_commit_in_the_order_of_its_calls()
    {
        var verbs = Verbs.Asynchronous;
        var items = await Database.ItemsAsync(0);
        var effects = new List<string>();
        await using var session = Db.OpenSession();
        var outer = await verbs.Begin(session);
        Note(outer, "outer, before");
        var inner = await verbs.Begin(session);
        Note(inner, "inner");
        var innermost = await verbs.Begin(session);
        Note(innermost, "innermost");
        await verbs.Commit(innermost);
        await verbs.Commit(inner);
        Note(outer, "outer, after");
        await verbs.Execute(outer, $"insert into {items.Raw} values ({1}, {"x"}, {1})");
        Assert.Empty(effects);
        outer.OnCommitted(async ct => effects.Add("sees " + await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}", ct)));
        await verbs.Commit(outer);
        Assert.Equal(["outer, before", "inner", "innermost", "outer, after", "sees 1"], effects);

        void Note(SessionTransaction transaction, string what) => transaction.OnCommitted(_ =>
        {
            effects.Add(what);
            return default;
        });
    }

    [Fact]
    public async Task OnCommitted_does_not_run_for_what_was_rolled_back()
    {
        var verbs = Verbs.Asynchronous;
        var effects = new List<string>();
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        var abandoned = await verbs.Begin(session);
        var kept = await verbs.Begin(session);
        Note(kept, "nested in what is rolled back");
        await verbs.Commit(kept);
        Note(abandoned, "rolled back");
        await verbs.Rollback(abandoned);

        var outer = await verbs.Begin(session);
        Note(outer, "outer");
        var inner = await verbs.Begin(session);
        Note(inner, "inner, rolled back");
        var innermost = await verbs.Begin(session);
        Note(innermost, "innermost, committed inside");
        await verbs.Commit(innermost);
        await verbs.Rollback(inner);
        var disposed = await verbs.Begin(session);
        Note(disposed, "disposed");
        await verbs.Dispose(disposed);
        await verbs.Commit(outer);
        Assert.Equal(["outer"], effects);

        var later = await verbs.Begin(session);
        Note(later, "later");
        await verbs.Commit(later);
        Assert.Equal(["outer", "later"], effects);

        void Note(SessionTransaction transaction, string what) => transaction.OnCommitted(_ =>
        {
            effects.Add(what);
            return default;
        });
    }

    [Fact]
    public async Task A_blocking_commit_refuses_to_leave_effects_behind()
    {
        var items = await Database.ItemsAsync(1);
        var effects = 0;
        await using var session = Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}");
        transaction.OnCommitted(_ =>
        {
            effects++;
            return default;
        });
        var error = Assert.Throws<InvalidOperationException>(transaction.Commit);
        Assert.Equal("The transaction has effects of 'OnCommitted', which are asynchronous, so it was not committed. Commit it by 'CommitAsync'. [RTG0410]", error.Message);
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        await transaction.CommitAsync();
        Assert.Equal(99, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        Assert.Equal(1, effects);
    }

    [Fact]
    public async Task An_effect_that_throws_comes_out_of_the_commit_which_stands()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}");
        transaction.OnCommitted(static _ => throw new InvalidDataException("mine"));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await transaction.CommitAsync());
        Assert.Equal(99, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    private async Task RefusedAsync(Func<Task> write)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(write);
        Assert.True(Database.IsReadOnlyViolation(error), error.ToString());
    }
}
