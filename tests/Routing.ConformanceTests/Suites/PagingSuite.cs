namespace Routing.ConformanceTests.Suites;

/// <summary>Pages of ordered queries, as <see cref="Dialect.Page"/> writes them.</summary>
public abstract class PagingSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Pages_one_behind_the_other_are_all_rows_once(Verbs verbs)
    {
        var items = await Database.ItemsAsync(25);
        var seen = new List<long>();
        while (true)
        {
            var page = await verbs.Query<long>(Db, $"select id from {items.Raw} order by id {Db.Dialect.Page(seen.Count, 10)}");
            if (page.Count == 0)
            {
                break;
            }

            Assert.Equal(Math.Min(10, 25 - seen.Count), page.Count);
            seen.AddRange(page);
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(static id => (long)id), seen);
    }

    [Theory, SyncAndAsync]
    public async Task The_first_rows_come_without_skipping(Verbs verbs)
    {
        var items = await Database.ItemsAsync(5);
        Assert.Equal([5], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id desc {Db.Dialect.Page(0, 1)}"));
        Assert.Equal([1, 2, 3, 4, 5], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id {Db.Dialect.Page(0, int.MaxValue)}"));
    }

    [Theory, SyncAndAsync]
    public async Task Beyond_the_last_row_there_is_nothing(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        Assert.Equal([3], await verbs.Query<long>(Db, $"select id from {items.Raw} order by id {Db.Dialect.Page(2, 10)}"));
        Assert.Empty(await verbs.Query<long>(Db, $"select id from {items.Raw} order by id {Db.Dialect.Page(3, 10)}"));
        Assert.Empty(await verbs.Query<long>(Db, $"select id from {items.Raw} order by id {Db.Dialect.Page(long.MaxValue, 10)}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_page_goes_with_conditions_and_their_values(Verbs verbs)
    {
        var items = await Database.ItemsAsync(20);
        Assert.Equal(
            [11, 9],
            await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In(Sql.Raw("id"), [3L, 5, 7, 9, 11, 13])} and amount > {30} order by id desc {Db.Dialect.Page(1, 2)}"));
    }

    [Fact]
    public async Task Pages_of_a_session_and_of_a_transaction_are_the_same()
    {
        var items = await Database.ItemsAsync(6);
        await using var session = Db.OpenSession();
        Assert.Equal([3, 4], await session.QueryAsync<long>($"select id from {items.Raw} order by id {session.Dialect.Page(2, 2)}"));
        await using var transaction = await session.BeginTransactionAsync();
        Assert.Equal([3, 4], await transaction.QueryAsync<long>($"select id from {items.Raw} order by id {transaction.Dialect.Page(2, 2)}"));
        Assert.Equal([3, 4], await transaction.StreamAsync<long>($"select id from {items.Raw} order by id {transaction.Dialect.Page(2, 2)}").ToListAsync());
    }
}
