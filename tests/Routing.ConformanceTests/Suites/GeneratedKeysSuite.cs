namespace Routing.ConformanceTests.Suites;

/// <summary>Keys that the database makes, as <see cref="Dialect.InsertReturningKey"/> brings them back.</summary>
public abstract class GeneratedKeysSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task The_key_that_comes_back_is_that_of_the_row(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}, amount bigint");
        var last = 0L;
        for (var use = 0; use < 3; use++)
        {
            var key = await verbs.Scalar<long>(Db, $"{Db.Dialect.InsertReturningKey(table.Raw, "id", ["name", "amount"], "row " + use, use)}");
            Assert.True(key > last, $"{key} came after {last}.");
            Assert.Equal(("row " + use, (long)use), await verbs.QuerySingle<(string, long)>(Db, $"select name, amount from {table.Raw} where id = {key}"));
            last = key;
        }
    }

    [Theory, SyncAndAsync]
    public async Task Sessions_and_transactions_get_theirs_too(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await using var session = Db.OpenSession();
        var first = await verbs.Scalar<long>(session, $"{session.Dialect.InsertReturningKey(table.Raw, "id", ["name"], "first")}");
        await using (var transaction = await verbs.Begin(session))
        {
            var second = await verbs.Scalar<long>(transaction, $"{transaction.Dialect.InsertReturningKey(table.Raw, "id", ["name"], "second")}");
            Assert.NotEqual(first, second);
            Assert.Equal("second", await verbs.QuerySingle<string>(transaction, $"select name from {table.Raw} where id = {second}"));
            await verbs.Commit(transaction);
        }

        Assert.Equal(["first", "second"], await verbs.Query<string>(session, $"select name from {table.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task A_row_may_have_no_value_but_null(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        var key = await verbs.Scalar<long>(Db, $"{Db.Dialect.InsertReturningKey(table.Raw, "id", ["name"], [null])}");
        Assert.Null(await verbs.QuerySingle<string?>(Db, $"select name from {table.Raw} where id = {key}"));
    }

    /// <summary>Where the key is asked for behind the insert, nobody else's insert may come between on the same connection.</summary>
    [Fact]
    public async Task Each_of_many_callers_at_once_gets_the_key_of_its_own_row()
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        var keys = await Task.WhenAll(Enumerable.Range(1, 40).Select(caller => Task.Run(async () =>
            (Name: "caller " + caller, Key: await Db.ExecuteScalarAsync<long>($"{Db.Dialect.InsertReturningKey(table.Raw, "id", ["name"], "caller " + caller)}")))));
        Assert.Equal(keys.Order(), (await Db.QueryAsync<(string, long)>($"select name, id from {table.Raw}")).Order());
    }

    [Theory, SyncAndAsync]
    public async Task A_failed_insert_brings_its_error_and_no_key(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, code bigint unique");
        await verbs.Scalar<long>(Db, $"{Db.Dialect.InsertReturningKey(table.Raw, "id", ["code"], 7L)}");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Scalar<long>(Db, $"{Db.Dialect.InsertReturningKey(table.Raw, "id", ["code"], 7L)}"));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal(1, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw}"));
    }
}
