namespace Routing.ConformanceTests.Suites;

/// <summary><c>OnCommitted</c>: what is done outside the database once a transaction is committed.</summary>
public abstract class CommitEffectsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
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
}
