using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Routing.Providers.Sqlite;

/// <summary>
/// The settings of an in-memory database's only connection as they were at birth. Immutable. Best effort: what SQLite
/// cannot read back (functions, collations, <c>case_sensitive_like</c>) stays as the last holder left it.
/// </summary>
internal sealed class SqliteBaseline
{
    private static readonly string[] Pragmas =
    [
        "automatic_index", "busy_timeout", "cache_size", "cache_spill", "cell_size_check", "checkpoint_fullfsync", "defer_foreign_keys",
        "foreign_keys", "full_column_names", "ignore_check_constraints", "legacy_alter_table", "query_only", "read_uncommitted",
        "recursive_triggers", "reverse_unordered_selects", "secure_delete", "short_column_names", "synchronous", "temp_store",
        "threads", "trusted_schema", "writable_schema",
    ];

    private readonly Dictionary<string, long> _values = [];

    private SqliteBaseline()
    {
    }

    public static SqliteBaseline Read(SqliteConnection connection)
    {
        var baseline = new SqliteBaseline();
        foreach (var pragma in Pragmas)
        {
            if (Ask(connection, pragma) is { } value)
            {
                baseline._values.Add(pragma, value);
            }
        }

        return baseline;
    }

    public void Restore(SqliteConnection connection)
    {
        // First, because query_only would refuse the drops.
        foreach (var (pragma, value) in _values)
        {
            if (Ask(connection, pragma) != value)
            {
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA {pragma}={value}"));
            }
        }

        foreach (var (type, name) in Pairs(connection, "SELECT type, name FROM temp.sqlite_master WHERE type IN ('view', 'trigger') OR (type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '" + ConnectionCounts.Table + "') ORDER BY type DESC"))
        {
            Execute(connection, $"DROP {type} IF EXISTS temp.{Quote(name)}");
        }

        foreach (var (_, name) in Pairs(connection, "SELECT '', name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')"))
        {
            Execute(connection, $"DETACH DATABASE {Quote(name)}");
        }
    }

    private static long? Ask(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA " + pragma;
        return command.ExecuteScalar() as long?;
    }

    private static List<(string First, string Second)> Pairs(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var pairs = new List<(string, string)>();
        while (reader.Read())
        {
            pairs.Add((reader.GetString(0), reader.GetString(1)));
        }

        return pairs;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Quote(string name) => '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
}
