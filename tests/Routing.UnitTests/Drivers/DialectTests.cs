using Routing.Providers.MySql;
using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Providers.SqlServer;

namespace Routing.UnitTests.Drivers;

/// <summary>What each engine's dialect writes, side by side. That the engines understand it is for the conformance suites.</summary>
public sealed class DialectTests
{
    private static readonly Dialect[] All = [PostgreSqlDialect.Instance, MySqlDialect.Instance, SqlServerDialect.Instance, SqliteDialect.Instance];

    private enum Colour : byte
    {
        Red = 1,
        Green = 2,
    }

    [Fact]
    public void Names_are_quoted_so_that_nothing_in_them_ends_the_quotes()
    {
        const string Hostile = "a\"b`c[d]e'f; drop table x --";
        Each(
            static dialect => dialect.Quote(Hostile),
            "\"a\"\"b`c[d]e'f; drop table x --\"",
            "`a\"b``c[d]e'f; drop table x --`",
            "[a\"b`c[d]]e'f; drop table x --]",
            "`a\"b``c[d]e'f; drop table x --`");
        Each(static dialect => dialect.Name("shop", "my orders", "id").ToString(), "\"shop\".\"my orders\".\"id\"", "`shop`.`my orders`.`id`", "[shop].[my orders].[id]", "`shop`.`my orders`.`id`");
        Each(static dialect => dialect.Parameter("id_1"), "@id_1", "@id_1", "@id_1", "@id_1");
    }

    [Fact]
    public void Limits_are_those_of_the_engines()
    {
        Each(static dialect => dialect.MaxParameters, 65_535, 65_535, 2_098, 32_766);
        Each(static dialect => dialect.MaxRowsPerInsert, int.MaxValue, int.MaxValue, 1_000, int.MaxValue);
        Each(static dialect => dialect.RowsPerInsert(2), 32_767, 32_767, 1_000, 16_383);
        Each(static dialect => dialect.RowsPerInsert(10), 6_553, 6_553, 209, 3_276);
        Each(static dialect => dialect.RowsPerInsert(66_000), 0, 0, 0, 0);
        Each(static dialect => dialect.MaxNameLength, 63, 64, 128, int.MaxValue);
    }

    [Fact]
    public void Lengths_of_names_are_counted_as_the_engine_counts_them()
    {
        // Twenty-one euro signs are sixty-three bytes.
        PostgreSqlDialect.Instance.Quote(new string('\u20AC', 21));
        Assert.Throws<ArgumentException>(static () => PostgreSqlDialect.Instance.Quote(new string('\u20AC', 22)));
        MySqlDialect.Instance.Quote(new string('\u20AC', 64));
        Assert.Throws<ArgumentException>(static () => MySqlDialect.Instance.Quote(new string('\u20AC', 65)));
        SqlServerDialect.Instance.Quote(new string('\u20AC', 128));
        Assert.Throws<ArgumentException>(static () => SqlServerDialect.Instance.Quote(new string('\u20AC', 129)));
        SqliteDialect.Instance.Quote(new string('\u20AC', 1000));
    }

    [Fact]
    public void Pages()
    {
        Each(static dialect => dialect.Page(0, 10), "limit @p0", "limit @p0", "offset @p0 rows fetch next @p1 rows only", "limit @p0");
        Each(static dialect => dialect.Page(20, 10), "limit @p0 offset @p1", "limit @p0 offset @p1", "offset @p0 rows fetch next @p1 rows only", "limit @p0 offset @p1");
        Assert.Throws<ArgumentOutOfRangeException>(static () => SqliteDialect.Instance.Page(-1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(static () => SqliteDialect.Instance.Page(0, 0));
    }

    [Fact]
    public void Words()
    {
        Each(static dialect => dialect.True.ToString(), "true", "true", "cast(1 as bit)", "1");
        Each(static dialect => dialect.False.ToString(), "false", "false", "cast(0 as bit)", "0");
        Each(static dialect => dialect.UtcNow.ToString(), "statement_timestamp()", "utc_timestamp(6)", "sysutcdatetime()", "strftime('%Y-%m-%d %H:%M:%f', 'now')");
        Each(static dialect => dialect.Concat(Sql.Format($"name"), Sql.Format($"{"x"}")), "(name || @p0)", "concat(name, @p0)", "(name + @p0)", "(name || @p0)");
    }

    [Fact]
    public void Locks_of_rows()
    {
        Each(static dialect => Both(dialect.LockRows()), "| for update", "| for update", "with (updlock, rowlock) |", "|");
        Each(static dialect => Both(dialect.LockRows(WhenLocked.Skip)), "| for update skip locked", "| for update skip locked", "with (updlock, rowlock, readpast) |", "|");
        Each(static dialect => Both(dialect.LockRows(WhenLocked.Fail)), "| for update nowait", "| for update nowait", "with (updlock, rowlock, nowait) |", "|");
    }

    [Fact]
    public void Lists_are_arrays_or_for_each_value_a_parameter()
    {
        var column = Sql.Raw("id");
        Each(dialect => dialect.In(column, [1, 2]), "id = any(@p0)", "id in @p0", "id in @p0", "id in @p0");
        Assert.Equal(new[] { 1, 2 }, ListOf(column, [1, 2]));
        Assert.Equal(new[] { 1, 2 }, ListOf<int?>(column, [1, null, 2]));
        Assert.Equal(new[] { "a", "b" }, ListOf(column, ["a", null, "b"]));
        Assert.Equal(new[] { 1, 2 }, ListOf<byte>(column, [1, 2]));
        Assert.Equal(new[] { 1L, 2L }, ListOf<uint?>(column, [1, null, 2]));
        Assert.Equal(new[] { 1m, ulong.MaxValue }, ListOf<ulong>(column, [1, ulong.MaxValue]));
        Assert.Equal(new[] { "a", "b" }, ListOf(column, "ab"));
        Assert.Equal(new[] { 1, 2 }, ListOf(column, [Colour.Red, Colour.Green]));
        Assert.Equal(new[] { 2 }, ListOf<Colour?>(column, [null, Colour.Green]));
        Assert.Equal(new[] { 3 }, ListOf(column, [DayOfWeek.Wednesday]));
        Assert.Equal(Array.Empty<string>(), ListOf(column, Array.Empty<string>()));
    }

    [Fact]
    public void Inserts()
    {
        Each(
            static dialect => dialect.InsertReturningKey(Sql.Raw("t"), "id", ["a", "b"], 1, null),
            "insert into t (\"a\", \"b\") values (@p0, @p1) returning \"id\"",
            "insert into t (`a`, `b`) values (@p0, @p1); select last_insert_id()",
            "insert into t ([a], [b]) output inserted.[id] values (@p0, @p1)",
            "insert into t (`a`, `b`) values (@p0, @p1) returning `id`");
        Each(
            static dialect => dialect.Upsert(Sql.Raw("t"), ["k"], ["k", "a"], [1, 2], [3, 4]),
            "insert into t (\"k\", \"a\") values (@p0, @p1), (@p2, @p3) on conflict (\"k\") do update set \"a\" = excluded.\"a\"",
            "insert into t (`k`, `a`) values (@p0, @p1), (@p2, @p3) on duplicate key update `a` = values(`a`)",
            "merge into t with (holdlock) as target using (values (@p0, @p1), (@p2, @p3)) as source ([k], [a]) on target.[k] = source.[k] when matched then update set [a] = source.[a] when not matched then insert ([k], [a]) values (source.[k], source.[a]);",
            "insert into t (`k`, `a`) values (@p0, @p1), (@p2, @p3) on conflict (`k`) do update set `a` = excluded.`a`");
        Each(
            static dialect => dialect.Upsert(Sql.Raw("t"), ["k", "l"], ["k", "l"], [1, 2]),
            "insert into t (\"k\", \"l\") values (@p0, @p1) on conflict (\"k\", \"l\") do nothing",
            "insert into t (`k`, `l`) values (@p0, @p1) on duplicate key update `k` = `k`",
            "merge into t with (holdlock) as target using (values (@p0, @p1)) as source ([k], [l]) on target.[k] = source.[k] and target.[l] = source.[l] when not matched then insert ([k], [l]) values (source.[k], source.[l]);",
            "insert into t (`k`, `l`) values (@p0, @p1) on conflict (`k`, `l`) do nothing");
    }

    [Fact]
    public void Documents() => Each(
        static dialect => dialect.JsonText(Sql.Raw("doc"), "a", "b c"),
        "((doc)::jsonb #>> @p0)",
        "(case json_type(json_extract(doc, @p0)) when 'NULL' then null else json_unquote(json_extract(doc, @p1)) end)",
        "coalesce(json_value(doc, @p0), json_query(doc, @p1))",
        "(case json_type(doc, @p0) when 'true' then 'true' when 'false' then 'false' else cast(json_extract(doc, @p1) as text) end)");

    [Fact]
    public void A_path_is_one_value()
    {
        var sent = SqliteDialect.Instance.JsonText(Sql.Raw("doc"), "a", "b c");
        Assert.Equal("$.\"a\".\"b c\"", sent.Values[0]);
        Assert.Equal(["a", "b c"], Assert.IsType<string[]>(PostgreSqlDialect.Instance.JsonText(Sql.Raw("doc"), "a", "b c").Values[0]));
    }

    private static void Each<T>(Func<Dialect, T> write, params T[] expected) => Assert.Equal(expected, All.Select(write));

    private static void Each(Func<Dialect, SqlFragment> write, params string[] expected) => Assert.Equal(expected, All.Select(dialect => write(dialect).ToString()));

    private static object ListOf<T>(RawSql column, IEnumerable<T> values) => PostgreSqlDialect.Instance.In(column, values).Values[0]!;

    private static string Both(RowLock locks) => $"{locks.AfterTable} | {locks.AtEnd}".Trim();
}
