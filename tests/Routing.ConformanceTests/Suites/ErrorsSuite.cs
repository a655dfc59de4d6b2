using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace Routing.ConformanceTests.Suites;

/// <summary>Errors of statements: the driver's own, with the node's name, once, and nothing is the worse for them.</summary>
public abstract class ErrorsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const int Rerun = 1100;

    [Theory, SyncAndAsync]
    public async Task A_constraint_error_is_the_drivers_own_and_ran_once(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var insert = $"insert into {items.Name} (id, name, amount) values (1, 'twice', {Database.Tick})";
        await using var session = Db.OpenSession();
        await FailsOnceAsync(Db);
        await FailsOnceAsync(session);
        await using (await session.PinAsync())
        {
            await FailsOnceAsync(session);
        }

        async Task FailsOnceAsync(ISqlRunner runner)
        {
            var before = await Database.TicksAsync();
            var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Execute(runner, insert, args: null));
            Assert.True(Database.IsUniqueViolation(error), error.ToString());
            Assert.Equal("a", error.Data["Routing.Node"]);
            Assert.Equal(before + 1, await Database.TicksAsync());
            Assert.Equal(1, await verbs.Execute(runner, $"update {items.Raw} set amount = {1}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_constraint_error_in_a_transaction_is_the_drivers_own(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Execute(transaction, $"insert into {items.Raw} values ({1}, {"twice"}, {1})"));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal("a", error.Data["Routing.Node"]);
        await verbs.Dispose(transaction);
        Assert.Equal(1, await verbs.Execute(session, $"update {items.Raw} set amount = {1}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_text_that_is_no_sql_fails_once_and_hurts_nobody(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        foreach (var runner in new ISqlRunner[] { Db, session })
        {
            var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Query<int>(runner, "selec 1", args: null));
            Assert.True(Database.IsSyntaxError(error), error.ToString());
            Assert.Equal("a", error.Data["Routing.Node"]);
            Assert.Equal([1], await verbs.Query<int>(runner, $"select 1"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_read_that_fails_is_not_rerun_elsewhere(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        foreach (var runner in new ISqlRunner[] { Db, session })
        {
            var before = Database.Host.Logs.WithId(Rerun).Count;
            var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Query<long>(runner, Database.FailingRead, args: null));
            Assert.Contains(error.Data["Routing.Node"], Db.Topology.Nodes.Select(static node => node.Name));
            Assert.Equal(before, Database.Host.Logs.WithId(Rerun).Count);
            Assert.Equal([1], await verbs.Query<int>(runner, $"select 1"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_table_that_is_not_there_fails_and_one_made_later_is_found(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        await verbs.Execute(session, "drop table if exists not_there_yet", args: null);
        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Query<int>(session, "select x from not_there_yet", args: null));
            Assert.Equal("a", error.Data["Routing.Node"]);
        }

        await verbs.Execute(session, "create table not_there_yet (x integer)", args: null);
        Assert.Empty(await verbs.Query<int>(session, "select x from not_there_yet", args: null));
        await verbs.Execute(session, "drop table not_there_yet", args: null);
        await Assert.ThrowsAnyAsync<DbException>(() => verbs.Query<int>(session, "select x from not_there_yet", args: null));
    }

    [Theory, SyncAndAsync]
    public async Task A_table_whose_shape_changes_is_read_in_its_new_shape(Verbs verbs)
    {
        var table = await Database.TableAsync("id bigint primary key");
        await verbs.Execute(Db, $"insert into {table.Raw} values ({1})");
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        var sql = $"select * from {table.Name} where id > @id";
        foreach (var runner in new ISqlRunner[] { session, Db })
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(["id"], ((IDictionary<string, object>)(await verbs.QuerySingle<dynamic>(runner, sql, new { id = 0 }))!).Keys.Take(1));
            }
        }

        await verbs.Execute(session, $"alter table {table.Name} {Database.AddColumn} extra {Database.Text}", args: null);
        await Database.SettleAsync();
        foreach (var runner in new ISqlRunner[] { session, Db })
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(["id", "extra"], ((IDictionary<string, object>)(await verbs.QuerySingle<dynamic>(runner, sql, new { id = 0 }))!).Keys);
            }
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_value_that_does_not_fit_its_type_fails_and_hurts_nobody(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var sql = $"select name from {items.Name}";
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<int>(Db, sql));
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.Query<DateTime>(Db, sql));
            Assert.Equal("item 1", await verbs.QuerySingle<string>(Db, sql));
        }
    }

    [Theory, SyncAndAsync]
    public async Task An_argument_that_is_missing_fails_and_hurts_nobody(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await Assert.ThrowsAnyAsync<Exception>(() => verbs.Query<int>(Db, $"select id from {items.Name} where id = @nowhere", new { other = 1 }));
        Assert.Equal([1], await verbs.Query<int>(Db, $"select id from {items.Name} where id = @id", new { id = 1 }));
    }

    [Fact]
    public async Task Errors_of_statements_are_not_held_against_a_node()
    {
        for (var i = 0; i < 50; i++)
        {
            await Assert.ThrowsAnyAsync<DbException>(async () => await Db.QueryAsync<long>(Database.FailingRead));
        }

        Assert.Equal([1], await Db.QueryAsync<int>("select 1"));
        Assert.Empty(Database.Host.Logs.AtLeast(LogLevel.Error));
    }
}
