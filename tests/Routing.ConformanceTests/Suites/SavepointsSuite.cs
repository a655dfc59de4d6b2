using System.Data.Common;

namespace Routing.ConformanceTests.Suites;

/// <summary>Savepoints by name, on the ADO.NET face: what they take back, what they keep, and what an error leaves usable.</summary>
public abstract class SavepointsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Savepoints_inside_each_other_go_back_as_far_as_they_are_told(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        for (var id = 1; id <= 5; id++)
        {
            await verbs.Save(transaction, "before " + id);
            await InsertAsync(verbs, connection, items, id);
        }

        await verbs.RollbackTo(transaction, "before 4");
        Assert.Equal([1, 2, 3], await IdsAsync(verbs, connection, items));
        await verbs.RollbackTo(transaction, "before 2");
        await InsertAsync(verbs, connection, items, 6);
        await verbs.Commit(transaction);
        Assert.Equal([1, 6], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task One_savepoint_takes_back_any_number_of_times(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        await InsertAsync(verbs, connection, items, 1);
        await verbs.Save(transaction, "here");
        for (var id = 2; id <= 4; id++)
        {
            await InsertAsync(verbs, connection, items, id);
            await verbs.RollbackTo(transaction, "here");
        }

        await verbs.Commit(transaction);
        Assert.Equal([1], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task A_name_that_is_used_again_means_the_newest(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        await verbs.Save(transaction, "here");
        await InsertAsync(verbs, connection, items, 1);
        await verbs.Save(transaction, "here");
        await InsertAsync(verbs, connection, items, 2);
        await verbs.RollbackTo(transaction, "here");
        await verbs.Commit(transaction);
        Assert.Equal([1], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task What_failed_behind_a_savepoint_is_taken_back_and_the_rest_commits(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        await InsertAsync(verbs, connection, items, 2);
        await verbs.Save(transaction, "here");
        await InsertAsync(verbs, connection, items, 3);
        var error = await Assert.ThrowsAnyAsync<DbException>(() => InsertAsync(verbs, connection, items, 1));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        await verbs.RollbackTo(transaction, "here");
        await InsertAsync(verbs, connection, items, 4);
        await verbs.Commit(transaction);
        Assert.Equal([1, 2, 4], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task A_released_savepoint_keeps_what_came_after_it(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        await verbs.Save(transaction, "enclosing");
        await InsertAsync(verbs, connection, items, 1);
        await verbs.Save(transaction, "enclosed");
        await InsertAsync(verbs, connection, items, 2);
        await verbs.Release(transaction, "enclosed");
        Assert.Equal([1, 2], await IdsAsync(verbs, connection, items));
        await verbs.RollbackTo(transaction, "enclosing");
        Assert.Empty(await IdsAsync(verbs, connection, items));
        await verbs.Rollback(transaction);
    }

    [Theory, SyncAndAsync]
    public async Task A_savepoint_that_is_not_there_is_an_error_and_a_rollback_ends_the_transaction(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using (var transaction = await verbs.Begin(connection))
        {
            await InsertAsync(verbs, connection, items, 2);
            await Assert.ThrowsAnyAsync<DbException>(() => verbs.RollbackTo(transaction, "nowhere"));
            await verbs.Rollback(transaction);
        }

        await InsertAsync(verbs, connection, items, 3);
        Assert.Equal([1, 3], await IdsAsync(verbs, connection, items));
    }

    private static Task<int> InsertAsync(Verbs verbs, DbConnection connection, Table items, long id) =>
        verbs.NonQuery(connection.Command($"insert into {items.Name} (id, name, amount) values (@id, 'x', 0)", ("id", id)));

    private static async Task<List<long>> IdsAsync(Verbs verbs, DbConnection connection, Table items)
    {
        var ids = new List<long>();
        await using var reader = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
        while (await verbs.Read(reader))
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }
}
