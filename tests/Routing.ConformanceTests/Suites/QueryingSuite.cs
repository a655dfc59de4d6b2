using System.Data;
using Dapper;

namespace Routing.ConformanceTests.Suites;

/// <summary>The verbs: what they return, for which rows, into which types, with which arguments.</summary>
public abstract class QueryingSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    // The first use of a text takes another way through the mapper than the later ones: nobody may see the difference.
    private const int Uses = 3;

    public enum Colour
    {
        Red = 1,
        Green = 2,
    }

    [Theory, SyncAndAsync]
    public async Task Query_returns_every_row_in_order(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        for (var use = 0; use < Uses; use++)
        {
            var rows = await verbs.Query<Item>(Db, $"select id, name, amount from {items.Raw} order by id desc");
            Assert.Equal([new Item(3, "item 3", 30), new Item(2, "item 2", 20), new Item(1, "item 1", 10)], rows);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Query_of_no_rows_is_an_empty_list(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        for (var use = 0; use < Uses; use++)
        {
            Assert.Empty(await verbs.Query<Item>(Db, "select id, name, amount from " + items.Name));
        }
    }

    [Theory, SyncAndAsync]
    public async Task QueryFirst_takes_the_first_of_several_and_fails_without_any(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var sql = $"select id, name, amount from {items.Name} where id <= @last order by id desc";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(3, (await verbs.QueryFirst<Item>(Db, sql, new { last = 3 })).Id);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.QueryFirst<Item>(Db, sql, new { last = 0 }));
            Assert.Equal("Sequence contains no elements", error.Message);
        }
    }

    [Theory, SyncAndAsync]
    public async Task QueryFirstOrDefault_takes_the_first_of_several_and_is_default_without_any(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var sql = $"select id from {items.Name} where id <= @last order by id desc";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(3, await verbs.QueryFirstOrDefault<long>(Db, sql, new { last = 3 }));
            Assert.Equal(0, await verbs.QueryFirstOrDefault<long>(Db, sql, new { last = 0 }));
            Assert.Null(await verbs.QueryFirstOrDefault<long?>(Db, sql, new { last = 0 }));
            Assert.Null(await verbs.QueryFirstOrDefault<string>(Db, sql, new { last = 0 }));
        }
    }

    [Theory, SyncAndAsync]
    public async Task QuerySingle_takes_the_only_one_and_fails_with_any_other_number(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var sql = $"select id, name, amount from {items.Name} where id <= @last";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(new Item(1, "item 1", 10), await verbs.QuerySingle<Item>(Db, sql, new { last = 1 }));
            var none = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.QuerySingle<Item>(Db, sql, new { last = 0 }));
            Assert.Equal("Sequence contains no elements", none.Message);
            var several = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.QuerySingle<Item>(Db, sql, new { last = 2 }));
            Assert.Equal("Sequence contains more than one element", several.Message);
        }
    }

    [Theory, SyncAndAsync]
    public async Task QuerySingleOrDefault_is_default_without_any_and_fails_with_several(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var sql = $"select id, name, amount from {items.Name} where id <= @last";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(new Item(1, "item 1", 10), await verbs.QuerySingleOrDefault<Item>(Db, sql, new { last = 1 }));
            Assert.Null(await verbs.QuerySingleOrDefault<Item>(Db, sql, new { last = 0 }));
            var several = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.QuerySingleOrDefault<Item>(Db, sql, new { last = 3 }));
            Assert.Equal("Sequence contains more than one element", several.Message);
        }
    }

    [Theory, SyncAndAsync]
    public async Task ExecuteScalar_is_the_first_column_of_the_first_row_or_default(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(3, await verbs.Scalar<int>(Db, "select count(*) from " + items.Name));
            Assert.Equal("item 3", await verbs.Scalar<string>(Db, $"select name, id from {items.Raw} order by id desc"));
            Assert.Null(await verbs.Scalar<long?>(Db, $"select id from {items.Raw} where id = 99"));
            Assert.Equal(0, await verbs.Scalar<long>(Db, $"select id from {items.Raw} where id = 99"));
            Assert.Null(await verbs.Scalar<long?>(Db, $"select max(id) from {items.Raw} where id = 99"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Execute_returns_how_many_rows_it_changed(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        Assert.Equal(1, await verbs.Execute(Db, $"insert into {items.Raw} values (4, 'item 4', 40)"));
        Assert.Equal(4, await verbs.Execute(Db, $"update {items.Raw} set amount = amount + 1"));
        Assert.Equal(2, await verbs.Execute(Db, $"delete from {items.Name} where id > @id", new { id = 2 }));
        Assert.Equal(0, await verbs.Execute(Db, $"delete from {items.Name} where id > @id", new { id = 2 }));
        Assert.Equal(2, await verbs.Scalar<int>(Db, "select count(*) from " + items.Name));
    }

    [Theory, SyncAndAsync]
    public async Task Rows_that_a_write_returns_come_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        for (var use = 1; use <= Uses; use++)
        {
            var row = await verbs.QuerySingle<Item>(
                Db, $"insert into {items.Name} (id, name, amount) {Database.Output("id, name, amount").Text} values (@id, @name, 5) {Database.Returning("id, name, amount").Text}", new { id = use, name = "new" });
            Assert.Equal(new Item(use, "new", 5), row);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Nulls_go_in_and_come_out(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await verbs.Execute(Db, $"insert into {items.Name} values (1, @name, 1)", new { name = (string?)null });
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(new Item(1, null, 1), await verbs.QuerySingle<Item>(Db, $"select id, name, amount from {items.Raw} where name is null"));
            Assert.Null(await verbs.QuerySingle<string?>(Db, $"select name from {items.Raw}"));
            Assert.Null(await verbs.QuerySingle<long?>(Db, $"select max(id) from {items.Raw} where id > 1"));
            Assert.Equal([null], await verbs.Query<string?>(Db, $"select name from {items.Raw}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Scalars_of_every_kind_survive_the_round_trip(Verbs verbs)
    {
        var table = await Database.TableAsync(
            $"small integer, large bigint, real_number {Database.RealNumber}, flag {Database.Flag}, text_value {Database.Text}, bytes {Database.Bytes}, money {Database.Money}, moment {Database.Moment}");
        var moment = new DateTime(2026, 2, 28, 23, 59, 58, 123, DateTimeKind.Unspecified);
        byte[] bytes = [0, 1, 254, 255];
        const string Text = "naïve ☃ 𝄞 'quoted' \"twice\" \\ \r\n\t;--";
        await verbs.Execute(Db, $"insert into {table.Raw} values ({int.MinValue}, {long.MaxValue}, {0.1}, {true}, {Text}, {bytes}, {12345.6789m}, {moment})");
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal(int.MinValue, await verbs.QuerySingle<int>(Db, $"select small from {table.Raw}"));
            Assert.Equal(long.MaxValue, await verbs.QuerySingle<long>(Db, $"select large from {table.Raw}"));
            Assert.Equal(0.1, await verbs.QuerySingle<double>(Db, $"select real_number from {table.Raw}"));
            Assert.True(await verbs.QuerySingle<bool>(Db, $"select flag from {table.Raw}"));
            Assert.Equal(Text, await verbs.QuerySingle<string>(Db, $"select text_value from {table.Raw}"));
            Assert.Equal(bytes, await verbs.QuerySingle<byte[]>(Db, $"select bytes from {table.Raw}"));
            Assert.Equal(12345.6789m, await verbs.QuerySingle<decimal>(Db, $"select money from {table.Raw}"));
            Assert.Equal(moment, await verbs.QuerySingle<DateTime>(Db, $"select moment from {table.Raw}"));
            Assert.Equal((short)7, await verbs.QuerySingle<short>(Db, $"select 7"));
            Assert.Equal(7L, await verbs.Scalar<long?>(Db, $"select 7"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Large_values_survive_the_round_trip(Verbs verbs)
    {
        var table = await Database.TableAsync($"text_value {Database.Text}, bytes {Database.Bytes}");
        var text = string.Concat(Enumerable.Repeat("0123456789abcdef", Database.Large / 16));
        var bytes = new byte[Database.Large];
        new Random(1).NextBytes(bytes);
        await verbs.Execute(Db, $"insert into {table.Raw} values ({text}, {bytes})");
        Assert.Equal(text, await verbs.QuerySingle<string>(Db, $"select text_value from {table.Raw}"));
        Assert.Equal(bytes, await verbs.QuerySingle<byte[]>(Db, $"select bytes from {table.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_row_becomes_a_class_a_tuple_or_dynamic(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        var sql = $"select id, name, amount from {items.Name} where id = 2";
        for (var use = 0; use < Uses; use++)
        {
            var row = await verbs.QuerySingle<Settable>(Db, sql);
            Assert.Equal((2, "item 2", Colour.Green), (row.Id, row.Name, row.Colour));

            Assert.Equal((2L, "item 2", 20L), await verbs.QuerySingle<(long, string, long)>(Db, sql));

            var loose = await verbs.QuerySingle<dynamic>(Db, sql);
            Assert.Equal(2L, (long)loose.id);
            Assert.Equal("item 2", (string)loose.name);
            Assert.Equal(["id", "name", "amount"], ((IDictionary<string, object>)loose).Keys);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Enums_are_their_numbers(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal("item 2", await verbs.QuerySingle<string>(Db, $"select name from {items.Raw} where id = {Colour.Green}"));
            Assert.Equal("item 1", await verbs.QuerySingle<string>(Db, $"select name from {items.Name} where id = @colour", new { colour = Colour.Red }));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Arguments_come_from_an_object_a_dictionary_or_dynamic_parameters(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var sql = $"select name from {items.Name} where id = @id and amount = @amount";
        var dynamicParameters = new DynamicParameters();
        dynamicParameters.Add("id", 2L);
        dynamicParameters.Add("@amount", 20L);
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal("item 2", await verbs.QuerySingle<string>(Db, sql, new { id = 2, amount = 20, unused = "x" }));
            Assert.Equal("item 2", await verbs.QuerySingle<string>(Db, sql, new Dictionary<string, object?> { ["id"] = 2, ["amount"] = 20 }));
            Assert.Equal("item 2", await verbs.QuerySingle<string>(Db, sql, dynamicParameters));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_list_is_one_argument(Verbs verbs)
    {
        var items = await Database.ItemsAsync(5);
        var sql = $"select id from {items.Name} where id {Database.In("ids")} and amount < @limit order by id";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal([2, 4], await verbs.Query<long>(Db, sql, new { ids = new long[] { 2, 4, 5 }, limit = 50 }));
            Assert.Equal([3], await verbs.Query<long>(Db, sql, new { ids = new List<long> { 3 }, limit = 50 }));
            Assert.Empty(await verbs.Query<long>(Db, sql, new { ids = Array.Empty<long>(), limit = 50 }));
            Assert.Equal([1, 5], await verbs.Query<long>(Db, $"select id from {items.Raw} where id {Database.In([1, 5, 9])} and amount < {60} order by id"));
            Assert.Empty(await verbs.Query<long>(Db, $"select id from {items.Raw} where id {Database.In([])}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_list_of_argument_objects_runs_the_statement_once_for_each(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        var rows = Enumerable.Range(1, 20).Select(static i => new { id = i, name = "n" + i, amount = i });
        Assert.Equal(20, await verbs.Execute(Db, $"insert into {items.Name} values (@id, @name, @amount)", rows));
        Assert.Equal(20, await verbs.Execute(Db, $"update {items.Name} set amount = 0 where id = @id", rows));
        Assert.Equal(20, await verbs.Scalar<int>(Db, "select count(*) from " + items.Name));
        Assert.Equal(0, await verbs.Execute(Db, $"delete from {items.Name} where id = @id", Enumerable.Empty<Item>()));
    }

    [Theory, SyncAndAsync]
    public async Task Explicit_intent_wins_over_the_text(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        Assert.Equal(1, await verbs.Scalar<int>(Db, "select count(*) from " + items.Name, options: new StatementOptions { Intent = Intent.Write }));
        if (!Database.HasReplica)
        {
            return;
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => verbs.Execute(Db, $"insert into {items.Name} values (2, null, 2)", options: new StatementOptions { Intent = Intent.Read }));
        Assert.True(Database.IsReadOnlyViolation(error), error.ToString());
        Assert.Equal(1, await verbs.Scalar<int>(Db, "select count(*) from " + items.Name));
    }

    [Theory, SyncAndAsync]
    public async Task A_text_of_nothing_is_refused(Verbs verbs)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => verbs.Execute(Db, " \r\n"));
        Assert.Equal("text", error.ParamName);
        await Assert.ThrowsAsync<ArgumentNullException>(() => verbs.Query<int>(Db, (string)null!));
    }

    [Theory, SyncAndAsync]
    public async Task Several_statements_in_one_text_run_in_order(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await verbs.Execute(Db, $"insert into {items.Raw} values (1, 'a', 1); update {items.Raw} set amount = 2; insert into {items.Raw} values (2, 'b', 3)");
        Assert.Equal([2, 3], await verbs.Query<long>(Db, $"select amount from {items.Raw} order by id"));
    }

    [Fact]
    public async Task Several_result_sets_are_read_in_order()
    {
        var items = await Database.ItemsAsync(3);
        for (var use = 0; use < Uses; use++)
        {
            await using var results = await Db.QueryMultipleAsync(
                $"select count(*) from {items.Raw}; select id, name, amount from {items.Raw} where id >= {2} order by id; select name from {items.Raw} where id = {1}");
            Assert.Equal([3], await results.ReadAsync<long>());
            Assert.Equal([new Item(2, "item 2", 20), new Item(3, "item 3", 30)], await results.ReadAsync<Item>());
            Assert.False(results.IsConsumed);
            Assert.Equal(["item 1"], await results.ReadAsync<string>());
            Assert.True(results.IsConsumed);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await results.ReadAsync<int>());
            Assert.Equal("Every result set of this statement has been read. Ask 'IsConsumed' before reading the next. [RTG0305]", error.Message);
        }
    }

    [Fact]
    public async Task Result_sets_left_unread_give_their_connection_back()
    {
        var items = await Database.ItemsAsync(3);
        await using (var results = await Db.QueryMultipleAsync("select id from " + items.Name + "; " + Database.EndlessRows))
        {
            Assert.Equal(3, (await results.ReadAsync<long>()).Count);
        }

        await Leases.AllReturnedAsync(Db);
        Assert.Equal(3, await Db.ExecuteScalarAsync<int>("select count(*) from " + items.Name));
    }

    [Fact]
    public async Task A_cancelled_token_runs_nothing()
    {
        var items = await Database.ItemsAsync(0);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Db.ExecuteAsync($"insert into {items.Raw} values ({1}, {"x"}, {1})", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Db.QueryAsync<int>("select 1", cancelled));
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>("select count(*) from " + items.Name));
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_their_own_rows()
    {
        var items = await Database.ItemsAsync(50);
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(id => Task.Run(async () =>
            (id, name: await Db.QuerySingleAsync<string>($"select name from {items.Raw} where id = {id}")))));
        Assert.All(answers, static answer => Assert.Equal("item " + answer.id, answer.name));
    }

    private sealed class Settable
    {
        public int Id { get; set; }

        public string? Name { get; set; }

        public Colour Colour => (Colour)Id;
    }
}
