using Microsoft.Data.Sqlite;
using Routing.Providers.Sqlite;
using Routing.Statements;
using Routing.Testing.Statements;
using SQLitePCL;

namespace Routing.UnitTests.Statements;

/// <summary>Random texts of several statements are cut as the engine itself cuts them: it compiles one and says where the next begins.</summary>
public sealed class SqliteSplittingTests : IDisposable
{
    private static readonly int Texts = Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 200_000 : 5_000;
    private static readonly int Seed = Environment.TickCount & 0xFFFFFF;

    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly SqlVocabulary _vocabulary = SqliteWords.Create();

    public SqliteSplittingTests()
    {
        _ = new SqlClassifier(SqliteSyntax.Syntax, _vocabulary);
        _connection.Open();
        using var command = _connection.CreateCommand();
        command.CommandText = "create table t (x)";
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void The_engine_compiles_as_many_statements_as_are_counted()
    {
        var texts = new SqliteTexts(Seed);
        for (var i = 0; i < Texts; i++)
        {
            var text = texts.Next();
            Assert.True(Compiled(text, out var error) is { } compiled && compiled == Count(text), $"Seed {Seed}: compiled {Compiled(text, out _)}, counted {Count(text)}; {error}:\n{text}");
        }
    }

    /// <summary>Whatever the engine accepts of it, nothing of it may escape the count.</summary>
    [Fact]
    public void Damaged_texts_are_refused_by_either_side_or_counted_alike()
    {
        var texts = new SqliteTexts(Seed);
        var compared = 0;
        for (var i = 0; i < Texts; i++)
        {
            var text = texts.NextDamaged();
            if (Compiled(text, out _) is { } compiled && Count(text) is { } counted)
            {
                compared++;
                Assert.True(compiled == counted, $"Seed {Seed}: compiled {compiled}, counted {counted}:\n{text}");
            }
        }

        Assert.True(compared > Texts / 100, $"Only {compared} texts could be compared (seed {Seed}).");
    }

    private int? Count(string text) => LexedStatements.Count(text, SqliteSyntax.Syntax, _vocabulary);

    /// <summary>How many statements the engine finds; null when it refuses one.</summary>
    private int? Compiled(string text, out string error)
    {
        var count = 0;
        for (var rest = text; rest.Length > 0;)
        {
            var result = raw.sqlite3_prepare_v2(_connection.Handle!, rest, out var statement, out var tail);
            using (statement)
            {
                if (result != raw.SQLITE_OK)
                {
                    error = raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string();
                    return null;
                }

                count += statement is { IsInvalid: false } ? 1 : 0;
            }

            rest = tail;
        }

        error = "";
        return count;
    }

    private sealed class SqliteTexts(int seed) : RandomTexts(seed)
    {
        protected override string Statement(bool mayDefine)
        {
            if (mayDefine && Random.Next(10) == 0)
            {
                return $"create{Gap()}{Any("", "temp ")}trigger{Gap()}r after insert on {Any("t", "main.t")}{Gap()}begin{Gap()}select {Value(bare: true)};{Gap()}"
                    + $"select case{Gap()}when 1 then 2 else case when 3 then 4 end end{Gap()};{Gap()}insert into t values (1){Gap()};{Gap()}end";
            }

            var text = $"{Any("", "", "", "explain ", "explain query plan ")}select{Gap()}1";
            for (var i = Random.Next(5); i > 0; i--)
            {
                text += $",{Gap()}{Value(bare: false)}{(Random.Next(3) == 0 ? $" as{Gap()}{Name()}" : "")}";
            }

            return text;
        }

        protected override string Comment() => Random.Next(2) == 0
            ? $"--{Some(";", "'", "\"", "/*", "*/", "\r", " x")}\n"
            : $"/*{Some(";", "'", "\"", "`", "[", "--", "/* ", " x", "\n")} */";

        private string Name() => Any("\"a;b\"\"c\"", "a$b", "_x1", "é", "\"--\"", "[/*;]", "[a;b\"]", "`a;``b`", "`'`", "\"'\"", "'a;'");

        private string Value(bool bare) => Random.Next(bare ? 6 : 7) switch
        {
            0 => $"'{Some(";", "''", "--", "/*", "*/", "\\", "\"", "`", "[", "x", "\n", "é")}'",
            1 => Any("x'0F'", "X''", "1", "1.5", ".5", "1e5", "0x1F", "null", "5."),
            2 => $"({Gap()}{Value(bare)}{Gap()})",
            3 => Any("1 +-- ;'\n 2", "3 */* ; ' */4", "5 -/* ; */ -6", "6 / 2", "1 <-- ;\n2", "1 <> 2", "'a' || ';'", "~1", "1 == 2", "7 % 2"),
            4 => $"case{Gap()}when 1{Gap()}then{Gap()}'{Some(";", "''")}' end",
            5 => $"cast('{Some(";", "''")}'{Gap()}as text)",
            _ => Any("?", "?1", ":a", "@b", "$c", "$d1"),
        };
    }
}
