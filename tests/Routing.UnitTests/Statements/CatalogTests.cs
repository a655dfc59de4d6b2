using Routing.Providers.PostgreSql;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

/// <summary>What follows from a database's definitions. Each doubt must reach everything that uses the doubtful thing, and nothing else.</summary>
public sealed class CatalogTests
{
    private readonly CatalogBuilder _builder = new(PostgreSqlSyntax.Classifier);

    public CatalogTests()
    {
        foreach (var table in new[] { "plain", "watched", "other" })
        {
            _builder.AddRelation(table, "public", table);
        }

        _builder.Distrust("watched", CatalogUse.Write);
    }

    [Theory]
    [InlineData("select * from plain", true)]
    [InlineData("select * from public.plain p join other using (id)", true)]
    [InlineData("select * from elsewhere.plain", false)]
    [InlineData("select * from unknown", false)]
    [InlineData("insert into plain values (1)", true)]
    [InlineData("insert into watched values (1)", false)]
    [InlineData("select * from watched", true)]
    [InlineData("with w as (delete from watched returning *) select * from w", false)]
    [InlineData("select nextval('s')", true)]
    [InlineData("select set_config('a.b', 'c', false)", false)]
    [InlineData("select my_function(1)", false)]
    [InlineData("do $$ begin end $$", false)]
    [InlineData("select 1; insert into watched values (1)", false)]
    [InlineData("show work_mem", true)]
    [InlineData("notify x", true)]
    public void Text_is_proven_or_not(string text, bool isProven) => Assert.Equal(isProven, IsProven(text));

    [Fact]
    public void Doubt_goes_from_function_to_view_to_view_and_not_further()
    {
        _builder.AddFunction("f", "leave");
        _builder.Distrust("f", CatalogUse.Read);
        View("doubtful", "select public.leave() from public.plain");
        View("above", "select * from public.doubtful");
        View("harmless", "select lower(name) from public.plain");

        Assert.False(IsProven("select * from doubtful"));
        Assert.False(IsProven("select * from above"));
        Assert.True(IsProven("select * from harmless"));
        Assert.True(IsProven("select * from plain"));
    }

    [Fact]
    public void Function_of_the_database_is_proven_by_its_body()
    {
        Function("pure", "select $1 + (select count(*) from plain)");
        Function("calls_pure", "select pure(1)");
        Function("recursive", "select case when $1 = 0 then 0 else recursive($1 - 1) end");
        Function("writes", "insert into plain values (1)");
        Function("counts", "select nextval('s')");
        Function("sets", "select set_config('a', 'b', false)");
        Function("calls_sets", "select sets()");
        Function("unknown", "select elsewhere()");

        foreach (var proven in new[] { "pure", "calls_pure", "recursive" })
        {
            Assert.True(IsProven($"select {proven}(1)"), proven);
        }

        foreach (var doubtful in new[] { "writes", "counts", "sets", "calls_sets", "unknown" })
        {
            Assert.False(IsProven($"select {doubtful}(1)"), doubtful);
        }
    }

    /// <summary>A function of one argument that is a row can be called as a column, and a type by a mere literal.</summary>
    [Fact]
    public void Doubtful_name_counts_without_a_parenthesis()
    {
        _builder.AddFunction("f", "leave");
        _builder.Distrust("f", CatalogUse.Read);
        _builder.AddType("t", "checked");
        _builder.Distrust("t", CatalogUse.Read);

        Assert.False(IsProven("select p.leave from plain p"));
        Assert.False(IsProven("select p.LEAVE from plain p"));
        Assert.False(IsProven("select checked 'x'"));
        Assert.False(IsProven("select 'x'::public.\"checked\""));
        Assert.True(IsProven("select 'leave' from plain"));
    }

    [Fact]
    public void Doubtful_overload_of_a_harmless_name_takes_the_name_along()
    {
        _builder.AddFunction("f", "lower");
        Assert.True(IsProven("select lower(name) from plain"));

        _builder.Distrust("f", CatalogUse.Read);
        Assert.False(IsProven("select lower(name) from plain"));
    }

    [Fact]
    public void Relations_of_one_name_are_one_unless_the_schema_is_given()
    {
        _builder.AddRelation("tenant.plain", "tenant", "plain");
        _builder.Distrust("tenant.plain", CatalogUse.Any);

        Assert.False(IsProven("select * from plain"));
        Assert.False(IsProven("select * from tenant.plain"));
    }

    [Fact]
    public void Parent_is_as_doubtful_as_its_children()
    {
        _builder.AddRelation("part", "public", "part");
        _builder.DependsOn("plain", CatalogUse.Write, "part", CatalogUse.Write);
        _builder.DependsOn("part", CatalogUse.Write, "watched", CatalogUse.Write);

        Assert.False(IsProven("insert into plain values (1)"));
        Assert.True(IsProven("select * from plain"));
    }

    [Fact]
    public void Default_may_count_and_nothing_else()
    {
        _builder.Runs("plain", CatalogUse.Write, "SELECT nextval('s'::regclass)", mayAdvanceSequences: true);
        _builder.Runs("other", CatalogUse.Write, "SELECT set_config('a'::text, 'b'::text, false)", mayAdvanceSequences: true);

        Assert.True(IsProven("insert into plain values (1)"));
        Assert.False(IsProven("insert into other values (1)"));
        Assert.True(IsProven("select * from other"));
    }

    [Fact]
    public void Operator_shows_by_its_sign_and_a_comparison_by_nothing()
    {
        Function("pure", "select true");
        _builder.AddOperator("===", "pure");
        Assert.True(IsProven("select * from plain where a === b"));

        _builder.AddOperator("<~>", "nobody");
        Assert.False(IsProven("select 1"));
    }

    [Fact]
    public void Doubtful_sign_spoils_the_texts_it_stands_in()
    {
        _builder.AddOperator("@@@", "nobody");
        Assert.False(IsProven("select * from plain where a @@@ b"));
        Assert.True(IsProven("select * from plain where a @@ b"));
    }

    [Fact]
    public void Doubtful_type_spoils_what_has_parameters()
    {
        _builder.AddType("t", "checked");
        _builder.Runs("t", CatalogUse.Any, "SELECT unknown_function(VALUE)");

        Assert.False(IsProven("select * from plain where id = @id"));
        Assert.True(IsProven("select * from plain where id = 1"));
    }

    [Fact]
    public void Cast_that_is_not_proven_spoils_everything()
    {
        Function("f", "select 1");
        _builder.AddEverywhere("f", "a cast");
        Assert.True(IsProven("select 1"));

        _builder.AddEverywhere("nobody", "a cast");
        Assert.False(IsProven("select 1"));
    }

    /// <summary>The proof is kept with its statement, per catalog; it takes no part in comparing statements.</summary>
    [Fact]
    public void Proof_is_kept_for_its_catalog_and_its_text()
    {
        var statement = PostgreSqlSyntax.Classifier.Classify("select 1");
        var same = PostgreSqlSyntax.Classifier.Classify("select 1");
        var catalog = _builder.Build();
        var proof = statement.Proof.Keep(new CatalogProof(catalog, statement.Text, IsClean: true));

        Assert.Same(proof, statement.Proof.Of(statement.Text, catalog));
        Assert.Null(statement.Proof.Of(statement.Text, _builder.Build()));
        Assert.Null((statement with { Text = "drop table t" }).Proof.Of("drop table t", catalog));
        Assert.Equal(statement, same);
        Assert.Equal(statement.GetHashCode(), same.GetHashCode());
    }

    private void View(string name, string text)
    {
        _builder.AddRelation(name, "public", name);
        _builder.Distrust(name, CatalogUse.Write);
        _builder.Runs(name, CatalogUse.Read, text);
    }

    private void Function(string name, string body)
    {
        _builder.AddFunction(name, name);
        _builder.Runs(name, CatalogUse.Read, body);
    }

    private bool IsProven(string text) => PostgreSqlSyntax.Classifier.Doubt(text, _builder.Build()) is null;
}
