using System.Globalization;
using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

/// <summary>
/// What a provider can say about its engine's quotes and comments, on made-up engines that have one peculiarity each. The
/// question is always the same: does the reader see the <c>drop</c> that the engine sees, and not one that it does not see?
/// </summary>
public sealed class SqlSyntaxTests
{
    private static readonly SqlSyntax Plain = new();

    private static readonly Dictionary<string, SqlSyntax> Syntaxes = new(StringComparer.Ordinal)
    {
        ["plain"] = Plain,
        ["hash"] = new() { HashComments = true },
        ["dashes"] = new() { DashCommentsNeedSpace = true },
        ["executable"] = new() { ExecutableComments = true },
        ["backslash"] = new() { BackslashEscapes = true },
        ["quotes"] = new() { DoubleQuotedStrings = true, BackslashEscapes = true },
        ["backticks"] = new() { Backticks = true },
        ["brackets"] = new() { Brackets = true },
        ["doubled"] = new() { Brackets = true, DoubledBrackets = true },
        ["nested"] = new() { NestedComments = true },
        ["variables"] = new() { SystemVariables = true, NamedParameters = "@" },
        ["hashes"] = new() { HashNames = true },
        ["spaces"] = new() { UnicodeSpaces = true, NamedParameters = "@" },
    };

    /// <summary>The syntax, how many statements the text has by it (0: refused), the text.</summary>
    [Theory]
    [InlineData("plain", 0, "select 1 # ; drop")]
    [InlineData("hash", 1, "select 1 # ; drop")]
    [InlineData("hash", 2, "select 1 # ; \n; drop")]
    [InlineData("plain", 1, "select 5--1; drop")]
    [InlineData("dashes", 2, "select 5--1; drop")]
    [InlineData("dashes", 1, "select 5-- 1; drop")]
    [InlineData("dashes", 1, "select 5--\t1; drop")]
    [InlineData("dashes", 1, "select 5--")]
    [InlineData("plain", 1, "select 1 /*! ; drop */")]
    [InlineData("executable", 0, "select 1 /*! ; drop */")]
    [InlineData("executable", 0, "select 1 /*M!100100 ; drop */")]
    [InlineData("executable", 1, "select 1 /* ! ; drop */")]
    [InlineData("plain", 2, @"select '\'; drop --'")]
    [InlineData("backslash", 1, @"select '\'; drop --'")]
    [InlineData("backslash", 2, @"select '\\'; drop --'")]
    [InlineData("quotes", 1, """select "\"; drop --" """)]
    [InlineData("quotes", 1, """select "a""; drop" """)]
    [InlineData("quotes", 0, """select "a\""")]
    [InlineData("plain", 0, "select `a; drop`")]
    [InlineData("backticks", 1, "select `a; drop`")]
    [InlineData("backticks", 1, "select `a``; drop`")]
    [InlineData("plain", 2, "select [a; drop]")]
    [InlineData("brackets", 2, "select [a]]; drop")]
    [InlineData("doubled", 1, "select [a]]; drop]")]
    [InlineData("doubled", 2, "select [a]]b]; drop")]
    [InlineData("doubled", 0, "select [a]]; drop")]
    [InlineData("plain", 2, "select /* /* */ 1; drop --*/")]
    [InlineData("plain", 0, "select @@spid; drop")]
    [InlineData("variables", 2, "select @@spid; drop")]
    [InlineData("variables", 0, "select @@ spid; drop")]
    [InlineData("variables", 2, "select @spid; drop")]
    [InlineData("hashes", 2, "select x from #t; drop")]
    [InlineData("hashes", 2, "select x from ##t; drop")]
    [InlineData("hashes", 0, "select x from # t; drop")]
    [InlineData("plain", 1, "select a\u00A0x")]
    [InlineData("spaces", 0, "select a\u00A0x")]
    [InlineData("spaces", 0, "select @a\u00A0x")]
    [InlineData("spaces", 1, "select \u00E4\u00F6, 'a\u00A0x'")]
    [InlineData("spaces", 0, "select 1 -- \r drop")]
    [InlineData("spaces", 0, "select 1 -- \u2028 drop")]
    [InlineData("spaces", 2, "select 1 -- a\r\n; drop")]
    [InlineData("nested", 1, "select /* /* */ 1; drop */ 2")]
    [InlineData("nested", 0, "select /* /* */ 1; drop")]
    public void Syntax_decides_what_is_hidden(string syntax, int statements, string text)
    {
        var vocabulary = new SqlVocabulary().AddStatements("select", StatementRule.Query);
        var statement = new SqlClassifier(Syntaxes[syntax], vocabulary).Classify(text);

        Assert.Equal(statements, statement.Summary == "UNKNOWN" ? 0 : statement.StatementCount);
    }

    /// <summary>What only a tool understands is no statement: the driver would send it, and the server refuse it.</summary>
    [Theory]
    [InlineData("GO")]
    [InlineData("select 1\nGO\ndrop table t")]
    [InlineData("DELIMITER //")]
    [InlineData("\\d orders")]
    [InlineData("copy t from stdin;\n1\tdrop table t\n\\.")]
    public void Words_of_tools_are_not_read_as_statements(string text)
    {
        foreach (var classifier in new[] { PostgreSqlSyntax.Classifier, SqliteSyntax.Classifier })
        {
            var statement = classifier.Classify(text);
            Assert.True(statement.Class != StatementClass.Read || text.StartsWith("select", StringComparison.Ordinal), statement.ToString());
        }
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("1.", "1.")]
    [InlineData(".5", ".5")]
    [InlineData("1.5e10", "1.5e10")]
    [InlineData("1e-5+2", "1e-5")]
    [InlineData("1e+", "1")]
    [InlineData("1_000.000_1", "1_000.000_1")]
    [InlineData("1_", "1")]
    [InlineData("0x1F_ff", "0x1F_ff")]
    [InlineData("0b101", "0b101")]
    [InlineData("0o17", "0o17")]
    [InlineData("12 34", "12")]
    public void Number_ends_where_the_newest_engines_end_it(string text, string number) =>
        Assert.Equal(number, string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, SqlNumber.EndOf(text, 0))}"));
}
