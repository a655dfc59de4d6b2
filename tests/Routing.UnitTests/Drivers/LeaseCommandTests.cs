using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Routing.Drivers;
using Routing.UnitTests.Providers.Sqlite;

namespace Routing.UnitTests.Drivers;

public sealed class LeaseCommandTests
{
    [Fact]
    public async Task Parameters_are_of_the_drivers_own_type()
    {
        await using var nodes = new SqliteNodes();
        await using var connection = await nodes.LeaseAsync();
        await using var command = connection.CreateCommand();

        Assert.IsType<SqliteParameter>(command.CreateParameter());
    }

    [Fact]
    public async Task Closing_and_disposing_the_facade_leaves_it_open()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();

        await connection.CloseAsync();
        await connection.DisposeAsync();
        connection.Close();
        connection.Dispose();

        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select 1"));
    }

    [Fact]
    public async Task A_disposed_command_is_used_again_as_new()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        var first = connection.CreateCommand();
        first.CommandText = "select @a";
        first.CommandTimeout = 3;
        Add(first, "@a", 1L);
        Assert.Equal(1L, first.ExecuteScalar());
        first.Dispose();

        var second = connection.CreateCommand();

        Assert.Same(first, second);
        Assert.Equal("", second.CommandText);
        Assert.Equal(30, second.CommandTimeout);
        Assert.Empty(second.Parameters);
    }

    [Fact]
    public async Task A_disposed_command_does_not_run()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        var command = connection.CreateCommand();
        command.CommandText = "select 1";
        command.Dispose();
        command.Dispose();

        Assert.Throws<ObjectDisposedException>(() => command.ExecuteScalar());
    }

    [Fact]
    public async Task Texts_are_kept_up_to_a_bound()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(i, await connection.ExecuteScalarAsync<int>($"select {i}"));
            Assert.Equal(i, await connection.ExecuteScalarAsync<int>($"select {i}"));
        }

        Assert.Equal(CommandCache.DefaultCapacity, connection.KeptCommands);
        connection.ForgetCommands();
        Assert.Equal(0, connection.KeptCommands);
    }

    [Fact]
    public async Task A_text_is_kept_from_its_second_use_on_so_that_texts_that_run_once_drive_nothing_out()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteScalarAsync<int>("select 1");
        Assert.Equal(0, connection.KeptCommands);
        await connection.ExecuteScalarAsync<int>("select 1");
        Assert.Equal(1, connection.KeptCommands);

        for (var i = 2; i < 1000; i++)
        {
            await connection.ExecuteScalarAsync<int>($"select {i}");
        }

        Assert.Equal(1, connection.KeptCommands);
    }

    [Fact]
    public async Task A_kept_command_survives_a_return_and_sees_a_column_that_was_added_meanwhile()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table changing (id int); insert into changing values (1)");
        for (var columns = 1; columns < 4; columns++)
        {
            for (var use = 0; use < 3; use++)
            {
                Assert.Equal(columns, ((IDictionary<string, object>)await connection.QuerySingleAsync("select * from changing")).Count);
                Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
            }

            Assert.True(connection.KeptCommands > 0);
            await connection.ExecuteAsync($"alter table changing add column c{columns} int");
        }
    }

    [Fact]
    public async Task A_reader_that_is_left_is_interrupted_and_the_next_command_is_not()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        for (var round = 0; round < 3; round++)
        {
            var command = connection.CreateCommand();
            command.CommandText = "with recursive endless(n) as (select 1 union all select n + 1 from endless) select n from endless";
            var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());

            Assert.Equal(ReaderEnding.Cancelled, await connection.Physical.AbandonAsync(reader, async: true));
            command.Dispose();

            Assert.True(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
            Assert.Equal(round, await connection.ExecuteScalarAsync<int>("select @round", new { round }));
        }
    }

    [Fact]
    public async Task The_newest_texts_stay_when_the_bound_is_reached()
    {
        var cache = new CommandCache(2);
        var (a, b, c) = (new SqliteCommand("a"), new SqliteCommand("b"), new SqliteCommand("c"));
        CommandCache.GiveBack(cache.Add("a", a));
        CommandCache.GiveBack(cache.Add("b", b));
        CommandCache.GiveBack(cache.Take("a", out _)!);
        CommandCache.GiveBack(cache.Add("c", c));

        Assert.Null(cache.Take("b", out _));
        Assert.Same(a, cache.Take("a", out _)!.Command);
        Assert.Same(c, cache.Take("c", out _)!.Command);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_text_with_an_open_reader_runs_beside_it()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        const string Sql = "select value from (select 1 as value union all select 2) order by value";
        await using var outer = connection.CreateCommand();
        outer.CommandText = Sql;
        await using var reader = await outer.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());

        Assert.Equal([1L, 2L], await connection.QueryAsync<long>(Sql));

        Assert.True(await reader.ReadAsync());
        Assert.Equal(2L, reader.GetInt64(0));
        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task A_command_with_an_open_reader_does_not_run_again()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select 1";
        await using (await command.ExecuteReaderAsync())
        {
            var error = Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
            Assert.Equal("This command has an open reader. Close the reader before the command runs again. [RTG0311]", error.Message);
        }

        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reader_and_command_may_be_disposed_in_either_order(bool commandFirst)
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        for (var round = 0; round < 3; round++)
        {
            var command = connection.CreateCommand();
            command.CommandText = "select @a union all select 2";
            Add(command, "@a", 1L);
            var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            if (commandFirst)
            {
                command.Dispose();
                Assert.True(await reader.ReadAsync());
                Assert.Equal(2L, reader.GetInt64(0));
                await reader.DisposeAsync();
                reader.Dispose();
            }
            else
            {
                reader.Dispose();
                await reader.DisposeAsync();
                command.Dispose();
            }

            Assert.Equal(7L, await connection.ExecuteScalarAsync<long>("select 7"));
            Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_command_survives_its_own_errors()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer primary key, name text not null)");
        await using var command = connection.CreateCommand();
        command.CommandText = "insert into t (id, name) values (@id, @name)";
        Add(command, "@id", 1L);
        Add(command, "@name", DBNull.Value);
        await Assert.ThrowsAsync<SqliteException>(() => command.ExecuteNonQueryAsync());

        command.Parameters["@name"].Value = "one";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
        Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());
        command.Parameters[0].Value = 2L;
        Assert.Equal(1, command.ExecuteNonQuery());
        command.Parameters.RemoveAt("name");
        Assert.Throws<InvalidOperationException>(() => command.ExecuteNonQuery());

        Assert.Equal(2L, await connection.ExecuteScalarAsync<long>("select count(*) from t"));
        Assert.True(await connection.Physical.ResetAsync(Dirt.Failed, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_text_takes_other_parameter_types_and_nulls_each_time()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        const string Sql = "select typeof(@v)";

        Assert.Equal("integer", await connection.ExecuteScalarAsync<string>(Sql, new { v = 1 }));
        Assert.Equal("text", await connection.ExecuteScalarAsync<string>(Sql, new { v = "x" }));
        Assert.Equal("null", await connection.ExecuteScalarAsync<string>(Sql, new { v = (string?)null }));
        Assert.Equal("real", await connection.ExecuteScalarAsync<string>(Sql, new { v = 1.5 }));
        Assert.Equal("blob", await connection.ExecuteScalarAsync<string>(Sql, new { v = new byte[] { 1 } }));
        Assert.Equal("integer", await connection.ExecuteScalarAsync<string>(Sql, new { v = 1L }));
        Assert.Equal("hell", await connection.ExecuteScalarAsync<string>("select @v", new { v = new DbString { Value = "hello", Length = 4 } }));
        Assert.Equal("hello", await connection.ExecuteScalarAsync<string>("select @v", new { v = new DbString { Value = "hello", Length = 40 } }));
    }

    [Fact]
    public async Task Lists_of_different_lengths_are_expanded()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        const string Sql = "select value from (select 1 as value union all select 2 union all select 3) where value in @ids order by value";

        Assert.Equal([1L], await connection.QueryAsync<long>(Sql, new { ids = new[] { 1 } }));
        Assert.Equal([1L, 3L], await connection.QueryAsync<long>(Sql, new { ids = new[] { 3, 1 } }));
        Assert.Empty(await connection.QueryAsync<long>(Sql, new { ids = Array.Empty<int>() }));
        Assert.Equal([2L], await connection.QueryAsync<long>(Sql, new { ids = new List<long> { 2 } }));
    }

    [Fact]
    public async Task A_changed_schema_is_seen_by_kept_commands()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (a integer); insert into t values (1)");
        Assert.Single((IDictionary<string, object>)await connection.QuerySingleAsync("select * from t"));

        await connection.ExecuteAsync("alter table t add column b text default 'x'");

        var row = (IDictionary<string, object>)await connection.QuerySingleAsync("select * from t");
        Assert.Equal("x", row["b"]);
    }

    [Fact]
    public async Task A_pragma_acts_each_time_it_runs()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        for (var round = 0; round < 3; round++)
        {
            await connection.ExecuteAsync("PRAGMA foreign_keys=0");
            Assert.Equal(0L, await connection.ExecuteScalarAsync<long>("PRAGMA foreign_keys"));
            await connection.ExecuteAsync("PRAGMA foreign_keys=1");
            Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("PRAGMA foreign_keys"));
        }
    }

    [Fact]
    public async Task Kept_commands_take_part_in_the_transaction_that_is_open()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        for (var round = 0; round < 2; round++)
        {
            await connection.ExecuteAsync("insert into t values (1)");
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await connection.ExecuteAsync("insert into t values (1)");
                await transaction.RollbackAsync();
            }

            await using (var transaction = connection.BeginTransaction())
            {
                connection.Execute("insert into t values (1)", transaction: transaction);
                transaction.Commit();
            }
        }

        Assert.Equal(4L, await connection.ExecuteScalarAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task Prepare_and_command_behaviours_are_passed_on()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select @a as first, 2 as second";
        Add(command, "@a", 1L);
        await command.PrepareAsync();
        command.Prepare();

        await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow | CommandBehavior.CloseConnection))
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal("second", reader.GetName(1));
            Assert.Equal(1, reader.GetOrdinal("second"));
            Assert.Equal(1L, await reader.GetFieldValueAsync<long>(0));
            Assert.False(await reader.NextResultAsync());
        }

        Assert.Equal(ConnectionState.Open, connection.Physical.Connection.State);
        command.CommandText = "selec nonsense";
        Assert.Throws<SqliteException>(command.Prepare);
    }

    [Fact]
    public async Task A_driver_without_batches_says_so()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();

        Assert.False(connection.CanCreateBatch);
        Assert.Throws<NotSupportedException>(() => connection.CreateBatch());
    }

    [Fact]
    public async Task A_call_through_dapper_allocates_little_more_than_on_the_drivers_own_connection()
    {
        await using var nodes = new SqliteNodes();
        var physical = await nodes.OpenAsync();
        var facade = LeaseConnection.Create(physical, "Routing:orders", supportsArrays: false);
        var args = new { id = 1L };
        const string Sql = "select @id";

        var native = Measure(physical.Connection, Sql, args);
        var leased = Measure(facade, Sql, args);

        // What the facade adds is the reader's wrapper; what it saves is the driver's command and its preparing.
        Assert.True(leased <= native, $"{leased} B through the facade, {native} B without");
    }

    private static long Measure(DbConnection connection, string sql, object args)
    {
        for (var i = 0; i < 50; i++)
        {
            connection.QuerySingle<long>(sql, args);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            connection.QuerySingle<long>(sql, args);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
