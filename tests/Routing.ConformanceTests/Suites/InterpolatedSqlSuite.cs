namespace Routing.ConformanceTests.Suites;

/// <summary>Interpolated texts: what stands in a hole is data, whatever it looks like; only <see cref="Sql.Raw"/> is text.</summary>
public abstract class InterpolatedSqlSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string ConstantAttempt = "1; drop table constants";

    public static TheoryData<string> Attempts =>
    [
        "'; drop table victims; --",
        "' or '1' = '1",
        "\"; delete from victims; \"",
        "1; delete from victims",
        "0 union select 'stolen'",
        "/* delete from victims */",
        "*/ delete from victims /*",
        "-- the rest is a comment\n delete from victims",
        "# the rest\r\n",
        "\\'; delete from victims; --",
        "$$; delete from victims; $$",
        "$tag$ text $tag$",
        "E'\\x27'",
        "`quoted` [quoted] {0} {{1}}",
        "@p0 @p1 :p0 $1 ?1 ?",
        "100% _ like [a-z]",
        "\u2019; delete from victims; --",
        "\u02BC or \u02BC1\u02BC = \u02BC1",
        "\uFF07; drop table victims; --",
        "\u201Cdouble\u201D \u00B4acute\u00B4",
        "\u0131\u0130 \u017F \u212A",
        "",
        " ",
        "null",
    ];

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task What_stands_in_a_hole_stays_data(string attempt)
    {
        var victims = await Database.TableAsync($"id bigint primary key, name {Database.Text} not null");
        await Db.ExecuteAsync($"insert into {victims.Raw} values ({1}, {"bystander"})");

        await Db.ExecuteAsync($"insert into {victims.Raw} values ({2}, {attempt})");
        Assert.Equal(attempt, await Db.QuerySingleAsync<string>($"select name from {victims.Raw} where id = {2}"));
        Assert.Equal([2], await Db.QueryAsync<long>($"select id from {victims.Raw} where name = {attempt}"));
        Assert.Equal([2], await Db.QueryAsync<long>($"select id from {victims.Raw} where name in ({attempt}, {"nobody"})"));
        Assert.Equal([2], await Db.QueryAsync<long>($"select id from {victims.Raw} where {Sql.Format($"name = {attempt}")}"));
        Assert.Equal(1, await Db.ExecuteAsync($"update {victims.Raw} set name = {attempt} where name = {attempt}"));
        Assert.Equal(attempt, Db.QuerySingle<string>($"select name from {victims.Raw} where id = {2}"));
        Assert.Equal(["bystander", attempt], await Db.QueryAsync<string>($"select name from {victims.Raw} order by id"));
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task What_comes_as_an_argument_stays_data(string attempt)
    {
        var victims = await Database.TableAsync($"id bigint primary key, name {Database.Text} not null");
        var insert = $"insert into {victims.Name} values (@id, @name)";
        var find = $"select id from {victims.Name} where name = @attempt";
        await Db.ExecuteAsync(insert, new { id = 1, name = "bystander" });

        await Db.ExecuteAsync(insert, new Dictionary<string, object?> { ["id"] = 2, ["name"] = attempt });
        Assert.Equal([2], await Db.QueryAsync<long>(find, new { attempt }));
        Assert.Equal(["bystander", attempt], await Db.QueryAsync<string>($"select name from {victims.Raw} order by id"));
    }

    [Fact]
    public async Task A_constant_in_a_hole_is_data_too()
    {
        Assert.Equal(ConstantAttempt, await Db.QuerySingleAsync<string>($"select {ConstantAttempt}"));
        Assert.Equal(ConstantAttempt, Db.QuerySingle<string>($"select {ConstantAttempt}"));
        Assert.Equal(ConstantAttempt, await Db.ExecuteScalarAsync<string>($"select {ConstantAttempt}"));
    }

    [Fact]
    public async Task A_hole_inside_quotes_never_shows_its_value()
    {
        var victims = await Database.TableAsync($"id bigint primary key, name {Database.Text} not null");
        await Db.ExecuteAsync($"insert into {victims.Raw} values ({1}, {"bystander"})");
        Assert.Equal("@p0", await Db.QuerySingleAsync<string>($"select '{"' || (select name from victims) || '"}'"));
    }

    [Fact]
    public async Task A_character_of_zero_is_kept_or_refused_but_never_the_end_of_the_text()
    {
        var table = await Database.TableAsync($"id bigint primary key, name {Database.Text} not null");
        try
        {
            await Db.ExecuteAsync($"insert into {table.Raw} values ({1}, {"before\0after"})");
        }
        catch (Exception error) when (Database.IsRefusedText(error))
        {
            Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {table.Raw}"));
            return;
        }

        Assert.Equal("before\0after", await Db.QuerySingleAsync<string>($"select name from {table.Raw}"));
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {table.Raw} where name = {"before\0after"}"));
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {table.Raw} where name = {"before"}"));
    }

    [Fact]
    public async Task Raw_goes_in_as_text()
    {
        var items = await Database.ItemsAsync(3);
        var direction = Sql.Raw("desc");
        Assert.Equal([3, 2], await Db.QueryAsync<long>($"select id from {items.Raw} where id > {1} order by id {direction}"));
    }

    [Fact]
    public async Task Fragments_bring_their_values_along_wherever_they_go()
    {
        var items = await Database.ItemsAsync(6);
        var low = Sql.Format($"id > {2}");
        var range = Sql.Format($"({low} and id < {6})");
        Assert.Equal(
            [3, 5],
            await Db.QueryAsync<long>($"select id from {items.Raw} where amount <> {40} and {range} and {range} {Sql.Empty} and {low} order by id {Database.Limit(10)}"));
    }

    [Fact]
    public async Task Hidden_sql_is_refused()
    {
        object hidden = Sql.Raw("1");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Db.QueryAsync<int>($"select {1}, {hidden}"));
        Assert.Equal("Hole 1 of the statement holds SQL typed as Object; give it as RawSql or SqlFragment, so that it is not mistaken for a value. [RTG0505]", error.Message);

        var empty = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Db.QueryAsync<int>($"select {default(RawSql)}"));
        Assert.Equal("A default RawSql holds no text; make it with Sql.Raw(text). [RTG0505]", empty.Message);
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Db.QueryAsync<int>($"select 1 {(SqlFragment)null!}"));
    }

    [Fact]
    public async Task Holes_may_touch_the_text_around_them()
    {
        var items = await Database.ItemsAsync(6);
        Assert.Equal([3], await Db.QueryAsync<long>($"select id from {items.Raw} where(id={3})and amount={30}order by id {Database.Limit(1)}"));
        Assert.Equal([4], await Db.QueryAsync<long>($"select id from {items.Raw} where id>{3}and id<{5}"));
    }

    [Fact]
    public async Task Hundreds_of_holes_keep_their_order()
    {
        var items = await Database.ItemsAsync(400);
        var condition = Sql.Empty;
        for (var id = 1L; id <= 300; id++)
        {
            condition = condition.IsEmpty ? Sql.Format($"id = {id}") : Sql.Format($"{condition} or id = {id}");
        }

        Assert.Equal(300, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where {condition}"));
    }

    [Fact]
    public async Task One_text_takes_values_of_changing_types()
    {
        var table = await Database.TableAsync($"id bigint primary key, name {Database.Text}");
        object?[] names = ["text", null, "more", null, null, "end"];
        for (var i = 0; i < names.Length; i++)
        {
            await Db.ExecuteAsync($"insert into {table.Raw} values ({i}, {names[i]})");
        }

        Assert.Equal(names, await Db.QueryAsync<string?>($"select name from {table.Raw} order by id"));
    }
}
