using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Every .NET type that users store goes in by a parameter and comes back by a result as it was, or as docs/engines/types.md says,
/// or is refused with an error. Nothing is lost silently.
/// </summary>
public abstract class TypesSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    // How many ways there are to give a parameter.
    private const int Inserts = 3;

    private enum Colour
    {
        Red = 1,
        Green = -2,
    }

    [Theory, SyncAndAsync]
    public Task True_and_false(Verbs verbs) => RoundTripAsync(verbs, "bool", true, false);

    [Theory, SyncAndAsync]
    public Task Bytes_of_one(Verbs verbs) => RoundTripAsync(verbs, "byte", byte.MinValue, byte.MaxValue, (byte)127);

    [Theory, SyncAndAsync]
    public Task Signed_bytes(Verbs verbs) => RoundTripAsync(verbs, "sbyte", sbyte.MinValue, sbyte.MaxValue);

    [Theory, SyncAndAsync]
    public Task Numbers_of_16_bits(Verbs verbs) => RoundTripAsync(verbs, "short", short.MinValue, short.MaxValue);

    [Theory, SyncAndAsync]
    public Task Unsigned_numbers_of_16_bits(Verbs verbs) => RoundTripAsync(verbs, "ushort", ushort.MinValue, ushort.MaxValue);

    [Theory, SyncAndAsync]
    public Task Numbers_of_32_bits(Verbs verbs) => RoundTripAsync(verbs, "int", int.MinValue, 0, int.MaxValue);

    [Theory, SyncAndAsync]
    public Task Unsigned_numbers_of_32_bits(Verbs verbs) => RoundTripAsync(verbs, "uint", uint.MinValue, uint.MaxValue);

    [Theory, SyncAndAsync]
    public Task Numbers_of_64_bits(Verbs verbs) => RoundTripAsync(verbs, "long", long.MinValue, 0L, long.MaxValue);

    [Theory, SyncAndAsync]
    public Task Unsigned_numbers_of_64_bits(Verbs verbs) => RoundTripAsync(verbs, "ulong", ulong.MinValue, (ulong)long.MaxValue);

    [Theory, SyncAndAsync]
    public Task Unsigned_numbers_beyond_the_signed_ones(Verbs verbs) => RoundTripAsync(verbs, "ulong beyond long", (ulong)long.MaxValue + 1, ulong.MaxValue);

    [Theory, SyncAndAsync]
    public Task Exact_numbers(Verbs verbs) => RoundTripAsync(verbs, "decimal", 0m, 1.5m, -12345678.123456m, 9999999999.999999m, 0.000001m);

    [Theory, SyncAndAsync]
    public Task Numbers_of_double_precision(Verbs verbs) => RoundTripAsync(verbs, "double", 0d, 0.1, -1.7976931348623e308, 4.9406564584125e-300, Math.PI, 1d / 3);

    [Theory, SyncAndAsync]
    public Task Numbers_of_single_precision(Verbs verbs) => RoundTripAsync(verbs, "float", 0f, 0.1f, -3.4028235e38f, 1.17549435e-30f, MathF.PI, 16777217f);

    [Theory, SyncAndAsync]
    public Task Texts(Verbs verbs) => RoundTripObjectsAsync(verbs, "string", "", " ", "plain", "naïve ☃ 𝄞 \U0001F600", "'\"\\`\r\n\t%_", " both ends ", "\u00E9 e\u0301", new string('x', 9000));

    [Theory, SyncAndAsync]
    public Task Characters(Verbs verbs) => RoundTripAsync(verbs, "char", 'a', 'ß', '\u20AC', '\'', '\\');

    [Theory, SyncAndAsync]
    public Task Moments_without_a_kind(Verbs verbs) => RoundTripAsync(
        verbs, "DateTime, unspecified", At(DateTimeKind.Unspecified), new DateTime(1, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddYears(999), new DateTime(9999, 12, 31, 23, 59, 59, DateTimeKind.Unspecified).AddTicks(9999990));

    [Theory, SyncAndAsync]
    public Task Moments_in_UTC(Verbs verbs) => RoundTripAsync(verbs, "DateTime, UTC", At(DateTimeKind.Utc), At(DateTimeKind.Utc).AddMonths(6));

    [Theory, SyncAndAsync]
    public Task Local_moments(Verbs verbs) => RoundTripAsync(verbs, "DateTime, local", At(DateTimeKind.Local), At(DateTimeKind.Local).AddMonths(6));

    [Theory, SyncAndAsync]
    public Task Moments_finer_than_microseconds(Verbs verbs) => RoundTripAsync(verbs, "DateTime, 100 ns", At(DateTimeKind.Unspecified).AddTicks(7));

    [Theory, SyncAndAsync]
    public Task Moments_with_no_offset(Verbs verbs) => RoundTripAsync(verbs, "DateTimeOffset, UTC", new DateTimeOffset(At(DateTimeKind.Utc)));

    [Theory, SyncAndAsync]
    public Task Moments_with_an_offset(Verbs verbs) =>
        RoundTripAsync(verbs, "DateTimeOffset, elsewhere", new DateTimeOffset(At(DateTimeKind.Unspecified), TimeSpan.FromMinutes(-210)));

    [Theory, SyncAndAsync]
    public Task Dates(Verbs verbs) => RoundTripAsync(verbs, "DateOnly", new DateOnly(2026, 2, 28), new DateOnly(1000, 1, 1), new DateOnly(9999, 12, 31));

    [Theory, SyncAndAsync]
    public Task Times_of_day(Verbs verbs) => RoundTripAsync(verbs, "TimeOnly", TimeOnly.MinValue, new TimeOnly(23, 59, 59, 999, 999), new TimeOnly(12, 30));

    [Theory, SyncAndAsync]
    public Task Spans_within_a_day(Verbs verbs) => RoundTripAsync(verbs, "TimeSpan", TimeSpan.Zero, new TimeSpan(0, 23, 59, 59, 999, 999), TimeSpan.FromMinutes(1));

    [Theory, SyncAndAsync]
    public Task Spans_beyond_a_day(Verbs verbs) => RoundTripAsync(verbs, "TimeSpan, beyond a day", TimeSpan.FromHours(30), TimeSpan.FromHours(-30.5));

    [Theory, SyncAndAsync]
    public Task Identifiers(Verbs verbs) => RoundTripAsync(verbs, "Guid", Guid.Empty, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Guid.Parse("FFEEDDCC-BBAA-9988-7766-554433221100"));

    [Theory, SyncAndAsync]
    public Task Arrays_of_bytes(Verbs verbs) => RoundTripObjectsAsync<byte[]>(verbs, "byte[]", [], [0], [0, 1, 0x27, 0x5C, 0xFF, 0], [.. Enumerable.Range(0, 9000).Select(static i => (byte)i)]);

    [Theory, SyncAndAsync]
    public Task Enums_by_number(Verbs verbs) => RoundTripAsync(verbs, "enum, by number", Colour.Red, Colour.Green);

    [Theory, SyncAndAsync]
    public async Task Enums_by_name(Verbs verbs)
    {
        var table = await TableAsync(Database.Types["enum, by name"]);
        await verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {nameof(Colour.Green)})");
        Assert.Equal(Colour.Green, (await verbs.QuerySingle<Holder<Colour>>(Db, $"select id, value from {table.Raw}")).Value);
        await verbs.Execute(Db, $"update {table.Raw} set value = {"no colour"}");
        await Assert.ThrowsAsync<System.Data.DataException>(() => verbs.QuerySingle<Holder<Colour>>(Db, $"select id, value from {table.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Documents(Verbs verbs)
    {
        const string Text = """{"text": "naïve 𝄞 \" \\", "number": 12345678901234.5, "list": [1, null, true]}""";
        var stored = Database.Types["JSON document"];
        var table = await TableAsync(stored);
        await verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {Write(stored, Text)})");
        var back = await verbs.QuerySingle<string>(Db, $"select value from {table.Raw}");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Text), JsonNode.Parse(back)), back);
    }

    /// <summary>Members, a constructor's parameters and a tuple's items, also where a null is the first thing that is read.</summary>
    [Theory, SyncAndAsync]
    public async Task Rows_of_many_types(Verbs verbs)
    {
        var table = await KindsAsync();
        await verbs.Execute(Db, $"insert into {table.Raw} (id) values ({1L})");
        await verbs.Execute(Db, $"insert into {table.Raw} values ({Some.Id}, {Some.Code}, {Some.Moment}, {Some.Birthday}, {Some.Alarm}, {Some.Span})");
        AllTypes[] expected = [new(1, null, null, null, null, null), Some];
        foreach (var order in (string[])["", " desc", ""])
        {
            var sql = $"select id, code, moment, birthday, alarm, span from {table.Name} order by id{order}";
            var sorted = order.Length == 0 ? expected : [.. expected.Reverse()];
            Assert.Equal(sorted, await verbs.Query<AllTypes>(Db, sql));
            Assert.Equal(sorted, (await verbs.Query<AllMembers>(Db, sql)).Select(static row => row.All));
            Assert.Equal(
                sorted,
                (await verbs.Query<(long Id, Guid? Code, DateTimeOffset? Moment, DateOnly? Birthday, TimeOnly? Alarm, TimeSpan? Span)>(Db, sql))
                    .Select(static row => new AllTypes(row.Id, row.Code, row.Moment, row.Birthday, row.Alarm, row.Span)));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Rows_of_a_bulk_insert(Verbs verbs)
    {
        var table = await KindsAsync();
        Assert.Equal(2, await verbs.BulkInsert(Db, table.Name, [Some, new(1, null, null, null, null, null)]));
        Assert.Equal(Some, await verbs.QuerySingle<AllTypes>(Db, $"select id, code, moment, birthday, alarm, span from {table.Raw} where id = {Some.Id}"));
        Assert.Equal(1, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw} where code = {Some.Code} and moment = {Some.Moment} and birthday = {Some.Birthday} and alarm = {Some.Alarm}"));
    }

    [Fact]
    public void The_page_says_how_each_type_is_stored_here() => TypesPage.AssertColumn(Database.GetType().Namespace!.Split('.')[^1], Database.Types);

    private static AllTypes Some { get; } = new(
        2, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), new DateTimeOffset(At(DateTimeKind.Utc)), new DateOnly(2026, 2, 28), new TimeOnly(23, 59, 58, 123, 456), TimeSpan.FromHours(7.25));

    private static DateTime At(DateTimeKind kind) => new DateTime(2026, 2, 28, 23, 59, 58, kind).AddTicks(1234560);

    private static SqlFragment Write(StoredAs stored, object? value) => stored.Written?.Invoke(value) ?? Sql.Format($"{value}");

    private Task RoundTripAsync<T>(Verbs verbs, string kind, params T[] values)
        where T : struct => RoundTripAsync(
        verbs,
        kind,
        values,
        async sql => await verbs.QuerySingle<T?>(Db, sql, args: null),
        async sql => (await verbs.QuerySingle<NullableHolder<T>>(Db, sql, args: null)).Value);

    private Task RoundTripObjectsAsync<T>(Verbs verbs, string kind, params T[] values)
        where T : class => RoundTripAsync(
        verbs,
        kind,
        values,
        async sql => await verbs.QuerySingle<T?>(Db, sql, args: null),
        async sql => (await verbs.QuerySingle<Holder<T>>(Db, sql, args: null)).Value);

    /// <param name="verbs">The verbs.</param>
    /// <param name="kind">The row of the page.</param>
    /// <param name="values">What goes in.</param>
    /// <param name="nullable">Reads a value that may be null.</param>
    /// <param name="nullableMember">Reads a member that may be null.</param>
    private async Task RoundTripAsync<T>(Verbs verbs, string kind, T[] values, Func<string, Task<object?>> nullable, Func<string, Task<object?>> nullableMember)
        where T : notnull
    {
        var stored = Database.Types[kind];
        var table = await TableAsync(stored);
        if (stored.Refusal is not null)
        {
            await AssertRefusedAsync(verbs, stored, table, values[0]);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var expected = stored.ComesBackAs is null ? value : (T)stored.ComesBackAs(value);
            await InsertAsync(verbs, stored, table, i * Inserts, value);
            await AssertComesBackAsync(verbs, stored, ById(table, i * Inserts), expected, nullable, nullableMember);
            for (var id = i * Inserts; id < (i + 1) * Inserts; id++)
            {
                AssertSame(expected, (await verbs.QuerySingle<Holder<T>>(Db, ById(table, id), args: null)).Value!);
                if (stored.IsComparable)
                {
                    Assert.Equal(id, await verbs.QuerySingle<int>(Db, $"select id from {table.Raw} where value = {Write(stored, value)} and id = {id}"));
                }
            }
        }

        await InsertAsync<T>(verbs, stored, table, -Inserts, default);
        for (var insert = -Inserts; insert < 0; insert++)
        {
            Assert.Null(await nullable(ById(table, insert)));
            Assert.Null(await nullableMember(ById(table, insert)));
        }

        Assert.Equal(Inserts, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw} where value is null"));
    }

    /// <summary>By a hole of an interpolated text, by an argument object, and by a parameter of a command.</summary>
    private async Task InsertAsync<T>(Verbs verbs, StoredAs stored, Table table, int id, T? value)
    {
        var isNull = id < 0;
        object? given = isNull ? null : value;
        await verbs.Execute(Db, $"insert into {table.Raw} values ({id}, {Write(stored, given)})");
        object arguments = isNull ? new { id = id + 1, value = (object?)null } : new { id = id + 1, value };
        await verbs.Execute(Db, $"insert into {table.Name} values (@id, @value)", arguments);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command($"insert into {table.Name} values (@id, @value)", ("id", id + 2), ("value", given is Colour colour ? (int)colour : given));
        Assert.Equal(1, await verbs.NonQuery(command));
    }

    private async Task AssertRefusedAsync<T>(Verbs verbs, StoredAs stored, Table table, T value)
    {
        var byHole = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {Write(stored, value)})"));
        var byArgument = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(Db, $"insert into {table.Name} values (@id, @value)", new { id = 1, value }));
        Assert.All([byHole, byArgument], error => Assert.Contains(stored.Refusal!, error.Message, StringComparison.Ordinal));
        Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw}"));
    }

    /// <summary>A way that cannot read the type says so by an error; it never gives another value.</summary>
    private async Task AssertComesBackAsync<T>(
        Verbs verbs, StoredAs stored, string sql, T expected, Func<string, Task<object?>> nullable, Func<string, Task<object?>> nullableMember)
    {
        var byDapper = stored.DapperReadsAs is null ? expected : (T)stored.DapperReadsAs(expected!);

        // The first use of a text takes another way through the mapper than the later ones.
        for (var use = 0; use < 3; use++)
        {
            var unread = await UnlessReadAsync(ReadBy.Row, expected, async () => await verbs.QuerySingle<T>(Db, sql, args: null))
                | await UnlessReadAsync(ReadBy.Row, expected, async () => (T?)await nullable(sql))
                | await UnlessReadAsync(ReadBy.Member, expected, async () => (await verbs.QuerySingle<Holder<T>>(Db, sql, args: null)).Value)
                | await UnlessReadAsync(ReadBy.Member, expected, async () => (T?)await nullableMember(sql))
                | await UnlessReadAsync(ReadBy.Scalar, expected, () => verbs.Scalar<T>(Db, sql, args: null))
                | await UnlessReadAsync(ReadBy.Dapper, byDapper, () => DapperAsync<T>(verbs, sql))
                | (typeof(T).IsEnum ? ReadBy.None : await UnlessReadAsync(ReadBy.Reader, expected, () => FieldAsync<T>(verbs, sql)));
            Assert.Equal(stored.Unread, unread);
        }
    }

    /// <summary>The way, where the type is not read that way.</summary>
    private static async Task<ReadBy> UnlessReadAsync<T>(ReadBy way, T expected, Func<Task<T?>> read)
    {
        T? found;
        try
        {
            found = await read();
        }
        catch (Exception error) when (error is InvalidCastException or InvalidOperationException or System.Data.DataException or OverflowException or FormatException or ArgumentException)
        {
            return way;
        }

        AssertSame(expected, found!);
        return ReadBy.None;
    }

    private async Task<T?> FieldAsync<T>(Verbs verbs, string sql)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var reader = await verbs.Reader(connection.Command(sql));
        Assert.True(await verbs.Read(reader));
        return verbs.Async ? await reader.GetFieldValueAsync<T>(0) : reader.GetFieldValue<T>(0);
    }

    private async Task<T?> DapperAsync<T>(Verbs verbs, string sql)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        return (verbs.Async ? await connection.QuerySingleAsync<Holder<T>>(sql) : connection.QuerySingle<Holder<T>>(sql)).Value;
    }

    private Task<Table> TableAsync(StoredAs stored) => Database.TableAsync($"id bigint primary key, value {stored.Column} null");

    private Task<Table> KindsAsync() => Database.TableAsync(
        $"id bigint primary key, code {ColumnOf("Guid")}, moment {ColumnOf("DateTimeOffset, UTC")}, birthday {ColumnOf("DateOnly")}, alarm {ColumnOf("TimeOnly")}, span {ColumnOf("TimeSpan")}");

    private string ColumnOf(string kind) => Database.Types[kind].Column + " null";

    private static string ById(Table table, int id) => $"select value from {table.Name} where id = {id.ToString(CultureInfo.InvariantCulture)}";

    private static void AssertSame<T>(T expected, T actual)
    {
        Assert.Equal(expected, actual);
        if (expected is DateTime moment)
        {
            Assert.Equal(moment.Kind, ((DateTime)(object)actual!).Kind);
        }
        else if (expected is DateTimeOffset offset)
        {
            Assert.Equal(offset.Offset, ((DateTimeOffset)(object)actual!).Offset);
        }
    }

    private sealed class Holder<T>
    {
        public T? Value { get; set; }
    }

    private sealed class NullableHolder<T>
        where T : struct
    {
        public T? Value { get; set; }
    }

    private sealed record AllTypes(long Id, Guid? Code, DateTimeOffset? Moment, DateOnly? Birthday, TimeOnly? Alarm, TimeSpan? Span);

    private sealed class AllMembers
    {
        public long Id { get; set; }

        public Guid? Code { get; set; }

        public DateTimeOffset? Moment { get; set; }

        public DateOnly? Birthday { get; set; }

        public TimeOnly? Alarm { get; set; }

        public TimeSpan? Span { get; set; }

        public AllTypes All => new(Id, Code, Moment, Birthday, Alarm, Span);
    }
}
