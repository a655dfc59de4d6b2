using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>The columns of a row: whatever the driver's own reader gives and refuses, the routed one gives and refuses.</summary>
public abstract class AdoColumnParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
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

    private static string Text(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Convert.ToHexString(copy.ToArray());
    }

    private static string Text(TextReader reader) => reader.ReadToEnd();
}
