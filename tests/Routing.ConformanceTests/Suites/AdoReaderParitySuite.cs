using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Readers, from row to row and result to result: where the driver's own is and what it refuses, the routed one is and refuses.</summary>
public abstract class AdoReaderParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const CommandBehavior Flags =
        CommandBehavior.SingleResult | CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo | CommandBehavior.SingleRow | CommandBehavior.SequentialAccess;

    [Theory, SyncAndAsync]
    public async Task Behaviours_in_every_combination(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            for (var flags = CommandBehavior.Default; flags <= Flags; flags++)
            {
                if ((flags | Flags) == Flags)
                {
                    await using var command = connection.Command($"select id, name from {items.Name} order by id; select amount from {items.Name} where id = 2");
                    seen.Note("behaviour", flags);
                    await seen.TryAsync("run", () => ReadAllAsync(verbs, command, flags, seen));
                }
            }
        });
    }

    [Theory, SyncAndAsync]
    public async Task Outside_the_rows_and_after_the_end(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command($"select id, name from {items.Name} order by id");
            var reader = await verbs.Reader(command);
            Look("before", reader, seen);
            while (await verbs.Read(reader))
            {
            }

            Look("after the rows", reader, seen);
            await seen.TryAsync("read again", () => verbs.Read(reader));
            await seen.TryAsync("next result", () => verbs.NextResult(reader));
            Look("after the result", reader, seen);
            await seen.TryAsync("next result again", () => verbs.NextResult(reader));
            await verbs.Close(reader);
            await LookClosedAsync("closed", reader, verbs, seen);
            await verbs.Close(reader);
            await verbs.Dispose(reader);
            await verbs.Dispose(reader);
            await LookClosedAsync("disposed", reader, verbs, seen);
        });
    }

    [Theory, SyncAndAsync]
    public async Task After_the_connection_is_closed(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            var reader = await verbs.Reader(connection.Command($"select id, name from {items.Name} order by id"));
            Assert.True(await verbs.Read(reader));
            await verbs.Close(connection);
            await LookClosedAsync("under it", reader, verbs, seen);
            await verbs.Open(connection);
            await LookClosedAsync("opened again", reader, verbs, seen);
            await verbs.Dispose(reader);
            seen.Note("state", connection.State);
            seen.Note("usable", await verbs.Scalar(connection.Command($"select name from {items.Name} where id = 2")));
        });
    }

    /// <summary>
    /// Npgsql gives each connection one reader object for all its commands. Seen to fail on PostgreSQL without the guard in
    /// <c>RoutingDataReader.Rows</c>: the closed reader then showed the second command's row.
    /// </summary>
    [Theory, SyncAndAsync]
    public async Task A_closed_reader_shows_nothing_of_the_next_command(Verbs verbs)
    {
        const string Closed = "The reader is closed, or its connection is: there are no rows to read any more. Read before closing either. [RTG0314]";
        var items = await Database.ItemsAsync(2);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var closed = await verbs.Reader(connection.Command($"select id, name from {items.Name} where id = 1"));
        Assert.True(await verbs.Read(closed));
        await verbs.Close(closed);
        await using var next = await verbs.Reader(connection.Command($"select id, name from {items.Name} where id = 2"));
        Assert.True(await verbs.Read(next));
        Assert.True(closed.IsClosed);
        Assert.Equal(Closed, Assert.Throws<InvalidOperationException>(() => closed.GetInt64(0)).Message);
        Assert.Equal(Closed, Assert.Throws<InvalidOperationException>(() => closed.GetColumnSchema()).Message);
        Assert.Equal(Closed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Read(closed))).Message);
        Assert.Equal(2, next.GetInt64(0));
        await verbs.Close(closed);
        Assert.False(await verbs.Read(next));
    }

    [Theory, SyncAndAsync]
    public async Task A_second_command_beside_an_open_reader(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var reader = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
            Assert.True(await verbs.Read(reader));
            await using var second = connection.Command($"select amount from {items.Name} where id = 3");
            await seen.TryAsync("scalar", () => verbs.Scalar(second));
            await seen.TryAsync("non-query", () => verbs.NonQuery(second));
            await seen.TryAsync("reader", async () => await verbs.Dispose(await verbs.Reader(second)));
            seen.Note("id", reader.GetInt64(0));
            while (await verbs.Read(reader))
            {
                seen.Note("id", reader.GetInt64(0));
            }

            await verbs.Close(reader);
            seen.Note("usable", await verbs.Scalar(second));
        });
    }

    [Theory, SyncAndAsync]
    public async Task Several_results_with_writes_between(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command(
                $"update {items.Name} set amount = amount where id < 3; select id from {items.Name} where id = 99; delete from {items.Name} where id = 99; select name from {items.Name} order by id; update {items.Name} set amount = amount where id = 1");
            var reader = await verbs.Reader(command);
            do
            {
                seen.Note("fields", reader.FieldCount);
                seen.Note("has rows", reader.HasRows);
                while (await verbs.Read(reader))
                {
                    seen.Note("row", reader.GetValue(0));
                }
            }
            while (await verbs.NextResult(reader));

            await verbs.Close(reader);
            seen.Note("affected", reader.RecordsAffected);
            seen.Note("left early", await LeftEarlyAsync(verbs, command));
            seen.Note("scalar", await verbs.Scalar(command));
            seen.Note("non-query", await verbs.NonQuery(command));
            seen.Note("of a read", await verbs.NonQuery(connection.Command($"select id from {items.Name}")));
        });
    }

    [Theory, SyncAndAsync]
    public async Task Records_and_tables(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using (var reader = await verbs.Reader(connection.Command($"select id, name from {items.Name} order by id")))
            {
                foreach (IDataRecord record in reader)
                {
                    seen.Note("record", $"{record.GetInt64(0)} {record["name"]} {record.GetName(1)} {record.FieldCount}");
                }

                seen.Note("closed", reader.IsClosed);
            }

            await using (var reader = await verbs.Reader(connection.Command($"select id, name from {items.Name} order by id; select amount from {items.Name} order by id")))
            {
                for (var result = 0; result < 2; result++)
                {
                    using var table = new DataTable();
                    table.Load(reader);
                    seen.Note("columns", table.Columns.Cast<DataColumn>().Select(static column => $"{column.ColumnName} {column.DataType.Name} {column.AllowDBNull}"));
                    seen.Note("rows", table.Rows.Cast<DataRow>().Select(static row => string.Join('/', row.ItemArray)));
                }

                seen.Note("closed", reader.IsClosed);
            }
        });
    }

    private static async Task ReadAllAsync(Verbs verbs, DbCommand command, CommandBehavior behaviour, Transcript seen)
    {
        await using var reader = await verbs.Reader(command, behaviour);
        do
        {
            seen.Note("fields", Enumerable.Range(0, reader.FieldCount).Select(i => $"{reader.GetName(i)} {reader.GetFieldType(i).Name} {reader.GetDataTypeName(i)}"));
            seen.Note("has rows", reader.HasRows);
            while (await verbs.Read(reader))
            {
                seen.Note("row", Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!));
            }
        }
        while (await verbs.NextResult(reader));

        await verbs.Close(reader);
        seen.Note("affected", reader.RecordsAffected);
    }

    private static async Task<int> LeftEarlyAsync(Verbs verbs, DbCommand command)
    {
        var reader = await verbs.Reader(command);
        await verbs.Read(reader);
        await verbs.Dispose(reader);
        return reader.RecordsAffected;
    }

    private static void Look(string when, DbDataReader reader, Transcript seen)
    {
        seen.Try(when + ", closed", () => reader.IsClosed);
        seen.Try(when + ", fields", () => reader.FieldCount);
        seen.Try(when + ", visible fields", () => reader.VisibleFieldCount);
        seen.Try(when + ", depth", () => reader.Depth);
        seen.Try(when + ", rows", () => reader.HasRows);
        seen.Try(when + ", name", () => reader.GetName(0));
        seen.Try(when + ", type", () => reader.GetFieldType(0));
        seen.Try(when + ", value", () => reader.GetValue(0));
        seen.Try(when + ", number", () => reader.GetInt64(0));
        seen.Try(when + ", null", () => reader.IsDBNull(0));
    }

    private static async Task LookClosedAsync(string when, DbDataReader reader, Verbs verbs, Transcript seen)
    {
        seen.Try(when + ", closed", () => reader.IsClosed);
        seen.Try(when + ", affected", () => reader.RecordsAffected);
        seen.Try(when + ", fields", () => reader.FieldCount);
        seen.Try(when + ", name", () => reader.GetName(0));
        seen.Try(when + ", value", () => reader.GetValue(0));
        seen.Try(when + ", stream", () => reader.GetStream(0));
        await seen.TryAsync(when + ", read", () => verbs.Read(reader));
        await seen.TryAsync(when + ", next result", () => verbs.NextResult(reader));
    }
}
