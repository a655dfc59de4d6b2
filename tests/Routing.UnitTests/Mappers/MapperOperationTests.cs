using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Routing.Drivers;
using Routing.Mappers;
using Routing.Primitives;
using Routing.UnitTests.Providers.Sqlite;

namespace Routing.UnitTests.Mappers;

public sealed class MapperOperationTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly SqliteNodes _nodes = new() { ConnectionString = "Data Source=:memory:" };
    private LeaseConnection _connection = null!;

    public async Task InitializeAsync()
    {
        _connection = await _nodes.LeaseAsync();
        await _connection.ExecuteAsync("create table orders (id integer primary key, name text, amount real); insert into orders values (1, 'one', 1.5), (2, null, 2.5), (3, 'three', null)");
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_use_of_a_text_maps_the_same(bool async)
    {
        // The first use takes another way than those after it, because Dapper must not cache a text that never comes again.
        var sql = $"select id, name, amount from orders where id <= @max order by id -- {async}";
        for (var use = 1; use <= 4; use++)
        {
            var rows = await Run(MapperOperations.Query<Order>(), sql, new { max = 2 }, async);
            Assert.Equal([new Order(1, "one", 1.5), new Order(2, null, 2.5)], rows);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_number_of_rows_is_checked_the_same_at_each_use(bool async)
    {
        for (var use = 1; use <= 3; use++)
        {
            Assert.Equal(1, await Run(MapperOperations.First<int>(), "select id from orders order by id", null, async));
            Assert.Equal(0, await Run(MapperOperations.FirstOrDefault<int>(), "select id from orders where id > 9", null, async));
            Assert.Null(await Run(MapperOperations.SingleOrDefault<int?>(), "select id from orders where id > 9", null, async));
            Assert.Null(await Run(MapperOperations.FirstOrDefault<Order>(), "select id, name, amount from orders where id > 9", null, async));
            Assert.Equal("one", await Run(MapperOperations.Single<string>(), "select name from orders where id = 1", null, async));
            Assert.Equal("Sequence contains no elements", await Error(MapperOperations.First<int>(), "select id from orders where id > 9", async));
            Assert.Equal("Sequence contains no elements", await Error(MapperOperations.Single<int>(), "select id from orders where id > 9", async));
            Assert.Equal("Sequence contains more than one element", await Error(MapperOperations.Single<int>(), "select id from orders", async));
            Assert.Equal("Sequence contains more than one element", await Error(MapperOperations.SingleOrDefault<int>(), "select id from orders", async));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Single_columns_convert_the_same_at_each_use(bool async)
    {
        for (var use = 1; use <= 3; use++)
        {
            Assert.Equal([1, 2], await Run(MapperOperations.Query<int>(), "select id from orders where id < 3 order by id", null, async));
            Assert.Equal([1.5m, 2.5m], await Run(MapperOperations.Query<decimal>(), "select amount from orders where id < 3 order by id", null, async));
            Assert.Equal([1.5, 2.5, null], await Run(MapperOperations.Query<double?>(), "select amount from orders order by id", null, async));
            Assert.Equal([DayOfWeek.Monday, DayOfWeek.Tuesday], await Run(MapperOperations.Query<DayOfWeek>(), "select id from orders where id < 3 order by id", null, async));
            Assert.Equal([(1L, "one")], await Run(MapperOperations.Query<(long, string)>(), "select id, name from orders where id = 1", null, async));
            Assert.Equal(new DateOnly(2026, 1, 2), await Run(MapperOperations.Single<DateOnly>(), "select '2026-01-02'", null, async));
            Assert.Equal(3, await Run(MapperOperations.Scalar<int>(), "select count(*) from orders", null, async));
            Assert.Null(await Run(MapperOperations.Scalar<string>(), "select name from orders where id = 2", null, async));
            dynamic row = await Run(MapperOperations.Single<dynamic>(), "select id, name from orders where id = 1", null, async);
            Assert.Equal("one", (string)row.name);
            Assert.Equal([], await Run(MapperOperations.Query<int>(), "create table if not exists other (id integer)", null, async));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Statements_tell_how_many_rows_they_changed(bool async)
    {
        Assert.Equal(1, await Run(MapperOperations.Execute, "update orders set name = @name where id = @id", new { id = 1, name = "uno" }, async));
        Assert.Equal(2, await Run(MapperOperations.Execute, "update orders set name = @name where id = @id", new[] { new { id = 1, name = "a" }, new { id = 2, name = "b" } }, async));
        Assert.Equal("b", await Run(MapperOperations.Scalar<string>(), "select name from orders where id = 2", null, async));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Values_of_an_interpolated_text_are_bound_in_order(bool async)
    {
        var values = new PositionalValues(3);
        values.Add(2);
        values.Add("o'ne");
        values.Add(null);
        for (var use = 0; use < 3; use++)
        {
            var (id, text, nothing) = await Run(MapperOperations.Single<(long, string, string?)>(), "select @p0, @p1, @p2", values, async);
            Assert.Equal((2L, "o'ne", null), (id, text, nothing));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lists_in_an_interpolated_text_are_expanded_where_the_engine_has_no_arrays(bool async)
    {
        foreach (var ids in new object[] { new[] { 1, 3 }, new List<long> { 3, 1 }, new HashSet<int> { 1, 3 } })
        {
            var values = new PositionalValues(1);
            values.Add(ids);
            Assert.Equal([1, 3], await Run(MapperOperations.Query<int>(), "select id from orders where id in @p0 order by id", values, async));
        }

        var none = new PositionalValues(1);
        none.Add(Array.Empty<int>());
        Assert.Empty(await Run(MapperOperations.Query<int>(), "select id from orders where id in @p0 order by id", none, async));
        var bytes = new PositionalValues(1);
        bytes.Add(new byte[] { 1, 2 });
        Assert.Equal([1, 2], await Run(MapperOperations.Scalar<byte[]>(), "select @p0", bytes, async));
    }

    [Fact]
    public async Task Users_type_handlers_serve_interpolated_values()
    {
        SqlMapper.AddTypeHandler(new MoneyHandler());
        var values = new PositionalValues(1);
        values.Add(new Money(150));

        Assert.Equal(150L, await Run(MapperOperations.Scalar<long>(), "select @p0", values, async: true));
    }

    [Fact]
    public async Task Users_type_handlers_read_what_the_driver_would()
    {
        SqlMapper.AddTypeHandler(new NoonHandler());
        try
        {
            Assert.Equal(new TimeOnly(12, 0), await Run(MapperOperations.Single<TimeOnly>(), "select '01:02:03' as alarm", null, async: true));
        }
        finally
        {
            SqlMapper.ResetTypeHandlers();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Several_results_are_read_in_order(bool async)
    {
        for (var use = 1; use <= 3; use++)
        {
            await using var results = await Run(
                MapperOperations.Multiple, "select id, name, amount from orders where id = @id; select count(*) from orders; select id from orders where id > 9", new { id = 1 }, async);
            Assert.Equal([new Order(1, "one", 1.5)], await results.ReadAsync<Order>(async, default));
            Assert.Equal(3, await results.ReadRowAsync<int>(RowExpectation.Single, async, default));
            Assert.False(results.IsConsumed);
            Assert.Equal(0, await results.ReadRowAsync<int>(RowExpectation.FirstOrDefault, async, default));
            Assert.True(results.IsConsumed);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => results.ReadAsync<int>(async, default).AsTask());
            Assert.Equal("Every result of this command has been read already. [RTG0305]", error.Message);
        }

        var abandoned = await Run(MapperOperations.Multiple, "select 1; select 2", null, async);
        abandoned.Dispose();
        abandoned.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => abandoned.ReadAsync<int>(async, default).AsTask());
        Assert.True(await _connection.Physical.ResetAsync(Dirt.None, async: true, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_ends_its_command(bool async)
    {
        await using (var reader = await Run(MapperOperations.Reader, "select id from orders order by id", null, async))
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(1, reader.GetInt32(0));
        }

        Assert.True(await _connection.Physical.ResetAsync(Dirt.None, async: true, default));
    }

    [Fact]
    public async Task A_stream_that_is_left_early_ends_its_command()
    {
        var command = new MapperCommand(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000) select i from n", null, CommandType.Text, 30);
        for (var use = 1; use <= 3; use++)
        {
            var count = 0;
            await foreach (var i in MapperOperations.Stream<int>(_connection, command, default))
            {
                Assert.Equal(++count, i);
                if (count == 10)
                {
                    break;
                }
            }

            Assert.True(await _connection.Physical.ResetAsync(Dirt.None, async: true, default));
        }
    }

    [Fact]
    public async Task A_stream_gives_every_row_and_its_errors()
    {
        var rows = new List<Order>();
        await foreach (var row in MapperOperations.Stream<Order>(_connection, new MapperCommand("select id, name, amount from orders order by id", null, CommandType.Text, 30), default))
        {
            rows.Add(row);
        }

        Assert.Equal([1, 2, 3], rows.Select(row => row.Id));
        await Assert.ThrowsAsync<SqliteException>(async () =>
        {
            await foreach (var row in MapperOperations.Stream<int>(_connection, new MapperCommand("select nonsense", null, CommandType.Text, 30), default))
            {
                Assert.Fail("no rows expected");
            }
        });
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var row in MapperOperations.Stream<long>(_connection, new MapperCommand("select id from orders", null, CommandType.Text, 30), source.Token))
            {
                await source.CancelAsync();
            }
        });
        Assert.True(await _connection.Physical.ResetAsync(Dirt.None, async: true, default));
    }

    [Fact]
    public async Task A_time_out_is_the_commands_own()
    {
        var command = new MapperCommand(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000) select count(*) from n", null, CommandType.Text, 1);

        await Assert.ThrowsAsync<RoutingException>(() => MapperOperations.Scalar<long>().RunAsync(_connection, command, async: true, default).AsTask());
    }

    private ValueTask<TResult> Run<TResult>(MapperOperation<TResult> operation, string sql, object? args, bool async)
    {
        var task = operation.RunAsync(_connection, new MapperCommand(sql, args, CommandType.Text, 30), async, CancellationToken.None);
        Assert.True(async || task.IsCompleted);
        return task;
    }

    private async Task<string> Error<TResult>(MapperOperation<TResult> operation, string sql, bool async) =>
        (await Assert.ThrowsAsync<InvalidOperationException>(async () => await Run(operation, sql, null, async))).Message;

    private sealed record Order(long Id, string? Name, double? Amount);

    private sealed record Money(long Cents);

    private sealed class NoonHandler : SqlMapper.TypeHandler<TimeOnly>
    {
        public override void SetValue(IDbDataParameter parameter, TimeOnly value) => parameter.Value = value;

        public override TimeOnly Parse(object value) => new(12, 0);
    }

    private sealed class MoneyHandler : SqlMapper.TypeHandler<Money>
    {
        public override void SetValue(IDbDataParameter parameter, Money? value) => ((SqliteParameter)parameter).Value = value?.Cents;

        public override Money? Parse(object value) => new((long)value);
    }
}
