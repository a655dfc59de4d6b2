using Microsoft.Data.Sqlite;
using Routing.Providers.Sqlite;
using Routing.Statements;

namespace Routing.UnitTests.Providers.Sqlite;

/// <summary>The functions that are called harmless, against what the engine says of its own.</summary>
public sealed class SqliteFunctionsTests
{
    /// <summary>SQLITE_DETERMINISTIC and SQLITE_INNOCUOUS.</summary>
    private const int Harmless = 0x800 | 0x200000;

    /// <summary>Of extensions that promise neither: they read the shadow tables of a virtual table, and change nothing.</summary>
    private static readonly string[] OnlyReading = ["bm25", "highlight", "matchinfo", "offsets", "rtreecheck", "rtreedepth", "rtreenode", "snippet"];

    /// <summary>Written like a call, it is grammar.</summary>
    private static readonly string[] Grammar = ["cast"];

    /// <summary>Of newer engines than the one that comes with the driver, or of builds with more options. Their documentation says that they only compute or look.</summary>
    private static readonly string[] NotInThisEngine =
    [
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "concat", "concat_ws", "cos", "cosh", "degrees", "exp", "floor", "format",
        "generate_series", "if", "json_error_position", "json_pretty", "jsonb", "jsonb_array", "jsonb_each", "jsonb_extract", "jsonb_group_array",
        "jsonb_group_object", "jsonb_insert", "jsonb_object", "jsonb_patch", "jsonb_remove", "jsonb_replace", "jsonb_set", "jsonb_tree", "ln", "log", "log10",
        "log2", "median", "mod", "octet_length", "percentile", "percentile_cont", "percentile_disc", "pi", "pow", "power", "pragma_table_list", "radians", "sin",
        "sinh", "soundex", "sqlite_offset", "sqrt", "string_agg", "subtype", "tan", "tanh", "timediff", "trunc", "unhex", "unistr", "unistr_quote", "unixepoch",
    ];

    [Fact]
    public void Nothing_is_called_harmless_that_the_engine_does_not_call_so()
    {
        var doubtful = Ask($"select distinct name from pragma_function_list where (flags & {Harmless}) = 0");
        Assert.Contains("load_extension", doubtful);
        Assert.Empty(Pure().Intersect(doubtful).Except(OnlyReading).Order(StringComparer.Ordinal));
        Assert.Empty(OnlyReading.Except(Pure()));
    }

    [Fact]
    public void What_the_engine_does_not_have_is_listed_here()
    {
        var known = Ask("select name from pragma_function_list union select name from pragma_module_list union select 'pragma_' || name from pragma_pragma_list");
        Assert.Empty(Pure().Except(known).Except(NotInThisEngine).Except(Grammar).Order(StringComparer.Ordinal));
        Assert.Empty(NotInThisEngine.Except(Pure()));
    }

    /// <summary>Called as functions, pragmas take arguments: those that set something with one are not among them.</summary>
    [Fact]
    public void No_pragma_that_is_called_harmless_sets_anything_by_its_argument()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        foreach (var pragma in Pure().Where(static name => name.StartsWith("pragma_", StringComparison.Ordinal)).Except(NotInThisEngine))
        {
            var before = Settings(connection);
            foreach (var argument in new[] { "", "1", "'t'", "'memory'" })
            {
                Try(connection, $"select * from {pragma}({argument})");
            }

            Assert.Equal(before, Settings(connection));
        }
    }

    private static HashSet<string> Pure() =>
        SqliteWords.Create().FunctionsThat(static effect => effect is { Class: StatementClass.Read, Effect: SessionEffect.Neutral }).ToHashSet(StringComparer.Ordinal);

    private static List<string> Settings(SqliteConnection connection)
    {
        var settings = new List<string>();
        foreach (var pragma in Ask("select name from pragma_pragma_list where name not in ('database_list', 'module_list', 'incremental_vacuum', 'optimize', 'shrink_memory', 'wal_checkpoint')"))
        {
            settings.AddRange(Read(connection, $"pragma {pragma}").Select(value => $"{pragma} = {value}"));
        }

        return settings;
    }

    private static void Try(SqliteConnection connection, string text)
    {
        try
        {
            Read(connection, text);
        }
        catch (SqliteException)
        {
            // It takes no such argument, so it sets nothing by it.
        }
    }

    private static List<string> Ask(string text)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return Read(connection, text);
    }

    private static List<string> Read(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture) ?? "");
        }

        return rows;
    }
}
