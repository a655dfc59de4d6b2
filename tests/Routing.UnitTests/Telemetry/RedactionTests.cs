using Routing.Diagnostics;
using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Statements;

namespace Routing.UnitTests.Telemetry;

/// <summary>Texts as telemetry shows them: without anybody's data.</summary>
public sealed class RedactionTests
{
    [Theory]
    [InlineData("select * from t where a = 'x' and b = 1.5e3", "select * from t where a = ? and b = ?")]
    [InlineData("select 'it''s', E'a\\'b', $$body$$, $tag$a $$ b$tag$, U&'d', b'01', x'ff'", "select ?, ?, ?, ?, ?, ?, ?")]
    [InlineData("select -- 'x'\n a /* 'y' /* nested */ */ from t", "select a from t")]
    [InlineData("select \"Quoted Name\" from \"Some Table\" where id = $1 and n = @p0", "select \"Quoted Name\" from \"Some Table\" where id = $1 and n = @p0")]
    [InlineData("alter role app password 'secret'", "alter role app password ?")]
    [InlineData("select a[1], '{1,2}'::int[], interval '1 day', -5", "select a[?], ?::int[], interval ?, -?")]
    [InlineData("do $$ begin perform 'secret'; end $$", "do ?")]
    [InlineData("select t1.c2 from t1", "select t1.c2 from t1")]
    public void In_PostgreSQLs_texts_literals_become_question_marks(string text, string redacted) =>
        Assert.Equal(redacted, PostgreSqlSyntax.Classifier.Redact(text));

    [Theory]
    [InlineData("select \"a\".\"b\" as \"c\" from \"t\" join \"u\" on x = \"secret\"", "select \"a\".\"b\" as \"c\" from \"t\" join \"u\" on x = ?")]
    [InlineData("insert into \"t\" (id) values (\"secret\")", "insert into \"t\" (id) values (?)")]
    [InlineData("select [a b], `c` from t where n = ?1 and m = :m and s = x'00'", "select [a b], `c` from t where n = ?1 and m = :m and s = ?")]
    public void SQLite_takes_what_is_in_double_quotes_for_a_string_when_it_is_no_name(string text, string redacted) =>
        Assert.Equal(redacted, SqliteSyntax.Classifier.Redact(text));

    [Theory]
    [InlineData("select 'never ended")]
    [InlineData("select /* never ended")]
    public void A_text_that_cannot_be_read_is_not_shown(string text)
    {
        Assert.Null(PostgreSqlSyntax.Classifier.Redact(text));
        Assert.Null(PostgreSqlSyntax.Classifier.Redact("select $x$ never ended"));
        Assert.Null(SqliteSyntax.Classifier.Redact(text));
    }

    [Fact]
    public void A_classifier_of_somebody_else_shows_nothing() => Assert.Null(((IStatementClassifier)new Foreign()).Redact("select 1"));

    [Fact]
    public void Only_the_first_names_get_through_whoever_asks_at_once()
    {
        var names = new BoundedNames(10);
        Parallel.For(0, 1000, i => names.Of("n" + (i % 50)));
        var through = Enumerable.Range(0, 50).Count(i => names.Of("n" + i) != BoundedNames.Other);

        Assert.InRange(through, 1, 10);
        Assert.Equal(BoundedNames.Other, new BoundedNames(0).Of("x"));
    }

    private sealed class Foreign : IStatementClassifier
    {
        public Statement Classify(string text) => throw new NotSupportedException();
    }
}
