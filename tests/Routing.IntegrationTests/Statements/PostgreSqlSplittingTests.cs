using System.Globalization;
using Npgsql;
using Routing.Providers.PostgreSql;
using Routing.Statements;
using Routing.Testing;
using Routing.Testing.Statements;

namespace Routing.IntegrationTests.Statements;

/// <summary>
/// Random texts of several statements are cut as the server itself cuts them. The texts go as values to a function that
/// hands them whole to the server's parser; each statement inserts a row, which advances a sequence, so that the server says how many it ran.
/// </summary>
/// <remarks>
/// Seen to fail with the lexer's nested comments, its end of line at a carriage return, the continuation of an escape
/// string and the splitter's bodies taken out.
/// </remarks>
public sealed class PostgreSqlSplittingTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private const int AtOnce = 250;

    private static readonly int Rounds = Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 400 : 20;
    private static readonly int Seed = Environment.TickCount & 0xFFFFFF;

    private readonly SqlVocabulary _vocabulary = Vocabulary();

    [Fact]
    public async Task The_server_runs_as_many_statements_as_are_counted()
    {
        await using var connection = await PrepareAsync();
        var texts = new PostgreSqlTexts(Seed);
        for (var round = 0; round < Rounds; round++)
        {
            var made = Enumerable.Range(0, AtOnce).Select(_ => (Text: texts.Next(), texts.Definitions)).ToArray();
            var answers = await RunAsync(connection, [.. made.Select(static one => one.Text)]);
            for (var i = 0; i < made.Length; i++)
            {
                var counted = Count(made[i].Text) - made[i].Definitions;
                Assert.True(answers[i] == counted?.ToString(CultureInfo.InvariantCulture), Describe(made[i].Text, answers[i], counted));
            }
        }
    }

    /// <summary>Nothing that the server runs may escape the count. It may run less: a comment can take in what advances the sequence.</summary>
    [Fact]
    public async Task Of_damaged_texts_the_server_runs_nothing_that_is_not_counted()
    {
        await using var connection = await PrepareAsync();
        var texts = new PostgreSqlTexts(Seed);
        var compared = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var made = Enumerable.Range(0, AtOnce).Select(_ => texts.NextDamaged()).ToArray();
            var answers = await RunAsync(connection, made);
            for (var i = 0; i < made.Length; i++)
            {
                if (int.TryParse(answers[i], CultureInfo.InvariantCulture, out var ran) && Count(made[i]) is { } counted)
                {
                    compared++;
                    Assert.True(ran <= counted, Describe(made[i], answers[i], counted));
                }
            }
        }

        Assert.True(compared > Rounds, $"Only {compared} texts could be compared (seed {Seed}).");
    }

    private static string Describe(string text, string answer, int? counted) => $"Seed {Seed}: the server says '{answer}', counted were {counted?.ToString(CultureInfo.InvariantCulture) ?? "none"}:\n{text}";

    private static SqlVocabulary Vocabulary()
    {
        var vocabulary = PostgreSqlWords.Create();
        _ = new SqlClassifier(PostgreSqlSyntax.Syntax, vocabulary);
        return vocabulary;
    }

    private static async Task<string[]> RunAsync(NpgsqlConnection connection, string[] texts)
    {
        await using var command = new NpgsqlCommand("select array_agg(run(text) order by n) from unnest($1) with ordinality t(text, n)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = texts });
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    private int? Count(string text) => LexedStatements.Count(text, PostgreSqlSyntax.Syntax, _vocabulary);

    private async Task<NpgsqlConnection> PrepareAsync()
    {
        var connection = new NpgsqlConnection(database.Primary + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            create sequence if not exists calls;
            create table if not exists ruled (id int);
            create table if not exists counted (id bigint default nextval('calls'));
            create or replace function run(body text) returns text language plpgsql as $$
            begin
              perform setval('calls', 1, false);
              begin
                execute body;
              exception when others then
                return sqlerrm;
              end;
              return (select case when is_called then last_value else 0 end from calls);
            end $$
            """, connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private sealed class PostgreSqlTexts(int seed) : RandomTexts(seed)
    {
        protected override string Statement(bool mayDefine)
        {
            if (mayDefine && Random.Next(25) == 0)
            {
                Definitions++;
                return Random.Next(2) == 0
                    ? $"create{Gap()}or replace function pg_temp.f(){Gap()}returns int language sql{Gap()}begin{Gap()}atomic select {Value()};{Gap()}select case{Gap()}when true then 2 else 3 end{Gap()};{Gap()}end"
                    : $"create or{Gap()}replace rule r as on insert to ruled do also{Gap()}({Gap()}select {Value()};{Gap()}select 2{Gap()})";
            }

            // Written without a gap, so that no comment ends inside it: two of these cannot become one statement that counts twice.
            var text = "insert into counted default values returning 1";
            for (var i = Random.Next(5); i > 0; i--)
            {
                text += $",{Gap()}{Value()}{(Random.Next(3) == 0 ? $" as{Gap()}{Name()}" : "")}";
            }

            return text;
        }

        protected override string Comment() => Random.Next(3) == 0
            ? $"--{Some(";", "'", "\"", "$$", "/*", "*/", " x")}{Any("\n", "\r", "\r\n")}"
            : Block();

        private string Block() => Random.Next(2) == 0
            ? $"/*{Some(";", "'", "\"", "$$", "--", " x", "\n")} */"
            : $"/*{Some(";", "'", "$a$")} {Block()}\n/* ; /**/ ' */ ;*/";

        private string Name() => Any("\"a;b\"\"c\"", "a$b$", "_x1", "é", "U&\"d\\0061;\"", "\"--\"", "\"/*\"", "\"'\"", "\"$$\"", "x$$y");

        private string Value() => Random.Next(13) switch
        {
            0 => $"'{Some(";", "''", "--", "/*", "*/", "\\", "$$", "\"", "x", "\n", "é")}'",
            1 => $"{Any("E", "e")}'{Some(";", "\\'", "\\\\", "''", "--", "/*", "$$", "\"", "\\n")}'",
            2 => $"'a;'{Any("\n", " \n ", "\r", " -- ;'\n")}'b;'",
            3 => $"e'a\\';'{Any("\n", " \n ", "\r", " -- ;'\n")}'\\'b;'",
            4 => $"U&'{Some(";", "\\0041", "\\\\", "''", "--")}'{(Random.Next(4) == 0 ? " uescape '!'" : "")}".Replace("!", "\\", StringComparison.Ordinal),
            5 => Dollar(Any("", "a", "tag_1", "é")),
            6 => Any("B'01'", "X'1F'", "N'a;'", "1", "1.5", ".5", "1e5", "null", "$$;$$::text"),
            7 => $"({Gap()}{Value()}{Gap()})",
            8 => $"(array['{Some(";", "''", "--")}',{Gap()}'b'])[1{Any("", ":1")}]",
            9 => Any("1 +-- ;'\n 2", "3 */* ; ' */4", "5 -/* ; */ -6", "@ -5", "|/ 4", "1 <-- ;\n2", "7 #/*;*/1"),
            10 => $"'a;'{Any("::text", " ::/*;*/ text")}",
            11 => Any("'{\"a\": \";\"}'::jsonb ? 'a'", "'{\"a;\": 1}'::jsonb ->> 'a;'", "'[1]'::jsonb @> '1'", "'a' ~* ';'"),
            _ => $"case{Gap()}when true{Gap()}then{Gap()}'{Some(";", "''")}' end",
        };

        /// <summary>Each dollar sign inside is followed by a letter, so that none closes the string.</summary>
        private string Dollar(string tag) => $"${tag}${Some(";", "'", "--", "/*", "\"", "$b$x", "\\", "$x", "\n")} ${tag}$";
    }
}
