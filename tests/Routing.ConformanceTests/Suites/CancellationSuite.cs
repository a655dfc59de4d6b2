using Routing.Sessions;

namespace Routing.ConformanceTests.Suites;

/// <summary>What a token ends: how it surfaces, and that nothing is the worse for it.</summary>
public abstract class CancellationSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Fact]
    public async Task A_token_ends_a_running_query()
    {
        using var soon = Soon();
        await CancelledAsync(() => Db.ExecuteScalarAsync<long>(Database.LongQuery, ct: soon.Token).AsTask());
        await StillWorksAsync(Db);
    }

    [Fact]
    public async Task A_token_ends_a_query_that_waits_for_its_first_row()
    {
        using var soon = Soon();
        await CancelledAsync(() => Db.QueryAsync<long>(Database.LongQuery, ct: soon.Token).AsTask());
        using var sooner = Soon();
        await CancelledAsync(() => Db.StreamAsync<long>(Database.LongQuery, sooner.Token).CountAsync());
        await StillWorksAsync(Db);
    }

    [Fact]
    public async Task A_session_goes_on_after_a_cancelled_query()
    {
        await using var session = Db.OpenSession();
        using var soon = Soon();
        await CancelledAsync(() => session.ExecuteScalarAsync<long>(Database.LongQuery, ct: soon.Token).AsTask());
        await StillWorksAsync(session);

        await using var pin = await session.PinAsync();
        using var again = Soon();
        await CancelledAsync(() => session.ExecuteScalarAsync<long>(Database.LongQuery, ct: again.Token).AsTask());
        await StillWorksAsync(session);
    }

    [Fact]
    public async Task A_transaction_whose_statement_was_cancelled_rolls_back()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}");
            using var soon = Soon();
            await CancelledAsync(() => transaction.ExecuteScalarAsync<long>(Database.LongQuery, ct: soon.Token).AsTask());
        }

        Assert.Equal(10, await session.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        Assert.Equal(1, await session.ExecuteAsync($"update {items.Raw} set amount = {11}"));
    }

    [Fact]
    public async Task TransactAsync_does_not_rerun_what_was_cancelled()
    {
        using var soon = new CancellationTokenSource();
        var attempts = 0;
        await CancelledAsync(() => Db.TransactAsync(
            async (transaction, ct) =>
            {
                attempts++;
                soon.CancelAfter(150);
                await transaction.ExecuteScalarAsync<long>(Database.LongQuery, ct);
            },
            ct: soon.Token));
        Assert.Equal(1, attempts);
        await StillWorksAsync(Db);
    }

    [Fact]
    public async Task A_token_ends_the_wait_for_a_connection()
    {
        await using var host = Database.Open(new() { ["Pool:MaxSize"] = "1", ["Reads:Prefer"] = "Primary" });
        var items = await Database.ItemsAsync(1);
        await using var session = host.Database.OpenSession();
        await using (await session.PinAsync())
        {
            using var cancelled = new CancellationTokenSource();
            var waiting = host.Database.ExecuteAsync($"delete from {items.Raw}", cancelled.Token).AsTask();
            Assert.False(waiting.IsCompleted);
            Assert.Equal(1, Waiting(host.Database));
            await cancelled.CancelAsync();
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            Assert.Equal(cancelled.Token, error.CancellationToken);
            Assert.Equal(0, Waiting(host.Database));
        }

        await StillWorksAsync(host.Database);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Fact]
    public async Task A_token_that_is_cancelled_after_the_end_touches_nobody()
    {
        using var late = new CancellationTokenSource();
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal([i], await session.QueryAsync<int>($"select {i}", late.Token));
        }

        await late.CancelAsync();
        await StillWorksAsync(session);
    }

    // Long enough that most commands are cancelled while they run, and right too for one that has not started yet.
    private static CancellationTokenSource Soon() => new(TimeSpan.FromMilliseconds(150), TimeProvider.System);

    private static int Waiting(IRoutingDatabase db) => ((RoutingDatabase)db).Source.Pools.All.Sum(static pool => pool.GetStatistics().Waiting);

    private static async Task CancelledAsync(Func<Task> work) =>
        // On a thread of its own: an embedded engine's commands run on the caller's.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(work));
}
