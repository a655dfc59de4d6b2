using System.Data.Common;
using Routing.Providers.MySql;

namespace Routing.ConformanceTests.MySql;

/// <summary>Columns that only MySQL and MariaDB have, as docs/engines/types.md speaks of them.</summary>
public sealed class MySqlColumnsTests(MySqlConformanceDatabase database) : IClassFixture<MySqlConformanceDatabase>
{
    private const int TooLarge = 1264;
    private const int TooLong = 1406;
    private const int NoCharacter = 1366;
    private const int NotChecked = 4025;

    private static readonly Guid Key = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private IRoutingDatabase Db => database.Host.Database;

    [Theory, SyncAndAsync]
    public async Task Texts_are_utf8mb4_everywhere(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, value varchar(10), narrow varchar(10) character set latin1");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, '𝄞 ☃ 😀', null)", args: null);
        await verbs.Execute(Db, $"insert into {table.Raw} values (2, {"𝄞 ☃ 😀"}, {"ß"})");
        Assert.Equal(["𝄞 ☃ 😀", "𝄞 ☃ 😀"], await verbs.Query<string>(Db, $"select value from {table.Raw}"));
        Assert.Equal(5, await verbs.Scalar<int>(Db, $"select char_length(value) from {table.Raw} where id = 1 and value = {"𝄞 ☃ 😀"}"));
        Assert.Equal("utf8mb4", await verbs.Scalar<string>(Db, $"select character_set_name from information_schema.columns where table_schema = database() and table_name = {table.Name} and column_name = 'value'"));
        Assert.Equal("ß", await verbs.Scalar<string>(Db, $"select narrow from {table.Raw} where id = 2"));
        await ThrowsAsync(NoCharacter, () => verbs.Execute(Db, $"update {table.Raw} set narrow = {"☃"} where id = 2"));
    }

    [Theory, SyncAndAsync]
    public async Task Unsigned_numbers_are_whole_and_never_negative(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, value bigint unsigned");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {ulong.MaxValue})");
        Assert.Equal(ulong.MaxValue, await verbs.Scalar<ulong>(Db, $"select max(value) from {table.Raw}"));
        Assert.Equal((decimal)ulong.MaxValue, await verbs.QuerySingle<decimal>(Db, $"select value from {table.Raw}"));
        Assert.Equal(1, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw} where value = {ulong.MaxValue}"));
        await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<long>(Db, $"select value from {table.Raw}"));
        await ThrowsAsync(TooLarge, () => verbs.Execute(Db, $"insert into {table.Raw} values (2, {-1L})"));
        await ThrowsAsync(TooLarge, () => verbs.Execute(Db, $"insert into {table.Raw} values (2, {(decimal)ulong.MaxValue + 1})"));
    }

    [Theory, SyncAndAsync]
    public async Task Tinyint_of_one_digit_is_true_or_false(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, flag tinyint(1), small tinyint");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {true}, {5}), (2, {5}, {(sbyte)-5})");
        Assert.Equal([(true, (sbyte)5), (true, (sbyte)-5)], await verbs.Query<(bool, sbyte)>(Db, $"select flag, small from {table.Raw} order by id"));
        Assert.Equal(1, await verbs.QuerySingle<int>(Db, $"select flag from {table.Raw} where id = 2"));
        Assert.Equal(5, await verbs.QuerySingle<int>(Db, $"select flag + 0 from {table.Raw} where id = 2"));
    }

    [Theory, SyncAndAsync]
    public async Task Identifiers_are_texts_or_bytes(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, text char(36), bytes binary(16)");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {Key}, {Key.ToByteArray()})");
        Assert.Equal(Key, await verbs.QuerySingle<Guid>(Db, $"select text from {table.Raw}"));
        Assert.Equal(Key, await verbs.QuerySingle<Guid>(Db, $"select bytes from {table.Raw}"));
        Assert.Equal(Key.ToByteArray(), await verbs.QuerySingle<byte[]>(Db, $"select bytes from {table.Raw}"));
        Assert.Equal((Key, (Guid?)Key), await verbs.QuerySingle<(Guid, Guid?)>(Db, $"select text, bytes from {table.Raw}"));
        Assert.Equal(Key.ToString(), await verbs.Scalar<string>(Db, $"select concat(text, '') from {table.Raw} where bytes = {Key.ToByteArray()}"));
        await verbs.Execute(Db, $"update {table.Raw} set text = {"none"}");
        await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<Guid>(Db, $"select text from {table.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Moments_have_the_digits_that_are_declared(Verbs verbs)
    {
        var moment = new DateTime(2026, 2, 28, 23, 59, 58, DateTimeKind.Unspecified).AddTicks(9876540);
        var table = await database.TableAsync("id int primary key, fine datetime(6), coarse datetime, stamp timestamp(6) null");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {moment}, {moment}, {moment})");
        Assert.Equal((moment, moment.AddTicks(-9876540)), await verbs.QuerySingle<(DateTime, DateTime)>(Db, $"select fine, coarse from {table.Raw}"));
        Assert.Equal(moment, await verbs.QuerySingle<DateTime>(Db, $"select stamp from {table.Raw}"));
        Assert.Equal(new DateTimeOffset(moment, TimeSpan.Zero), await verbs.QuerySingle<DateTimeOffset>(Db, $"select stamp from {table.Raw}"));
        Assert.Equal(new DateTimeOffset(moment.AddHours(-2), TimeSpan.Zero), await verbs.QuerySingle<DateTimeOffset>(Db, "select '2026-02-28T23:59:58.987654+02:00'", args: null));
        Assert.Equal(DateOnly.FromDateTime(moment), await verbs.QuerySingle<DateOnly>(Db, $"select fine from {table.Raw}"));
    }

    /// <summary>What MySql.Data's own reader gives is the year 1, and no seconds' fraction.</summary>
    [Theory, SyncAndAsync]
    public async Task A_reader_makes_no_moment_of_what_is_none(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var reader = await verbs.Reader(connection.Command("select 7 as number, cast('12:00:00' as time) as span, cast('-30:00:00' as time) as back, now(6) as moment, null as nothing, unhex('00') as bytes"));
        Assert.True(await verbs.Read(reader));
        Assert.All([0, 1, 5], i => Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<DateTimeOffset>(i)));
        Assert.All([0, 1, 3], i => Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<DateOnly>(i)));
        Assert.All([0, 2, 3], i => Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<TimeOnly>(i)));
        Assert.Throws<InvalidCastException>(() => reader.GetFieldValue<DateTimeOffset>(4));
        Assert.Equal(new TimeOnly(12, 0), reader.GetFieldValue<TimeOnly>(1));
    }

    [Theory, SyncAndAsync]
    public async Task A_date_of_zeros_is_an_error_and_costs_no_connection(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, day date, moment datetime(6)");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, '0000-00-00', '0000-00-00 00:00:00')", args: null);
        await using (var session = Db.OpenSession())
        await using (var transaction = await verbs.Begin(session))
        {
            var connection = await transaction.ExecuteScalarAsync<long>("select connection_id()");
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<DateOnly>(transaction, $"select day from {table.Raw}"));
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<DateTime>(transaction, $"select moment from {table.Raw}"));
            await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<DateTimeOffset>(transaction, $"select moment from {table.Raw}"));
            Assert.Equal(connection, await transaction.ExecuteScalarAsync<long>("select connection_id()"));
        }

        await using var lenient = database.OpenWith("Convert Zero Datetime=true");
        Assert.Equal(DateTime.MinValue, await verbs.QuerySingle<DateTime>(lenient.Database, $"select moment from {table.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Decimals_are_exact_within_their_digits(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, value decimal(28, 10), narrow decimal(5, 2), huge decimal(65, 0)");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {123456789012345678.0123456789m}, {1.235m}, {Sql.Raw(new string('9', 65))})");
        Assert.Equal(123456789012345678.0123456789m, await verbs.QuerySingle<decimal>(Db, $"select value from {table.Raw}"));
        Assert.Equal(1.24m, await verbs.QuerySingle<decimal>(Db, $"select narrow from {table.Raw}"));
        await Assert.ThrowsAnyAsync<Exception>(() => verbs.QuerySingle<decimal>(Db, $"select huge from {table.Raw}"));
        Assert.Equal(new string('9', 65), await verbs.QuerySingle<string>(Db, $"select cast(huge as char) from {table.Raw}"));
        await ThrowsAsync(TooLarge, () => verbs.Execute(Db, $"update {table.Raw} set narrow = {1000m}"));
    }

    [Theory, SyncAndAsync]
    public async Task Blobs_and_texts_end_where_their_type_ends(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, bytes blob, many longblob, text text");
        byte[] most = [.. Enumerable.Range(0, 65535).Select(static i => (byte)i)];
        byte[] many = [.. Enumerable.Range(0, 1 << 20).Select(static i => (byte)(i >> 3))];
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {most}, {many}, {new string('x', 65535)})");
        Assert.Equal(most, await verbs.QuerySingle<byte[]>(Db, $"select bytes from {table.Raw}"));
        Assert.Equal(many, await verbs.QuerySingle<byte[]>(Db, $"select many from {table.Raw}"));
        await ThrowsAsync(TooLong, () => verbs.Execute(Db, $"update {table.Raw} set bytes = {(byte[])[.. most, 0]}"));
        await ThrowsAsync(TooLong, () => verbs.Execute(Db, $"update {table.Raw} set text = {new string('x', 65536)}"));
    }

    [Theory, SyncAndAsync]
    public async Task Documents_are_checked_texts(Verbs verbs)
    {
        var table = await database.TableAsync("id int primary key, value json");
        await verbs.Execute(Db, $"insert into {table.Raw} values (1, {"""{"text": "naïve 𝄞"}"""})");
        Assert.Equal("naïve 𝄞", await verbs.Scalar<string>(Db, $"select json_value(value, '$.text') from {table.Raw}"));
        await ThrowsAsync(NotChecked, () => verbs.Execute(Db, $"update {table.Raw} set value = {"{"}"));
    }

    private static async Task ThrowsAsync(int number, Func<Task> action) => Assert.Equal(number, MySqlClient.NumberOf(await Assert.ThrowsAnyAsync<DbException>(action)));
}
