using System.Globalization;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>Values on their way into SQLite, which knows fewer types: what it lacks becomes text that can be read back.</summary>
internal static class TsqlValues
{
    public static void Bind(sqlite3_stmt statement, int index, object? value)
    {
        switch (value)
        {
            case null:
                raw.sqlite3_bind_null(statement, index);
                break;
            case long number:
                raw.sqlite3_bind_int64(statement, index, number);
                break;
            case bool flag:
                raw.sqlite3_bind_int64(statement, index, flag ? 1 : 0);
                break;
            case double real:
                raw.sqlite3_bind_double(statement, index, real);
                break;
            case byte[] { Length: 0 }:
                raw.sqlite3_bind_zeroblob(statement, index, 0);
                break;
            case byte[] bytes:
                raw.sqlite3_bind_blob(statement, index, bytes);
                break;
            case "":
                // An empty array would be a null pointer, which is NULL.
                raw.sqlite3_bind_text(statement, index, "");
                break;
            default:
                raw.sqlite3_bind_text(statement, index, System.Text.Encoding.UTF8.GetBytes(ToText(value)));
                break;
        }
    }

    private static string ToText(object value) => value switch
    {
        DateTime moment => moment.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.ToString("yyyy-MM-dd HH:mm:ss.fffffff zzz", CultureInfo.InvariantCulture),
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        Guid id => id.ToString("D"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
