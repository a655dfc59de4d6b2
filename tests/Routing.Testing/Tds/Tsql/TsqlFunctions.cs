using System.Globalization;
using System.Text.Json;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>The functions of T-SQL that SQLite lacks, for one session's connection.</summary>
internal static class TsqlFunctions
{
    public static void Register(sqlite3 database, TsqlSession session)
    {
        var engine = session.Engine;
        var state = session.State;
        Add(database, "tsql_variable", 1, args => session.Variable(Text(args[0])!));
        Add(database, "tsql_next", 1, args => engine.Next(Text(args[0])!));
        Add(database, "tsql_last", 1, args => engine.Last(Text(args[0])!));
        Add(database, "tsql_concat", -1, static args => string.Concat(args.Select(Text)));
        Add(database, "tsql_sqrt", 1, static args =>
            raw.sqlite3_value_double(args[0]) is var value and >= 0 ? Math.Sqrt(value) : throw new InvalidOperationException("3623"));
        Add(database, "scope_identity", 0, _ => state.LastIdentity);
        Add(database, "context_info", 0, _ => state.ContextInfo);
        Add(database, "session_context", 1, args => state.Context.GetValueOrDefault(Text(args[0])!));
        Add(database, "applock_mode", 3, args =>
            engine.Locks.TryGetValue(Text(args[1])!, out var holder) && holder == session.Id ? "Exclusive" : "NoLock");
        Add(database, "newid", 0, static _ => Guid.NewGuid().ToString());
        Add(database, "sysutcdatetime", 0, static _ => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
        Add(database, "json_value", 2, static args => Member(args) is { } found && !found.StartsWith('{') && !found.StartsWith('[') ? found : null);
        Add(database, "json_query", 2, static args => Member(args) is { } found && (found.StartsWith('{') || found.StartsWith('[')) ? found : null);
        Add(database, "db_name", 0, _ => engine.Database);
    }

    /// <summary>A path of quoted names: <c>$."a"."b"</c>.</summary>
    private static string? Member(sqlite3_value[] args)
    {
        if (Text(args[0]) is not { } document)
        {
            return null;
        }

        using var parsed = JsonDocument.Parse(document);
        var at = parsed.RootElement;
        foreach (var name in Text(args[1])![3..^1].Split("\".\""))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at.ValueKind == JsonValueKind.Null ? null : at.ValueKind == JsonValueKind.String ? at.GetString() : at.GetRawText();
    }

    private static string? Text(sqlite3_value value) =>
        raw.sqlite3_value_type(value) == raw.SQLITE_NULL ? null : raw.sqlite3_value_text(value).utf8_to_string();

    private static void Add(sqlite3 database, string name, int arguments, Func<sqlite3_value[], object?> function) =>
        raw.sqlite3_create_function(database, name, arguments, null, (context, _, values) =>
        {
            try
            {
                Return(context, function(values));
            }
            catch (InvalidOperationException error)
            {
                raw.sqlite3_result_error(context, error.Message);
            }
        });

    private static void Return(sqlite3_context context, object? value)
    {
        switch (value)
        {
            case null:
                raw.sqlite3_result_null(context);
                break;
            case long or int:
                raw.sqlite3_result_int64(context, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double real:
                raw.sqlite3_result_double(context, real);
                break;
            case byte[] bytes:
                raw.sqlite3_result_blob(context, bytes);
                break;
            default:
                raw.sqlite3_result_text(context, Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
        }
    }
}
