namespace Routing.ConformanceTests.Suites;

/// <summary><c>TransactAsync</c>: what it runs again, what it does not, and what it leaves.</summary>
public abstract class TransactSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
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

    /// <summary>Where rows are not locked one by one the second transaction waits for the first, and nothing runs again.</summary>
    [Fact]
    public async Task The_victim_of_a_deadlock_runs_again()
    {
        var items = await Database.ItemsAsync(2);
        var both = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        if (!Database.LocksRows)
        {
            Array.ForEach(both, static holds => holds.SetResult());
        }

        var attempts = await Task.WhenAll(
            RaiseAsync(first: 1, then: 2, both[0], both[1].Task),
            RaiseAsync(first: 2, then: 1, both[1], both[0].Task));
        Assert.Equal(Database.LocksRows ? 3 : 2, attempts.Sum());
        Assert.Equal([12, 22], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));

        Task<int> RaiseAsync(long first, long then, TaskCompletionSource holds, Task otherHolds) => Db.TransactAsync(async (transaction, ct) =>
        {
            await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + 1 where id = {first}", ct);
            holds.TrySetResult();
            await otherHolds;
            await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + 1 where id = {then}", ct);
            return transaction.Attempt;
        });
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
}
