using System.Data;
using Dapper;
using Routing.Drivers;
using Routing.Mappers;
using Routing.UnitTests.Providers.Sqlite;

namespace Routing.UnitTests.Mappers;

/// <summary>Types that Dapper cannot make of texts, which are all that SQLite has for them.</summary>
public sealed class FieldValuesTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly Guid Key = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly DateTimeOffset Moment = new(2026, 2, 28, 23, 59, 58, 123, TimeSpan.FromHours(-3.5));

    private readonly SqliteNodes _nodes = new() { ConnectionString = "Data Source=:memory:" };
    private LeaseConnection _connection = null!;

    public async Task InitializeAsync()
    {
        _connection = await _nodes.LeaseAsync();
        await _connection.ExecuteAsync("create table events (id integer primary key, key text, made_at text)");
        await _connection.ExecuteAsync("insert into events values (1, null, null), (2, @Key, @Moment)", new { Key, Moment });
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_operation_reads_them(bool async)
    {
        for (var use = 0; use < 3; use++)
        {
            Assert.Equal([null, Key], await Run(MapperOperations.Query<Guid?>(), "select key from events order by id", async));
            Assert.Equal(Moment, await Run(MapperOperations.Single<DateTimeOffset>(), "select made_at from events where id = 2", async));
            Assert.Equal(Key, await Run(MapperOperations.Scalar<Guid>(), "select key from events where id = 2; select 1", async));
            Assert.Equal(Guid.Empty, await Run(MapperOperations.Scalar<Guid>(), "select key from events where id = 1", async));
            Assert.Equal(Guid.Empty, await Run(MapperOperations.Scalar<Guid>(), "select key from events where id = 9", async));
            Assert.Null(await Run(MapperOperations.Scalar<Guid?>(), "select key from events where id = 1", async));
            Assert.Equal(Key, await Run(MapperOperations.Scalar<Guid>(), "update events set key = key where id = 2 returning key", async));
            await using var results = await Run(MapperOperations.Multiple, "select key from events where id = 2; select id, key, made_at from events where id = 2", async);
            Assert.Equal([Key], await results.ReadAsync<Guid>(async, default));
            Assert.Equal([new Event(2, Key, Moment)], await results.ReadAsync<Event>(async, default));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Members_parameters_of_constructors_and_items_of_tuples_take_them(bool async)
    {
        const string Sql = "select id, key, made_at from events order by id";
        for (var use = 0; use < 3; use++)
        {
            Assert.Equal([new Event(1, null, null), new Event(2, Key, Moment)], await Run(MapperOperations.Query<Event>(), Sql, async));
            var found = (await Run(MapperOperations.Query<Inherited>(), Sql.Replace("made_at", "made_at as Made", StringComparison.Ordinal), async))[1];
            Assert.Equal((Key, Moment, null), (found.Key, found.Made, found.Absent));
            Assert.Equal((2L, Key, Moment), await Run(MapperOperations.Single<(long, Guid, DateTimeOffset)>(), "select id, key, made_at from events where id = 2", async));
            var nine = await Run(MapperOperations.Single<(int, int, int, int, int, int, int, Guid, DateTimeOffset)>(), "select 1, 2, 3, 4, 5, 6, 7, key, made_at from events where id = 2", async);
            Assert.Equal((1, 2, 3, 4, 5, 6, 7, Key, Moment), nine);
        }
    }

    [Fact]
    public async Task A_stream_reads_them()
    {
        var found = new List<Event>();
        await foreach (var row in MapperOperations.Stream<Event>(_connection, new MapperCommand("select id, key, made_at from events order by id", null, CommandType.Text, 30), default))
        {
            found.Add(row);
        }

        Assert.Equal([new Event(1, null, null), new Event(2, Key, Moment)], found);
    }

    [Fact]
    public async Task A_null_for_what_cannot_be_null_is_an_error()
    {
        await Assert.ThrowsAsync<DataException>(async () => await Run(MapperOperations.Single<Guid>(), "select key from events where id = 1", async: true));
    }

    [Fact]
    public async Task A_text_that_is_none_is_an_error_that_does_not_show_it()
    {
        var error = await Assert.ThrowsAsync<DataException>(async () => await Run(MapperOperations.Query<TimeSpan>(), "select 'secret' as span", async: true));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DataException>(async () => await Run(MapperOperations.Query<Event>(), "select id, 'secret' as key, made_at from events", async: true));
    }

    private ValueTask<TResult> Run<TResult>(MapperOperation<TResult> operation, string sql, bool async)
    {
        var task = operation.RunAsync(_connection, new MapperCommand(sql, null, CommandType.Text, 30), async, CancellationToken.None);
        Assert.True(async || task.IsCompleted);
        return task;
    }

    private sealed record Event(long Id, Guid? Key, DateTimeOffset? Made_At);

    private class Base
    {
        public Guid Key { get; set; }
    }

    private sealed class Inherited : Base
    {
        public DateTimeOffset? Made { get; init; }

        public TimeSpan? Absent { get; set; }
    }
}
