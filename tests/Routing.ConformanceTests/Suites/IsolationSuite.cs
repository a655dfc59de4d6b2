namespace Routing.ConformanceTests.Suites;

/// <summary>What transactions of each level see of others: never what is not committed, and what is committed meanwhile or not, by the level.</summary>
public abstract class IsolationSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task A_transaction_sees_what_others_commit_meanwhile_or_goes_on_seeing_what_it_saw(Verbs verbs)
    {
        foreach (var (options, seesLaterCommits) in Database.Visibility)
        {
            var items = await Database.ItemsAsync(1);
            await using var session = Db.OpenSession();
            var reader = await verbs.Begin(session, options);
            Assert.Equal(10, await verbs.Scalar<int>(reader, $"select amount from {items.Raw}"));
            Assert.Equal(1, await verbs.Execute(Db, $"update {items.Raw} set amount = {99}"));
            Assert.Equal((options.Isolation, seesLaterCommits ? 99 : 10), (options.Isolation, await verbs.Scalar<int>(reader, $"select amount from {items.Raw}")));
            await verbs.Commit(reader);
            Assert.Equal(99, await verbs.Scalar<int>(session, $"select amount from {items.Raw}", args: null, new StatementOptions { Intent = Intent.Write }));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Nobody_sees_what_is_not_committed(Verbs verbs)
    {
        foreach (var (options, _) in Database.Visibility)
        {
            var items = await Database.ItemsAsync(1);
            await using var writing = Db.OpenSession();
            await using var writer = await verbs.Begin(writing);
            await verbs.Execute(writer, $"update {items.Raw} set amount = {99}");
            await using var reading = Db.OpenSession();
            await using (var reader = await verbs.Begin(reading, options))
            {
                Assert.Equal(10, await verbs.Scalar<int>(reader, $"select amount from {items.Raw}"));
            }

            await verbs.Rollback(writer);
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_transaction_sees_its_own_changes_at_every_level(Verbs verbs)
    {
        foreach (var level in Database.IsolationLevels)
        {
            var items = await Database.ItemsAsync(1);
            await using var session = Db.OpenSession();
            await using var transaction = await verbs.Begin(session, new TransactionOptions { Isolation = level });
            await verbs.Execute(transaction, $"update {items.Raw} set amount = {11}");
            Assert.Equal(11, await verbs.Scalar<int>(transaction, $"select amount from {items.Raw}"));
            await verbs.Rollback(transaction);
            Assert.Equal(10, await verbs.Scalar<int>(session, $"select amount from {items.Raw}"));
        }
    }

    /// <summary>The level is the transaction's: the next one on the same connection, which asks for none, has the default again.</summary>
    [Theory, SyncAndAsync]
    public async Task A_level_does_not_stay_for_the_next_transaction(Verbs verbs)
    {
        var (options, seesLaterCommits) = Database.Visibility[0];
        foreach (var level in Database.IsolationLevels)
        {
            var items = await Database.ItemsAsync(1);
            await using var session = Db.OpenSession();
            await using (var first = await verbs.Begin(session, options with { Isolation = level }))
            {
                await verbs.Scalar<int>(first, $"select amount from {items.Raw}");
                await verbs.Commit(first);
            }

            await using var second = await verbs.Begin(session, options);
            Assert.Equal(10, await verbs.Scalar<int>(second, $"select amount from {items.Raw}"));
            await verbs.Execute(Db, $"update {items.Raw} set amount = {99}");
            Assert.Equal(seesLaterCommits ? 99 : 10, await verbs.Scalar<int>(second, $"select amount from {items.Raw}"));
        }
    }
}
