namespace Routing.ConformanceTests.Suites;

/// <summary>Rows that are inserted or, where their key is there, updated, as <see cref="Dialect.Upsert"/> writes it.</summary>
public abstract class UpsertSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private static readonly string[] Columns = ["id", "name", "amount"];

    [Theory, SyncAndAsync]
    public async Task What_is_there_is_updated_and_what_is_not_is_inserted(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        for (var use = 0; use < 3; use++)
        {
            await verbs.Execute(Db, $"{Db.Dialect.Upsert(items.Raw, ["id"], Columns, [2L, "changed", 21L + use], [3L, "new", 30L + use])}");
            Assert.Equal(
                [new Item(1, "item 1", 10), new Item(2, "changed", 21 + use), new Item(3, "new", 30 + use)],
                await verbs.Query<Item>(Db, $"select id, name, amount from {items.Raw} order by id"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Columns_that_are_not_named_stay_as_they_are(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await verbs.Execute(Db, $"{Db.Dialect.Upsert(items.Raw, ["id"], ["amount", "id"], [11L, 1L])}");
        Assert.Equal(new Item(1, "item 1", 11), await verbs.QuerySingle<Item>(Db, $"select id, name, amount from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task With_nothing_but_a_key_what_is_there_stays(Verbs verbs)
    {
        var table = await Database.TableAsync("a bigint not null, b bigint not null, c bigint, primary key (a, b)");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, 1, 7)");
        await verbs.Execute(Db, $"{Db.Dialect.Upsert(table.Raw, ["a", "b"], ["a", "b"], [1L, 1L], [1L, 2L])}");
        Assert.Equal([(1L, 1L, 7L), (1L, 2L, null)], await verbs.Query<(long, long, long?)>(Db, $"select a, b, c from {table.Raw} order by a, b"));
    }

    [Theory, SyncAndAsync]
    public async Task A_key_of_several_columns_tells_rows_apart_by_all_of_them(Verbs verbs)
    {
        var table = await Database.TableAsync("a bigint not null, b bigint not null, c bigint, d bigint, primary key (a, b)");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, 1, 1, 1), (1, 2, 2, 2)");
        await verbs.Execute(Db, $"{Db.Dialect.Upsert(table.Raw, ["a", "b"], ["a", "b", "c", "d"], [1L, 2L, 20L, null], [2L, 1L, 30L, 31L])}");
        Assert.Equal(
            [(1L, 1L, 1L, 1L), (1L, 2L, 20L, null), (2L, 1L, 30L, 31L)],
            await verbs.Query<(long, long, long, long?)>(Db, $"select a, b, c, d from {table.Raw} order by a, b"));
    }

    [Fact]
    public async Task As_many_rows_as_fit_go_at_once()
    {
        var items = await Database.ItemsAsync(100);
        var count = Math.Min(Db.Dialect.RowsPerInsert(Columns.Length), 1000);
        await Db.ExecuteAsync($"{Db.Dialect.Upsert(items.Raw, ["id"], Columns, [.. Enumerable.Range(1, count).Select(static id => new object?[] { (long)id, "upserted", 1L })])}");
        Assert.Equal(count, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where name = {"upserted"}"));
    }

    [Fact]
    public async Task Callers_at_once_leave_one_row_and_none_of_them_fails()
    {
        var items = await Database.ItemsAsync(0);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(caller => Task.Run(async () =>
            await Db.TransactAsync(async (transaction, ct) =>
                await transaction.ExecuteAsync($"{transaction.Dialect.Upsert(items.Raw, ["id"], Columns, [1L, "caller", (long)caller])}", ct)))));
        Assert.InRange((await Db.QuerySingleAsync<Item>($"select id, name, amount from {items.Raw}")).Amount, 1, 20);
    }

    [Theory, SyncAndAsync]
    public async Task It_is_part_of_its_transaction(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"{Db.Dialect.Upsert(items.Raw, ["id"], Columns, [1L, "changed", 1L], [2L, "new", 2L])}");
        await verbs.Rollback(transaction);
        Assert.Equal([new Item(1, "item 1", 10)], await verbs.Query<Item>(session, $"select id, name, amount from {items.Raw}"));
    }
}
