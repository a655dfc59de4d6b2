using System.Text;
using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

/// <summary>Texts made to break a reader of texts. Whatever they do, the answer comes, in linear time, and is never Read by mistake.</summary>
public sealed class HostileTextTests
{
    private const int Many = 1_000_000;

    private static readonly IStatementClassifier[] Classifiers = [PostgreSqlSyntax.Classifier, SqliteSyntax.Classifier];

    private static readonly Dictionary<string, Func<string>> LongTexts = new(StringComparer.Ordinal)
    {
        ["parentheses that open"] = static () => new string('(', Many),
        ["parentheses that close"] = static () => "select " + new string(')', Many),
        ["balanced parentheses"] = static () => "select " + new string('(', Many / 2) + "1" + new string(')', Many / 2),
        ["brackets"] = static () => "select a" + new string('[', Many),
        ["comments that open"] = static () => string.Concat(Enumerable.Repeat("/*", Many / 2)),
        ["comments that nest"] = static () => "select 1 " + string.Concat(Enumerable.Repeat("/*", Many / 4)) + string.Concat(Enumerable.Repeat("*/", Many / 4)),
        ["line comments"] = static () => "select 1" + string.Concat(Enumerable.Repeat("--\n", Many / 3)),
        ["semicolons"] = static () => new string(';', Many),
        ["statements"] = static () => string.Concat(Enumerable.Repeat("select 1;", Many / 9)),
        ["quotes"] = static () => "select " + new string('\'', Many),
        ["double quotes"] = static () => "select " + new string('"', Many),
        ["backslashes in an escape string"] = static () => "select E'" + new string('\\', Many) + "'",
        ["continued escape strings"] = static () => "select E'a'" + string.Concat(Enumerable.Repeat("\n'a'", Many / 4)),
        ["spaces after an escape string"] = static () => "select " + string.Concat(Enumerable.Repeat("E'a' \n ", Many / 8)),
        ["dollars"] = static () => "select " + new string('$', Many),
        ["dollar tags"] = static () => "select " + string.Concat(Enumerable.Range(0, Many / 10).Select(static i => $"$a{i}$")),
        ["one long word"] = static () => "select " + new string('a', Many),
        ["one long number"] = static () => "select " + new string('1', Many),
        ["qualified names"] = static () => "select " + string.Concat(Enumerable.Repeat("a.", Many / 2)) + "f(1)",
        ["calls"] = static () => "select " + string.Concat(Enumerable.Repeat("f(", Many / 2)),
        ["set_config calls"] = static () => "select " + string.Concat(Enumerable.Repeat("set_config(", Many / 11)),
        ["common table expressions"] = static () => "with " + string.Concat(Enumerable.Repeat("a(b) as (select 1),", Many / 19)),
        ["explains"] = static () => string.Concat(Enumerable.Repeat("explain ", Many / 8)) + "select 1",
        ["explain options"] = static () => "explain (" + string.Concat(Enumerable.Repeat("costs,", Many / 6)),
        ["creates with bodies"] = static () => "create trigger t begin " + string.Concat(Enumerable.Repeat("case ", Many / 5)),
        ["commas"] = static () => "insert into t (a) values (" + string.Concat(Enumerable.Repeat("1,", Many / 2)) + "1)",
        ["in lists"] = static () => "select * from t where id in (" + string.Concat(Enumerable.Repeat("@p,", Many / 3)) + "@p)",
    };

    /// <summary>Names only: a runner would carry the texts themselves around.</summary>
    public static TheoryData<string> LongTextNames => [.. LongTexts.Keys];

    /// <summary>A reader that looked at each token for each other would need hours, a recursive one would end the process.</summary>
    [Theory]
    [MemberData(nameof(LongTextNames))]
    public void Megabyte_of_one_thing_is_read_to_its_end(string thing)
    {
        var text = LongTexts[thing]();
        foreach (var classifier in Classifiers)
        {
            var statement = classifier.Classify(text);

            Assert.Same(text, statement.Text);
            Assert.True(statement.Summary.Length < 200, thing);
            Assert.True(statement.Reason.Length < 200, thing);
        }
    }

    [Fact]
    public void Null_character_anywhere_makes_a_text_unknown()
    {
        string[] texts = ["\0", "select 1\0", "select '\0'", "select \"\0\"", "select 1 -- \0\n", "select /* \0 */ 1", "select 1;\0delete from t", "select [\0]", "select $$\0$$", "select E'\0'"];
        foreach (var classifier in Classifiers)
        {
            foreach (var text in texts)
            {
                Assert.Equal(StatementClass.Unknown, classifier.Classify(text).Class);
                Assert.Equal(SessionEffect.Unknown, classifier.Classify(text).Effect);
            }
        }
    }

    /// <summary>Cutting a write short, or putting one character into it, must never make a read of it that hides what is left.</summary>
    [Theory]
    [InlineData("delete from t where a = 'x' /* y */ -- z")]
    [InlineData("with c as (delete from t returning *) select * from c")]
    [InlineData("select * from t for update")]
    [InlineData("select nextval('s')")]
    [InlineData("select 1; drop table t")]
    public void No_single_inserted_character_turns_a_write_into_a_read_unless_it_hides_the_write_from_the_server_too(string text)
    {
        const string Inserted = "'\"`$[](){};,.-/*\\@:?#%&!~^|=+<>\0\n\r\t\f\v aEU0_\u00A0\u2028\uFEFFſK";
        foreach (var c in Inserted)
        {
            for (var at = 0; at <= text.Length; at++)
            {
                var changed = text.Insert(at, c.ToString());
                var statement = PostgreSqlSyntax.Classifier.Classify(changed);
                if (statement.Class == StatementClass.Read)
                {
                    // A write that lost its keyword is none; the words that make it one must be gone.
                    Assert.DoesNotMatch(@"(^|(?<!\.)[ (;])(delete from|drop table|for update)(?![\w$\u0080-\uFFFF])", changed);
                    Assert.DoesNotMatch(@"(?<![\w@:$.])nextval\(", changed);
                }
            }
        }
    }

    [Fact]
    public void Any_text_of_random_characters_gets_an_answer()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        const string Alphabet = "selctinofrmwhu '\"`$[]();,.-/*\\@:?#0123456789Ee\n\0\u00A0\uD800";
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder("select ");
            for (var i = random.Next(40); i > 0; i--)
            {
                text.Append(Alphabet[random.Next(Alphabet.Length)]);
            }

            foreach (var classifier in Classifiers)
            {
                var statement = classifier.Classify(text.ToString());
                Assert.True(statement.Class != StatementClass.Read || statement.Effect == SessionEffect.Neutral, $"Seed {seed}: {text}");
            }
        }
    }
}
