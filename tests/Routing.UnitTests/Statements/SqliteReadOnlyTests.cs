using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Data.Sqlite;
using Microsoft.FSharp.Core;
using Routing.Providers.Sqlite;
using Routing.Statements;
using Routing.Testing.Statements;
using SQLitePCL;
using Xunit.Abstractions;

namespace Routing.UnitTests.Statements;

/// <summary>SQLite itself says whether what the classifier calls Read is one: on a <c>query_only</c> connection, by <c>sqlite3_stmt_readonly</c>, and by the file's bytes.</summary>
public sealed class SqliteReadOnlyTests : IDisposable
{
    private const int Rounds = 2000;

    private readonly ITestOutputHelper _output;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"routing-statements-{Guid.NewGuid():N}.db");
    private readonly SqliteConnection _reader;
    private readonly SqliteConnection _writer;

    public SqliteReadOnlyTests(ITestOutputHelper output)
    {
        _output = output;
        _writer = Open();
        Run(_writer, StatementCorpus.Schema("sqlite"));
        _reader = Open();
        Run(_reader, "pragma query_only=on");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Every_everyday_read_runs_on_a_query_only_connection()
    {
        var before = Hash();
        foreach (var read in StatementCorpus.Reads("sqlite"))
        {
            if (SqliteSyntax.Classifier.Classify(read).Class == StatementClass.Read)
            {
                var answer = Step(_reader, read);
                Assert.True(answer.Code == raw.SQLITE_OK, $"{answer}: {read}");
                Assert.True(answer.IsReadOnly, read);
            }
        }

        Assert.Equal(before, Hash());
    }

    [Fact]
    public void Whatever_is_classified_read_is_accepted_by_a_query_only_connection_and_changes_nothing_on_another()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        _output.WriteLine($"Seed: {seed}");
        var config = Config.QuickThrowOnFailure.WithMaxTest(Rounds)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
        var before = Hash();
        int reads = 0, refusals = 0;

        Prop.ForAll(Choices(), choices =>
        {
            var text = StatementGrammar.Sqlite(choices);
            if (SqliteSyntax.Classifier.Classify(text).Class != StatementClass.Read)
            {
                refusals += Step(_reader, text).Code == raw.SQLITE_READONLY ? 1 : 0;
                return;
            }

            reads++;
            var refused = Step(_reader, text);
            Assert.True(refused.Code != raw.SQLITE_READONLY, $"{refused}: {text}");
            Assert.True(refused.IsReadOnly, text);
            var written = Step(_writer, text);
            Assert.True(written.IsReadOnly, text);
            Assert.True(raw.sqlite3_get_autocommit(_writer.Handle) != 0, text);
        }).Check(config);

        _output.WriteLine($"{reads} of {Rounds} were reads; {refusals} of the others were refused.");
        Assert.Equal(before, Hash());
        Assert.True(reads > Rounds / 10 && refusals > Rounds / 100, $"The grammar proves too little: {reads} reads, {refusals} refusals.");
    }

    /// <summary>Long enough for nested statements, and every number as likely as any other; shrinking makes them shorter and smaller.</summary>
    private static Arbitrary<int[]> Choices()
    {
        var numbers = Gen.Choose(0, 9999);
        return Arb.From(
            Gen.Choose(1, 80).SelectMany(length => numbers.ArrayOf(length)),
            ArbMap.Default.ArbFor<int[]>().Shrinker);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_path)));

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs all statements of a text to their end, with all parameters 1. The first error stops it.</summary>
    private static Answer Step(SqliteConnection connection, string text)
    {
        var isReadOnly = true;
        var rest = text;
        while (rest.Length > 0)
        {
            var code = raw.sqlite3_prepare_v2(connection.Handle, rest, out var statement, out var tail);
            using (statement)
            {
                if (code != raw.SQLITE_OK)
                {
                    return new Answer(code & 0xFF, isReadOnly, raw.sqlite3_errmsg(connection.Handle).utf8_to_string());
                }

                rest = tail;
                if (statement.IsInvalid)
                {
                    continue;
                }

                // SQLite counts the question for the journal mode as a write, and before 3.36 what EXPLAIN only lists.
                isReadOnly &= raw.sqlite3_stmt_readonly(statement) != 0
                    || raw.sqlite3_stmt_isexplain(statement) != 0
                    || text.Contains("journal_mode", StringComparison.Ordinal);
                for (var i = raw.sqlite3_bind_parameter_count(statement); i > 0; i--)
                {
                    raw.sqlite3_bind_int(statement, i, 1);
                }

                var rows = 0;
                do
                {
                    code = raw.sqlite3_step(statement);
                }
                while (code == raw.SQLITE_ROW && ++rows < 10_000);

                if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
                {
                    return new Answer(code & 0xFF, isReadOnly, raw.sqlite3_errmsg(connection.Handle).utf8_to_string());
                }
            }
        }

        return new Answer(raw.SQLITE_OK, isReadOnly, "");
    }

    private readonly record struct Answer(int Code, bool IsReadOnly, string Message);
}
