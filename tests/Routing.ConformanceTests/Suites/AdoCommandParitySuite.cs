using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Commands and adapters: as over the driver's own connection.</summary>
public abstract class AdoCommandParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Properties_and_what_they_refuse(Verbs verbs)
    {
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.CreateCommand();
            seen.Note("text", command.CommandText);
            seen.Note("time-out", command.CommandTimeout);
            seen.Note("type", command.CommandType);
            seen.Note("connection", ReferenceEquals(connection, command.Connection));
            seen.Note("transaction", command.Transaction);
            seen.Note("parameters", command.Parameters.Count);
            command.CommandText = null;
            seen.Note("text set to null", command.CommandText);
            command.CommandTimeout = 0;
            seen.Note("no time-out", command.CommandTimeout);
            command.CommandText = "select 1";
            seen.Note("runs without one", Convert.ToInt64(await verbs.Scalar(command), CultureInfo.InvariantCulture));
            command.CommandTimeout = 77;
            seen.Note("time-out set", command.CommandTimeout);
            command.DesignTimeVisible = true;
            seen.Note("visible", command.DesignTimeVisible);
            command.UpdatedRowSource = UpdateRowSource.FirstReturnedRecord;
            seen.Note("row source", command.UpdatedRowSource);
            command.Connection = null;
            seen.Note("no connection", command.Connection);
            await seen.TryAsync("runs without a connection", () => verbs.Scalar(command));
            await seen.TryAsync("prepares without a connection", () => verbs.Prepare(command));
            command.Cancel();
        });
    }

    [Theory, SyncAndAsync]
    public async Task What_cannot_run_is_refused(Verbs verbs)
    {
        await Beside.SameWhenClosedAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command("select 1");
            await seen.TryAsync("closed", () => verbs.Scalar(command));
            await seen.TryAsync("closed, non-query", () => verbs.NonQuery(command));
            await seen.TryAsync("closed, reader", () => verbs.Reader(command));
            await seen.TryAsync("closed, prepare", () => verbs.Prepare(command));
            command.Cancel();
            await verbs.Open(connection);
            await using var missing = connection.Command("select @p", ("q", 1L));
            await seen.TryAsync("a parameter that is not there", () => verbs.Scalar(missing));
            await using var wrong = connection.Command("selec 1");
            await seen.TryAsync("no SQL", () => verbs.Scalar(wrong));
            await seen.TryAsync("no table", () => verbs.Reader(connection.Command("select * from nowhere")));
            seen.Note("usable", Convert.ToInt64(await verbs.Scalar(command), CultureInfo.InvariantCulture));
            await verbs.Close(connection);
            await seen.TryAsync("closed again", () => verbs.Scalar(command));
        });
    }

    [Theory, SyncAndAsync]
    public async Task A_disposed_command_is_refused(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var command = connection.Command($"select id from {items.Name}");
        var reader = await verbs.Reader(command);
        await verbs.Dispose(command);
        Assert.True(await verbs.Read(reader));
        await verbs.Close(reader);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Scalar(command));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.NonQuery(command));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Reader(command));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Prepare(command));
        command.Cancel();
        await verbs.Dispose(command);
    }

    /// <summary>Seen to fail without the close in <c>RoutingCommand.ExecuteReaderAsync</c>: the connection stayed open.</summary>
    [Theory, SyncAndAsync]
    public async Task A_reader_that_could_not_be_opened_closes_its_connection_if_asked_to(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await Assert.ThrowsAnyAsync<DbException>(() => verbs.Reader(connection.Command("selec 1"), CommandBehavior.CloseConnection));
        Assert.Equal(ConnectionState.Closed, connection.State);
        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task Errors_of_the_database(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await seen.TryAsync("twice", () => verbs.NonQuery(connection.Command($"insert into {items.Name} (id, amount) values (1, 1)")));
            await seen.TryAsync("null", () => verbs.NonQuery(connection.Command($"insert into {items.Name} (id) values (2)")));
            await seen.TryAsync("failing read", () => verbs.Scalar(connection.Command(Database.FailingRead)));
            await seen.TryAsync("second of two", () => verbs.NonQuery(connection.Command($"select 1; insert into {items.Name} (id, amount) values (1, 1)")));
            seen.Note("usable", await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 1")));
        });
    }

    [Theory, SyncAndAsync]
    public async Task An_error_after_the_first_rows(Verbs verbs)
    {
        if (!Database.LosesConnectionByFailure)
        {
            await Beside.SameAsync(Database, ProgramAsync);
            return;
        }

        // The driver waits for ever for the rows that the server has broken off, so its own connection cannot be asked.
        await using var routed = await Db.DataSource.OpenConnectionAsync();
        var transcript = new Transcript();
        await ProgramAsync(routed, transcript);
        Assert.Matches("^failing after rows: ! [A-Za-z]+Exception .*lasting$", transcript.Lines[0]);
        Assert.Equal(["usable: 1 (Int64)", "state: Open (ConnectionState)", "opened again: 1 (Int64)"], transcript.Lines.Skip(1));

        async Task ProgramAsync(DbConnection connection, Transcript seen)
        {
            await seen.TryAsync("failing after rows", async () =>
            {
                await using var reader = await verbs.Reader(connection.Command(Database.RowsThenFailure));
                while (await verbs.Read(reader))
                {
                }
            });
            await seen.TryAsync("usable", async () => Convert.ToInt64(await verbs.Scalar(connection.Command("select 1")), CultureInfo.InvariantCulture));
            seen.Note("state", connection.State);
            await verbs.Close(connection);
            await verbs.Open(connection);
            seen.Note("opened again", Convert.ToInt64(await verbs.Scalar(connection.Command("select 1")), CultureInfo.InvariantCulture));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Cancel_and_tokens_before_during_and_after(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command($"select id from {items.Name} order by id");
            command.Cancel();
            seen.Note("after a cancel", await verbs.Scalar(command));
            command.Cancel();
            seen.Note("after another", await verbs.Scalar(command));
            await using (var reader = await verbs.Reader(command))
            {
                Assert.True(await verbs.Read(reader));
                seen.Note("first", reader.GetInt64(0));
            }

            var cancelled = new CancellationToken(canceled: true);
            await seen.TryAsync("token, scalar", () => command.ExecuteScalarAsync(cancelled));
            await seen.TryAsync("token, non-query", () => command.ExecuteNonQueryAsync(cancelled));
            await seen.TryAsync("token, reader", () => command.ExecuteReaderAsync(cancelled));
            await seen.TryAsync("token, prepare", () => command.PrepareAsync(cancelled));
            await seen.TryAsync("token, begin", async () => await connection.BeginTransactionAsync(cancelled));
            seen.Note("usable", await verbs.Scalar(command));
        });
    }

    [Theory, SyncAndAsync]
    public async Task A_prepared_command_runs_again_and_again(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command($"select name from {items.Name} where id = @id", ("id", 1L));
            await seen.TryAsync("prepare", () => verbs.Prepare(command));
            for (var id = 1L; id <= 4; id++)
            {
                command.Parameters["id"].Value = id;
                seen.Note("name", await verbs.Scalar(command));
            }

            command.CommandText = $"select amount from {items.Name} where id = @id";
            command.Parameters["id"].Value = 2L;
            seen.Note("another text", await verbs.Scalar(command));
        });
    }

    [Fact]
    public async Task What_some_drivers_let_pass_is_refused()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        Assert.Equal(UpdateRowSource.Both, command.UpdatedRowSource);
        Assert.False(command.DesignTimeVisible);
        Assert.Throws<ArgumentOutOfRangeException>(() => command.CommandTimeout = -1);
        Assert.Throws<InvalidCastException>(() => command.Parameters.Add(null!));
        await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task An_adapter_fills_and_updates_a_table()
    {
        var items = await Database.ItemsAsync(3);
        var factory = Db.DataSource.ProviderFactory;
        Assert.True(factory.CanCreateDataAdapter);
        await using var connection = Db.DataSource.CreateConnection();
        using var adapter = factory.CreateDataAdapter()!;
        adapter.SelectCommand = connection.Command($"select id, name, amount from {items.Name} order by id");
        adapter.UpdateCommand = connection.Command($"update {items.Name} set amount = @amount where id = @id", ("amount", 0L), ("id", 0L));
        adapter.UpdateCommand.Parameters["amount"].SourceColumn = "amount";
        adapter.UpdateCommand.Parameters["id"].SourceColumn = "id";
        using var table = new DataTable();
        Assert.Equal(3, adapter.Fill(table));
        Assert.Equal(ConnectionState.Closed, connection.State);
        table.Rows[1]["amount"] = 77L;
        Assert.Equal(1, adapter.Update(table));
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal([10, 77, 30], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));
    }
}
