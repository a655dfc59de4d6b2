using System.Globalization;
using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Every .NET type that users store goes in by a parameter and comes back by a result as it was, or as docs/engines/types.md says,
/// or is refused with an error. Nothing is lost silently.
/// </summary>
public abstract class TypesSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
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
        Assert.Equal(Colour.Green, (await verbs.QuerySingle<Coloured>(Db, $"select id, value from {table.Raw}")).Value);
    }

    [Theory, SyncAndAsync]
    public async Task Documents(Verbs verbs)
    {
        const string Text = """{"text": "naïve 𝄞 \" \\", "number": 12345678901234.5, "list": [1, null, true]}""";
        var stored = Database.Types["JSON document"];
        var table = await TableAsync(stored);
        await verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {Write(stored, Text)})");
        var back = await verbs.QuerySingle<string>(Db, $"select value from {table.Raw}");
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(Text), System.Text.Json.Nodes.JsonNode.Parse(back)), back);
    }

    [Fact]
    public void The_page_says_how_each_type_is_stored_here() => TypesPage.AssertColumn(Database.GetType().Namespace!.Split('.')[^1], Database.Types);

    private static DateTime At(DateTimeKind kind) => new DateTime(2026, 2, 28, 23, 59, 58, kind).AddTicks(1234560);

    private static SqlFragment Write(StoredAs stored, object? value) => stored.Written?.Invoke(value) ?? Sql.Format($"{value}");

    private Task RoundTripAsync<T>(Verbs verbs, string kind, params T[] values)
        where T : struct => RoundTripAsync(verbs, kind, values, async sql => Assert.Null(await verbs.QuerySingle<T?>(Db, sql, args: null)));

    private Task RoundTripObjectsAsync<T>(Verbs verbs, string kind, params T[] values)
        where T : class => RoundTripAsync(verbs, kind, values, async sql => Assert.Null(await verbs.QuerySingle<T?>(Db, sql, args: null)));

    private async Task RoundTripAsync<T>(Verbs verbs, string kind, T[] values, Func<string, Task> assertNull)
        where T : notnull
    {
        var stored = Database.Types[kind];
        var table = await TableAsync(stored);
        if (stored.IsRefused)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(Db, $"insert into {table.Raw} values ({1}, {Write(stored, values[0])})"));
            Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw}"));
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            await verbs.Execute(Db, $"insert into {table.Raw} values ({i}, {Write(stored, value)})");
            var sql = $"select value from {table.Name} where id = {i.ToString(CultureInfo.InvariantCulture)}";
            await AssertComesBackAsync(verbs, stored, sql, stored.ComesBackAs is null ? value : (T)stored.ComesBackAs(value));
            if (stored.IsComparable)
            {
                Assert.Equal(i, await verbs.QuerySingle<int>(Db, $"select id from {table.Raw} where value = {Write(stored, value)} and id = {i}"));
            }
        }

        await verbs.Execute(Db, $"insert into {table.Raw} values ({-1}, {Write(stored, null)})");
        await assertNull($"select value from {table.Name} where id = -1");
        Assert.Equal(1, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw} where value is null"));
    }

    /// <summary>A way that cannot read the type says so by an error; it never gives another value.</summary>
    private async Task AssertComesBackAsync<T>(Verbs verbs, StoredAs stored, string sql, T expected)
    {
        // The first use of a text takes another way through the mapper than the later ones.
        for (var use = 0; use < 3; use++)
        {
            var reads = (
                Mapper: await ReadsAsync(expected, async () => await verbs.QuerySingle<T>(Db, sql, args: null)),
                Member: await ReadsAsync(expected, async () => (await verbs.QuerySingle<Holder<T>>(Db, sql, args: null)).Value),
                Scalar: await ReadsAsync(expected, () => verbs.Scalar<T>(Db, sql, args: null)),
                Reader: typeof(T).IsEnum || await ReadsAsync(expected, () => FieldAsync<T>(verbs, sql)));
            Assert.Equal((stored.MapperReads, stored.MemberReads, stored.ScalarReads, stored.ReaderReads), reads);
        }
    }

    private static async Task<bool> ReadsAsync<T>(T expected, Func<Task<T?>> read)
    {
        T? found;
        try
        {
            found = await read();
        }
        catch (Exception error) when (error is InvalidCastException or InvalidOperationException or System.Data.DataException or OverflowException or FormatException or ArgumentException)
        {
            return false;
        }

        AssertSame(expected, found!);
        return true;
    }

    private async Task<T?> FieldAsync<T>(Verbs verbs, string sql)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var reader = await verbs.Reader(connection.Command(sql));
        Assert.True(await verbs.Read(reader));
        return reader.GetFieldValue<T>(0);
    }

    private Task<Table> TableAsync(StoredAs stored) => Database.TableAsync($"id bigint primary key, value {stored.Column} null");

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
        else if (expected is decimal)
        {
            Assert.Equal(0, decimal.Compare((decimal)(object)expected, (decimal)(object)actual!));
        }
    }

    private sealed class Holder<T>
    {
        public T? Value { get; set; }
    }

    private sealed class Coloured
    {
        public Colour Value { get; set; }
    }
}
