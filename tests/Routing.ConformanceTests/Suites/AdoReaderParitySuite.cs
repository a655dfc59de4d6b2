using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Readers: whatever the driver's own reader gives and refuses, the routed one gives and refuses.</summary>
[OptionalSuite]
public abstract class AdoReaderParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const CommandBehavior Flags =
        CommandBehavior.SingleResult | CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo | CommandBehavior.SingleRow | CommandBehavior.SequentialAccess;

    private static readonly byte[] Data = [.. Enumerable.Range(0, 40).Select(static n => (byte)n)];

    private static readonly (string Name, Func<DbDataReader, int, object?> Get)[] Getters =
    [
        ("IsDBNull", static (r, i) => r.IsDBNull(i)),
        ("GetBoolean", static (r, i) => r.GetBoolean(i)),
        ("GetByte", static (r, i) => r.GetByte(i)),
        ("GetChar", static (r, i) => r.GetChar(i)),
        ("GetDateTime", static (r, i) => r.GetDateTime(i)),
        ("GetDecimal", static (r, i) => r.GetDecimal(i)),
        ("GetDouble", static (r, i) => r.GetDouble(i)),
        ("GetFloat", static (r, i) => r.GetFloat(i)),
        ("GetGuid", static (r, i) => r.GetGuid(i)),
        ("GetInt16", static (r, i) => r.GetInt16(i)),
        ("GetInt32", static (r, i) => r.GetInt32(i)),
        ("GetInt64", static (r, i) => r.GetInt64(i)),
        ("GetString", static (r, i) => r.GetString(i)),
        ("GetValue", static (r, i) => r.GetValue(i)),
        ("[]", static (r, i) => r[i]),
        ("GetProviderSpecificValue", static (r, i) => r.GetProviderSpecificValue(i)),
        ("GetName", static (r, i) => r.GetName(i)),
        ("GetDataTypeName", static (r, i) => r.GetDataTypeName(i)),
        ("GetFieldType", static (r, i) => r.GetFieldType(i)),
        ("GetProviderSpecificFieldType", static (r, i) => r.GetProviderSpecificFieldType(i)),
        ("GetFieldValue<bool>", static (r, i) => r.GetFieldValue<bool>(i)),
        ("GetFieldValue<byte[]>", static (r, i) => r.GetFieldValue<byte[]>(i)),
        ("GetFieldValue<DateOnly>", static (r, i) => r.GetFieldValue<DateOnly>(i)),
        ("GetFieldValue<DateTimeOffset>", static (r, i) => r.GetFieldValue<DateTimeOffset>(i)),
        ("GetFieldValue<int>", static (r, i) => r.GetFieldValue<int>(i)),
        ("GetFieldValue<int?>", static (r, i) => r.GetFieldValue<int?>(i)),
        ("GetFieldValue<object>", static (r, i) => r.GetFieldValue<object>(i)),
        ("GetFieldValue<string>", static (r, i) => r.GetFieldValue<string>(i)),
        ("GetFieldValue<TimeSpan>", static (r, i) => r.GetFieldValue<TimeSpan>(i)),
        ("GetFieldValue<Stream>", static (r, i) => Text(r.GetFieldValue<Stream>(i))),
        ("GetFieldValue<TextReader>", static (r, i) => Text(r.GetFieldValue<TextReader>(i))),
        ("GetFieldValueAsync<long>", static (r, i) => r.GetFieldValueAsync<long>(i).GetAwaiter().GetResult()),
        ("IsDBNullAsync", static (r, i) => r.IsDBNullAsync(i).GetAwaiter().GetResult()),
        ("GetStream", static (r, i) => Text(r.GetStream(i))),
        ("GetTextReader", static (r, i) => Text(r.GetTextReader(i))),
        ("GetData", static (r, i) => ((IDataRecord)r).GetData(i) is { } data ? data.FieldCount : null),
    ];

    /// <summary>With which behaviours the columns are asked for.</summary>
    protected virtual CommandBehavior[] SchemaBehaviours => [CommandBehavior.Default, CommandBehavior.KeyInfo, CommandBehavior.SchemaOnly, CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo];

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
    public async Task Every_getter_on_every_type(Verbs verbs)
    {
        var values = await ValuesAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command($"select * from {values.Name} order by id");
            await using var reader = await verbs.Reader(command);
            while (await verbs.Read(reader))
            {
                for (var i = -1; i <= reader.FieldCount; i++)
                {
                    foreach (var (name, get) in Getters)
                    {
                        seen.Try($"{i} {name}", () => get(reader, i));
                    }
                }

                var all = new object[reader.FieldCount];
                var few = new object[2];
                seen.Note("GetValues", reader.GetValues(all));
                seen.Try("GetValues, few", () => reader.GetValues(few));
                seen.Note("GetProviderSpecificValues", reader.GetProviderSpecificValues(all));
                seen.Note("values", all.Select(static value => value.GetType().Name));
                seen.Try("by name", () => reader["amount"]);
                seen.Try("by name in capitals", () => reader["AMOUNT"]);
                seen.Try("by a name that is not there", () => reader["nothing"]);
                seen.Try("its ordinal", () => reader.GetOrdinal("nothing"));
            }
        });
    }

    [Theory, SyncAndAsync]
    public async Task Bytes_and_characters_in_pieces(Verbs verbs)
    {
        var values = await ValuesAsync();
        (long From, int Size, int At, int Length)[] pieces =
            [(0, 8, 0, 8), (4, 8, 2, 6), (38, 8, 0, 8), (40, 8, 0, 8), (41, 8, 0, 8), (0, 8, 0, 0), (0, 8, 4, 8), (0, 8, 9, 1), (-1, 8, 0, 8), (0, 8, -1, 8), (0, 8, 0, -1), (long.MaxValue, 8, 0, 8)];
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            foreach (var behaviour in new[] { CommandBehavior.Default, CommandBehavior.SequentialAccess })
            {
                foreach (var (from, size, at, length) in pieces)
                {
                    await using var command = connection.Command($"select data, name from {values.Name} where id = 1");
                    await using var reader = await verbs.Reader(command, behaviour);
                    Assert.True(await verbs.Read(reader));
                    var what = $"{behaviour}, {length} from {from} to {at} of {size}";
                    var bytes = new byte[size];
                    var characters = new char[size];
                    seen.Try("bytes, length", () => reader.GetBytes(0, 0, null, 0, 0));
                    seen.Try("bytes, " + what, () => reader.GetBytes(0, from, bytes, at, length));
                    seen.Note("got", bytes);
                    seen.Try("characters, length", () => reader.GetChars(1, 0, null, 0, 0));
                    seen.Try("characters, " + what, () => reader.GetChars(1, from, characters, at, length));
                    seen.Note("got", characters);
                }
            }
        });
    }

    [Theory, SyncAndAsync]
    public async Task Streams_and_text_readers(Verbs verbs)
    {
        var values = await ValuesAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            foreach (var behaviour in new[] { CommandBehavior.Default, CommandBehavior.SequentialAccess })
            {
                await using var command = connection.Command($"select data, name, id from {values.Name} order by id");
                await using var reader = await verbs.Reader(command, behaviour);
                seen.Note("behaviour", behaviour);
                Assert.True(await verbs.Read(reader));
                var start = new byte[5];
                var stream = reader.GetStream(0);
                seen.Note("stream", $"{stream.CanRead} {stream.CanWrite}");
                seen.Note("read", verbs.Async ? await stream.ReadAsync(start) : stream.Read(start));
                seen.Note("got", start);
                seen.Try("the column again", () => Text(reader.GetStream(0)));
                seen.Try("the text of the next", () => Text(reader.GetTextReader(1)));
                seen.Try("back to the first", () => reader.GetValue(0));
                seen.Try("on to the last", () => reader.GetInt64(2));
                seen.Try("what is left of the stream", () => Text(stream));
                seen.Note("next row", await verbs.Read(reader));
                seen.Try("a null's stream", () => Text(reader.GetStream(0)));
                seen.Try("a null's text", () => Text(reader.GetTextReader(1)));
                seen.Try("a number's stream", () => Text(reader.GetStream(2)));
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
    public async Task Schemas_of_the_columns(Verbs verbs)
    {
        var values = await ValuesAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            foreach (var behaviour in SchemaBehaviours)
            {
                await seen.TryAsync(behaviour.ToString(), async () =>
                {
                    await using var command = connection.Command($"select v.*, id + 1 as more from {values.Name} v");
                    await using var reader = await verbs.Reader(command, behaviour);
                    foreach (var column in verbs.Async ? await reader.GetColumnSchemaAsync() : reader.GetColumnSchema())
                    {
                        seen.Note(column.GetType().Name, ((string[])["ColumnName", "ColumnOrdinal", "DataType", "DataTypeName", "AllowDBNull", "IsKey", "IsUnique", "IsAutoIncrement", "IsReadOnly", "IsExpression", "IsLong", "ColumnSize", "NumericPrecision", "BaseTableName", "BaseColumnName"]).Select(name => $"{name}={column[name]}"));
                    }

                    var table = verbs.Async ? await reader.GetSchemaTableAsync() : reader.GetSchemaTable();
                    foreach (DataRow row in table!.Rows)
                    {
                        seen.Note("row", table.Columns.Cast<DataColumn>().Where(static column => column.ColumnName != "BaseServerName").Select(column => $"{column.ColumnName}={row[column]}"));
                    }
                });
            }
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

    private async Task<Table> ValuesAsync()
    {
        var table = await Database.TableAsync($"id bigint primary key, amount bigint, name text, data {Database.Bytes}, fraction {Database.RealNumber}, price {Database.Money}, flag {Database.Flag}, moment {Database.Moment}");
        const string Insert = "insert into {0} (id, amount, name, data, fraction, price, flag, moment) values (@id, @amount, @name, @data, @fraction, @price, @flag, @moment)";
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var text = string.Format(CultureInfo.InvariantCulture, Insert, table.Name);
        await connection.Command(text, ("id", 1L), ("amount", 100L), ("name", "forty characters: abcdefghijklmnopqrstuv"), ("data", Data), ("fraction", 1.5), ("price", 12.50m), ("flag", true), ("moment", new DateTime(2026, 2, 28, 12, 30, 15)))
            .ExecuteNonQueryAsync();
        await using var nulls = connection.Command($"insert into {table.Name} (id) values (2)");
        await nulls.ExecuteNonQueryAsync();
        await Database.SettleAsync();
        return table;
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

    private static string Text(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Convert.ToHexString(copy.ToArray());
    }

    private static string Text(TextReader reader) => reader.ReadToEnd();
}
