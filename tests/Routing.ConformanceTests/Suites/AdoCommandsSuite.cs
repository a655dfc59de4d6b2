using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Commands of routed connections: what every program that speaks ADO.NET may rely on, and how they end early.</summary>
public abstract class AdoCommandsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Commands_write_and_read(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = Db.DataSource.CreateConnection();
        await verbs.Open(connection);
        await using var insert = connection.Command($"insert into {items.Name} values (@id, @name, @amount)", ("id", 1L), ("@name", "a"), ("amount", 10L));
        Assert.All(insert.Parameters.Cast<DbParameter>(), parameter => Assert.IsType(Database.ParameterType, parameter));
        Assert.Equal(1, await verbs.NonQuery(insert));
        for (var id = 2L; id <= 4; id++)
        {
            insert.Parameters["id"].Value = id;
            insert.Parameters["name"].Value = id == 3 ? DBNull.Value : "n" + id;
            Assert.Equal(1, await verbs.NonQuery(insert));
        }

        await using var select = connection.Command($"select id, name, amount from {items.Name} order by id");
        for (var use = 0; use < 3; use++)
        {
            await using var reader = await verbs.Reader(select);
            Assert.True(reader.HasRows);
            Assert.Equal(3, reader.FieldCount);
            Assert.Equal(["id", "name", "amount"], reader.GetColumnSchema().Select(static column => column.ColumnName));
            Assert.True(await verbs.Read(reader));
            Assert.Equal((1L, "a", 10L), (reader.GetInt64(0), reader.GetString(reader.GetOrdinal("name")), reader.GetFieldValue<long>(2)));
            Assert.True(await verbs.Read(reader));
            Assert.True(await verbs.Read(reader));
            Assert.True(reader.IsDBNull(1));
            Assert.Equal(DBNull.Value, reader["name"]);
            Assert.True(await verbs.Read(reader));
            Assert.False(await verbs.Read(reader));
            Assert.False(await verbs.NextResult(reader));
        }

        await using var count = connection.Command($"select count(*) from {items.Name}");
        Assert.Equal(4L, Convert.ToInt64(await verbs.Scalar(count), CultureInfo.InvariantCulture));
        await using var none = connection.Command($"select id from {items.Name} where id = 99");
        Assert.Null(await verbs.Scalar(none));
        await using var nothing = connection.Command($"select max(id) from {items.Name} where id = 99");
        Assert.Equal(DBNull.Value, await verbs.Scalar(nothing));
    }

    [Theory, SyncAndAsync]
    public async Task Result_sets_follow_each_other(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command($"select id from {items.Name} order by id; select name from {items.Name} where id = @id", ("id", 2L));
        await using var reader = await verbs.Reader(command);
        Assert.True(await verbs.Read(reader));
        Assert.Equal(1, reader.GetInt64(0));
        Assert.True(await verbs.NextResult(reader));
        Assert.True(await verbs.Read(reader));
        Assert.Equal("item 2", reader.GetString(0));
        Assert.False(await verbs.NextResult(reader));
    }

    [Theory, SyncAndAsync]
    public async Task The_id_of_the_last_insert_is_found_on_the_same_connection(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        for (var id = 1L; id <= 3; id++)
        {
            await verbs.NonQuery(connection.Command($"insert into {table.Name} (name) values ('x')"));
            Assert.Equal(id, Convert.ToInt64(await verbs.Scalar(connection.Command(Database.LastInsertId)), CultureInfo.InvariantCulture));
        }

        await using var both = connection.Command($"insert into {table.Name} (name) values ('x'); {Database.LastInsertId}");
        Assert.Equal(4L, Convert.ToInt64(await verbs.Scalar(both), CultureInfo.InvariantCulture));
    }

    [Theory, SyncAndAsync]
    public async Task Explicit_intent_of_a_command_or_connection_wins_over_the_text(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var command = connection.CreateCommand();
        command.CommandText = $"update {items.Name} set amount = 99";
        command.Intent = Intent.Read;
        if (!Database.HasReplica)
        {
            return;
        }

        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(command));
        Assert.True(Database.IsReadOnlyViolation(error), error.ToString());

        connection.Intent = Intent.Read;
        var again = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command($"update {items.Name} set amount = 99")));
        Assert.True(Database.IsReadOnlyViolation(again), again.ToString());
        command.Intent = Intent.Write;
        Assert.Equal(1, await verbs.NonQuery(command));
    }

    [Theory, SyncAndAsync]
    public async Task Errors_are_the_drivers_own_and_leave_the_connection_usable(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var twice = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'twice', {Database.Tick})")));
        Assert.True(Database.IsUniqueViolation(twice), twice.ToString());
        Assert.Equal("a", twice.Data["Routing.Node"]);
        var syntax = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Scalar(connection.Command("selec 1")));
        Assert.True(Database.IsSyntaxError(syntax), syntax.ToString());
        Assert.Equal(1, await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 1")));
    }

    [Theory, SyncAndAsync]
    public async Task Cancel_ends_the_running_command(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        var running = Task.Run(() => verbs.Scalar(command));
        while (!running.IsCompleted)
        {
            // Again and again: the first ones may come before the command has started, and then do nothing.
            command.Cancel();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(() => running);
        Assert.True(Database.IsInterrupted(error), error.ToString());
        Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
    }

    [Theory, SyncAndAsync]
    public async Task Cancel_of_a_command_that_has_ended_touches_nobody(Verbs verbs)
    {
        const int Rows = 5000;
        var items = await Database.ItemsAsync(Rows);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var scalar = connection.Command("select 1");
        var read = connection.Command("select 2");
        await verbs.Scalar(scalar);
        await verbs.Dispose(await verbs.Reader(read));
        await using var running = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
        for (var row = 1L; row <= Rows; row++)
        {
            if (row < 10)
            {
                scalar.Cancel();
                read.Cancel();
            }

            Assert.True(await verbs.Read(running));
            Assert.Equal(row, running.GetInt64(0));
        }

        Assert.False(await verbs.Read(running));
    }

    [Fact]
    public async Task A_token_ends_the_running_command()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => command.ExecuteScalarAsync(soon.Token)));
        command.CommandText = "select 1";
        Assert.NotNull(await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task The_factory_makes_what_the_data_source_makes()
    {
        var factory = Db.DataSource.ProviderFactory;
        await using var connection = factory.CreateConnection()!;
        await connection.OpenAsync();
        Assert.Same(factory, DbProviderFactories.GetFactory(connection));
        await using var command = factory.CreateCommand()!;
        command.Connection = connection;
        command.CommandText = "select @value";
        var parameter = factory.CreateParameter()!;
        Assert.IsType(Database.ParameterType, parameter);
        parameter.ParameterName = "value";
        parameter.Value = "x";
        command.Parameters.Add(parameter);
        Assert.Equal("x", await command.ExecuteScalarAsync());
        await using var foreign = (DbConnection)Activator.CreateInstance(Database.ConnectionType)!;
        Assert.Equal(
            $"A routed command needs a RoutingConnection, not {Database.ConnectionType.Name}. [RTG0309]",
            Assert.Throws<InvalidCastException>(() => command.Connection = foreign).Message);
    }

    [Theory, SyncAndAsync]
    public async Task A_command_of_the_data_source_needs_no_connection(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var command = Db.DataSource.CreateCommand($"select count(*) from {items.Name}");
        Assert.Equal(2L, Convert.ToInt64(await verbs.Scalar(command), CultureInfo.InvariantCulture));
        await Leases.AllReturnedAsync(Db);
    }
}
