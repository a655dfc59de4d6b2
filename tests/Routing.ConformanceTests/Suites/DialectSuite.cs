namespace Routing.ConformanceTests.Suites;

/// <summary>What else a <see cref="Dialect"/> writes: lists, truth values, moments, texts, locks, documents, limits.</summary>
public abstract class DialectSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private static readonly RawSql Id = Sql.Raw("id");

    private enum Rank : byte
    {
        First = 1,
        Third = 3,
    }

    [Theory, SyncAndAsync]
    public async Task Lists_of_every_length_find_their_rows(Verbs verbs)
    {
        var items = await Database.ItemsAsync(100);
        foreach (var length in new[] { 0, 1, 2, 3, 4, 5, 8, 9, 31, 32, 33, 63, 64, 65, 100 })
        {
            var ids = Enumerable.Range(1, length).Select(static id => (long)id).ToArray();
            Assert.Equal(length, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw} where {Db.Dialect.In(Id, ids)}"));
            Assert.Equal(100 - length, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw} where not ({Db.Dialect.In(Id, ids)})"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Lists_of_every_type_find_their_rows(Verbs verbs)
    {
        var items = await Database.ItemsAsync(4);
        var name = Sql.Raw("name");
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In(Id, [1, 3])} order by id"));
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In<byte>(Id, [1, 3])} order by id"));
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In<uint?>(Id, [1, null, 3])} order by id"));
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In<ulong>(Id, [1, 3])} order by id"));
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In(Id, new HashSet<Rank> { Rank.First, Rank.Third })} order by id"));
        Assert.Equal([2], await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In(name, [null, "item 2", "nobody"])}"));
        Assert.Empty(await verbs.Query<long>(Db, $"select id from {items.Raw} where {Db.Dialect.In(name, [(string?)null])}"));
    }

    [Fact]
    public async Task As_many_values_as_fit_go_in_one_list()
    {
        var items = await Database.ItemsAsync(10);
        var most = Math.Min(Db.Dialect.MaxParameters, 5000);
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where {Db.Dialect.In(Id, Enumerable.Range(1, most))}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_list_and_other_values_reach_the_limit_together(Verbs verbs)
    {
        var items = await Database.ItemsAsync(10);
        var others = Sql.Empty;
        for (var i = 0; i < 40; i++)
        {
            others = Sql.Format($"{others} and amount <> {-i - 1L}");
        }

        // Padded to the next shape this list would not fit any more where 2,098 is the limit.
        Assert.Equal(10, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw} where {Db.Dialect.In(Id, Enumerable.Range(1, 2050))} {others}"));
    }

    [Theory, SyncAndAsync]
    public async Task Truth_values_are_compared_with_columns_and_parameters(Verbs verbs)
    {
        var table = await Database.TableAsync($"id bigint primary key, flag {Database.Flag}");
        await verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {true}), ({2}, {false})");
        await verbs.Execute(Db, $"insert into {table.Raw} values (3, {Db.Dialect.True}), (4, {Db.Dialect.False})");
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {table.Raw} where flag = {Db.Dialect.True} order by id"));
        Assert.Equal([2, 4], await verbs.Query<long>(Db, $"select id from {table.Raw} where flag = {Db.Dialect.False} order by id"));
        Assert.Equal([1, 3], await verbs.Query<long>(Db, $"select id from {table.Raw} where flag = {true} order by id"));
        Assert.Equal([true, false, true, false], await verbs.Query<bool>(Db, $"select flag from {table.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task The_moment_is_the_servers_in_UTC(Verbs verbs)
    {
        // The server's clock is this machine's, or near enough to tell UTC from any other zone.
        var before = TimeProvider.System.GetUtcNow().UtcDateTime;
        var now = await verbs.QuerySingle<DateTime>(Db, $"select {Db.Dialect.UtcNow}");
        Assert.InRange(now.Kind == DateTimeKind.Local ? now.ToUniversalTime() : now, before.AddMinutes(-5), before.AddMinutes(5));
        Assert.Equal(1, await verbs.QuerySingle<int>(Db, $"select case when {Db.Dialect.UtcNow} <= {Db.Dialect.UtcNow} then 1 else 0 end"));
    }

    [Theory, SyncAndAsync]
    public async Task Texts_are_put_together_and_null_stays_null(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var name = Sql.Format($"name");
        Assert.Equal("<item 1>", await verbs.QuerySingle<string>(Db, $"select {Db.Dialect.Concat(Sql.Format($"{"<"}"), name, Sql.Format($"'>'"))} from {items.Raw}"));
        await verbs.Execute(Db, $"update {items.Raw} set name = null");
        Assert.Null(await verbs.QuerySingle<string?>(Db, $"select {Db.Dialect.Concat(name, Sql.Format($"{"x"}"))} from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Rows_are_locked_where_the_engine_locks_rows(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var session = Db.OpenSession();
        foreach (var whenLocked in Enum.GetValues<WhenLocked>())
        {
            await using var transaction = await verbs.Begin(session);
            var locks = transaction.Dialect.LockRows(whenLocked);
            Assert.Equal([1], await verbs.Query<long>(transaction, $"select id from {items.Raw} {locks.AfterTable} where id = {1} {locks.AtEnd}"));
            if (Database.LocksRows)
            {
                await using var other = Db.OpenSession();
                await using var beside = await verbs.Begin(other);
                var skip = beside.Dialect.LockRows(WhenLocked.Skip);
                var fail = beside.Dialect.LockRows(WhenLocked.Fail);
                Assert.Equal([2, 3], await verbs.Query<long>(beside, $"select id from {items.Raw} {skip.AfterTable} order by id {skip.AtEnd}"));
                await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => verbs.Query<long>(beside, $"select id from {items.Raw} {fail.AfterTable} order by id {fail.AtEnd}"));
            }

            await verbs.Rollback(transaction);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Members_of_documents_are_texts(Verbs verbs)
    {
        const string Document = """{"text": "naïve 𝄞", "number": 1.5, "yes": true, "no": false, "nothing": null, "null": "null", "inner": {"deep er": "down"}, "list": [1]}""";
        var table = await Database.TableAsync($"id bigint primary key, doc {Database.Json}");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {Sql.Raw("'" + Document + "'")})");
        foreach (var (path, expected) in new (string[], string?)[]
        {
            (["text"], "naïve 𝄞"), (["number"], "1.5"), (["yes"], "true"), (["no"], "false"), (["nothing"], null), (["null"], "null"),
            (["inner", "deep er"], "down"), (["nowhere"], null), (["text", "nowhere"], null), (["inner", "nowhere"], null),
        })
        {
            Assert.Equal((path[0], expected), (path[0], await verbs.QuerySingle<string?>(Db, $"select {Db.Dialect.JsonText(Sql.Raw("doc"), path)} from {table.Raw}")));
        }

        Assert.Equal("[1]", await verbs.QuerySingle<string>(Db, $"select {Db.Dialect.JsonText(Sql.Raw("doc"), "list")} from {table.Raw}"));
        Assert.Equal([1], await verbs.Query<long>(Db, $"select id from {table.Raw} where {Db.Dialect.JsonText(Sql.Raw("doc"), "inner", "deep er")} = {"down"}"));
    }
}
