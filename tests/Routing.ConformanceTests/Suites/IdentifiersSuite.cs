using Routing.Diagnostics;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Names of every kind, as <see cref="Dialect.Quote"/> writes them: each is exactly the name of a table and of a column, or is refused
/// before anything is sent.
/// </summary>
public abstract class IdentifiersSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private static int _tables;

    public static TheoryData<string> Names =>
    [
        "plain", "Mixed Case", "select", "order", "two words", " blank before", "blank after ", "tab\there", "line\r\nbreak",
        "double\"quote", "\"", "\"\"", "back`tick", "`", "``", "[brackets]", "]", "]]", "a]b", "single'quote", "'", "semi;colon",
        "; drop table bystanders; --", "\"; drop table bystanders; --", "`; drop table bystanders; --", "]; drop table bystanders; --",
        "-- comment", "/* comment */", "/*", "*/", "# hash", "back\\slash", "\\", "per%cent", "_", "%", "@p0", "$1", ":p0", "?", "{0}", "{{0}}",
        "a.b", ".", "1", "1st", "$", "naïve", "\u0395\u03BB\u03BB\u03B7\u03BD\u03B9\u03BA\u03AC", "\u65E5\u672C\u8A9E", "\u05E2\u05D1\u05E8\u05D9\u05EA", "\u202Ereversed",
        "\u200Bzero width", "\u00A0no-break", "\uFF02wide quote", "\u2019 ' \u02BC", "\U0001D11E clef", "\U0001F600", "bell\a", "\u0001", "\u007F", "", "zero\0inside", "half \uD834",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_is_exactly_the_name_or_is_refused(string name)
    {
        // A table of its own for each test; a number sign at its beginning would make it a temporary one on SQL Server.
        var tableName = $"t{Interlocked.Increment(ref _tables)}{name}";
        if (IsRefused(name) || IsRefused(tableName))
        {
            return;
        }

        var bystanders = await Database.ItemsAsync(1);
        var table = Db.Dialect.Name(tableName);
        var column = Db.Dialect.Name(name);
        await Db.ExecuteAsync($"create table {table} ({Sql.Raw(Database.Identity)}, {column} {Sql.Raw(Database.Text)})");
        await Database.SettleAsync();

        var id = await Db.ExecuteScalarAsync<long>($"{Db.Dialect.InsertReturningKey(table, "id", [name], "first")}");
        await Db.ExecuteAsync($"insert into {table} ({column}) values ({"second"})");
        Assert.Equal(1, await Db.ExecuteAsync($"update {table} set {column} = {"changed"} where {column} = {"first"}"));
        Assert.Equal(["changed", "second"], await Db.QueryAsync<string>($"select {column} from {table} order by {column}"));
        Assert.Equal("changed", Db.QuerySingle<string>($"select {Db.Dialect.Name("t", name)} from {table} t where t.id = {id}"));
        await using (var connection = await Db.DataSource.OpenConnectionAsync())
        {
            await using var command = connection.Command($"select {Db.Dialect.Quote(name)} from {Db.Dialect.Quote(tableName)} where id = {Db.Dialect.Parameter("id")}", ("id", id));
            Assert.Equal("changed", await command.ExecuteScalarAsync());
        }

        await Db.ExecuteAsync($"drop table {table}");
        Assert.Equal([1], await Db.QueryAsync<long>($"select id from {bystanders.Raw}"));
    }

    [Fact]
    public async Task The_longest_name_is_kept_whole_and_a_longer_one_refused()
    {
        var length = Math.Min(Db.Dialect.MaxNameLength, 300);
        var name = new string('n', length - 1);
        var table = await Database.TableAsync($"{Db.Dialect.Quote(name + "a")} bigint, {Db.Dialect.Quote(name + "b")} bigint");
        await Db.ExecuteAsync($"insert into {table.Raw} ({Db.Dialect.Name(name + "b")}, {Db.Dialect.Name(name + "a")}) values (2, 1)");
        Assert.Equal([(1L, 2L)], await Db.QueryAsync<(long, long)>($"select {Db.Dialect.Name(name + "a")}, {Db.Dialect.Name(name + "b")} from {table.Raw}"));
        Assert.True(Db.Dialect.MaxNameLength == int.MaxValue || IsRefused(name + "ab"));
    }

    /// <summary>SQLite takes a name in double quotes that it does not find for a text.</summary>
    [Fact]
    public async Task A_column_that_is_not_there_is_an_error_and_never_a_text()
    {
        var items = await Database.ItemsAsync(1);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await Db.QueryAsync<string>($"select {Db.Dialect.Name("nowhere")} from {items.Raw}"));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await Db.QueryAsync<long>($"select id from {items.Raw} where {Db.Dialect.Name("nowhere")} = {"nowhere"}"));
    }

    private bool IsRefused(string name)
    {
        try
        {
            Db.Dialect.Quote(name);
            return false;
        }
        catch (ArgumentException error)
        {
            Assert.Equal(ErrorCodes.NotInDialect, ErrorCodes.Of(error));
            return true;
        }
    }
}
