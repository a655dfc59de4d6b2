using System.Data;
using Dapper;

namespace Routing.ConformanceTests.Suites;

/// <summary>Dapper over the ADO.NET face, as over the driver's own connection.</summary>
public abstract class DapperSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const int Uses = 3;

    [Theory, SyncAndAsync]
    public async Task Query_and_its_siblings(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var sql = $"select id, name, amount from {items.Name} where id <= @last order by id";
        var one = $"select id, name, amount from {items.Name} where id = @id";
        for (var use = 0; use < Uses; use++)
        {
            var rows = verbs.Async ? await connection.QueryAsync<Item>(sql, new { last = 2 }) : connection.Query<Item>(sql, new { last = 2 });
            Assert.Equal([new Item(1, "item 1", 10), new Item(2, "item 2", 20)], rows);
            Assert.Equal(new Item(3, "item 3", 30), verbs.Async ? await connection.QuerySingleAsync<Item>(one, new { id = 3 }) : connection.QuerySingle<Item>(one, new { id = 3 }));
            Assert.Null(verbs.Async ? await connection.QueryFirstOrDefaultAsync<Item>(one, new { id = 9 }) : connection.QueryFirstOrDefault<Item>(one, new { id = 9 }));
            Assert.Equal(3, verbs.Async ? await connection.ExecuteScalarAsync<int>("select count(*) from " + items.Name) : connection.ExecuteScalar<int>("select count(*) from " + items.Name));
            dynamic loose = verbs.Async ? await connection.QuerySingleAsync(one, new { id = 1 }) : connection.QuerySingle(one, new { id = 1 });
            Assert.Equal("item 1", (string)loose.name);
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_closed_connection_is_opened_for_one_call(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = Db.DataSource.CreateConnection();
        for (var use = 0; use < Uses; use++)
        {
            var count = verbs.Async ? await connection.ExecuteAsync($"update {items.Name} set amount = 1") : connection.Execute($"update {items.Name} set amount = 1");
            Assert.Equal(3, count);
            Assert.Equal(ConnectionState.Closed, connection.State);
            var ids = verbs.Async ? await connection.QueryAsync<long>($"select id from {items.Name} order by id") : connection.Query<long>($"select id from {items.Name} order by id");
            Assert.Equal([1, 2, 3], ids);
            Assert.Equal(ConnectionState.Closed, connection.State);
            await Leases.AllReturnedAsync(Db);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Execute_runs_once_for_each_argument_object(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var rows = Enumerable.Range(1, 20).Select(static i => new { id = (long)i, name = i == 7 ? null : "n" + i, amount = (long)i }).ToList();
        var insert = $"insert into {items.Name} values (@id, @name, @amount)";
        Assert.Equal(20, verbs.Async ? await connection.ExecuteAsync(insert, rows) : connection.Execute(insert, rows));
        Assert.Equal(20, await connection.ExecuteScalarAsync<int>("select count(*) from " + items.Name));
    }

    [Theory, SyncAndAsync]
    public async Task QueryMultiple_reads_one_result_after_the_other(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var sql = $"select count(*) from {items.Name}; select id, name, amount from {items.Name} where id > @id order by id";
        for (var use = 0; use < Uses; use++)
        {
            using var results = verbs.Async ? await connection.QueryMultipleAsync(sql, new { id = 1 }) : connection.QueryMultiple(sql, new { id = 1 });
            Assert.Equal(3, results.ReadSingle<int>());
            Assert.Equal([2, 3], results.Read<Item>().Select(static item => item.Id));
        }
    }

    [Fact]
    public async Task Unbuffered_rows_can_be_left_early()
    {
        var items = await Database.ItemsAsync(5000);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal([1, 2, 3], connection.Query<long>($"select id from {items.Name} order by id", buffered: false).Take(3));
            Assert.Equal([1], connection.Query<int>("select 1"));
        }

        await foreach (var id in connection.QueryUnbufferedAsync<long>($"select id from {items.Name} order by id"))
        {
            if (id == 3)
            {
                break;
            }
        }

        Assert.Equal(5000, connection.ExecuteScalar<int>("select count(*) from " + items.Name));
        Assert.Equal(5000, connection.Query<Item>($"select id, name, amount from {items.Name}", buffered: false).Count());
    }

    [Theory, SyncAndAsync]
    public async Task Lists_are_arguments(Verbs verbs)
    {
        var items = await Database.ItemsAsync(5);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var sql = $"select id from {items.Name} where id {Database.In("ids")} order by id";
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal([2, 4], verbs.Async ? await connection.QueryAsync<long>(sql, new { ids = new long[] { 4, 2, 9 } }) : connection.Query<long>(sql, new { ids = new long[] { 4, 2, 9 } }));
            Assert.Equal([5], verbs.Async ? await connection.QueryAsync<long>(sql, new { ids = new List<long> { 5 } }) : connection.Query<long>(sql, new { ids = new List<long> { 5 } }));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Dynamic_parameters_are_arguments(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var sql = $"select name from {items.Name} where id = @id and amount = @amount";
        var parameters = new DynamicParameters(new { id = 2L });
        parameters.Add("@amount", 20L, DbType.Int64);
        for (var use = 0; use < Uses; use++)
        {
            Assert.Equal("item 2", verbs.Async ? await connection.QuerySingleAsync<string>(sql, parameters) : connection.QuerySingle<string>(sql, parameters));
        }
    }

    [Theory, SyncAndAsync]
    public async Task The_transaction_parameter_is_understood(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        foreach (var commits in new[] { false, true })
        {
            await using var transaction = await verbs.Begin(connection);
            var update = $"update {items.Name} set amount = 99";
            Assert.Equal(1, verbs.Async ? await connection.ExecuteAsync(update, transaction: transaction) : connection.Execute(update, transaction: transaction));
            Assert.Equal(99, await connection.ExecuteScalarAsync<int>("select amount from " + items.Name, transaction: transaction));
            if (commits)
            {
                await verbs.Commit(transaction);
            }
            else
            {
                await verbs.Rollback(transaction);
            }

            Assert.Equal(commits ? 99 : 10, await connection.ExecuteScalarAsync<int>("select amount from " + items.Name));
        }
    }

    [Theory, SyncAndAsync]
    public async Task One_row_becomes_several_objects(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var sql = $"select a.id, a.name, a.amount, b.id, b.name, b.amount from {items.Name} a join {items.Name} b on b.id = a.id + 1";
        var pairs = verbs.Async
            ? await connection.QueryAsync<Item, Item, (Item, Item)>(sql, static (a, b) => (a, b))
            : connection.Query<Item, Item, (Item, Item)>(sql, static (a, b) => (a, b));
        Assert.Equal([(new Item(1, "item 1", 10), new Item(2, "item 2", 20))], pairs);
    }

    [Fact]
    public async Task A_cancelled_token_ends_a_query()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Run(() => connection.QueryAsync<long>(new CommandDefinition(Database.LongQuery, cancellationToken: soon.Token))));
        Assert.Equal([1], await connection.QueryAsync<int>("select 1"));
    }

    [Fact]
    public async Task A_data_reader_of_dapper_ends_with_its_command()
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        using (var reader = await connection.ExecuteReaderAsync($"select id from {items.Name} order by id"))
        {
            using var table = new DataTable();
            table.Load(reader);
            Assert.Equal(3, table.Rows.Count);
        }

        Assert.Equal(3, await connection.ExecuteAsync($"update {items.Name} set amount = 1"));
    }
}
