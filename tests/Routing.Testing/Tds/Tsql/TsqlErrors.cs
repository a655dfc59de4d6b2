using System.Text.RegularExpressions;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>SQLite's errors by the numbers that SQL Server gives where they mean the same.</summary>
internal static partial class TsqlErrors
{
    public const int BusySnapshot = 517;

    private const int PrimaryKey = 1555;
    private const int Unique = 2067;
    private const int RowId = 2579;
    private const int ForeignKey = 787;
    private const int NotNull = 1299;

    public static TdsException Syntax(string near) => new(102, 15, $"Incorrect syntax near '{near}'.");

    public static TdsException MissingParameter(string name) => new(137, 15, $"Must declare the scalar variable \"{name}\".", 2);

    public static Exception Of(sqlite3 database)
    {
        var code = raw.sqlite3_extended_errcode(database);
        var message = raw.sqlite3_errmsg(database).utf8_to_string();
        return code switch
        {
            PrimaryKey or RowId => new TdsException(2627, 14, $"Violation of PRIMARY KEY constraint. Cannot insert duplicate key. ({message})"),
            Unique => new TdsException(2601, 14, $"Cannot insert duplicate key row with unique index. ({message})"),
            ForeignKey => new TdsException(547, 16, "The statement conflicted with the FOREIGN KEY constraint."),
            NotNull => new TdsException(515, 16, $"Cannot insert the value NULL into column '{message[(message.LastIndexOf('.') + 1)..]}'; column does not allow nulls. ({message})", 2),
            BusySnapshot => new TdsException(3960, 16, "Snapshot isolation transaction aborted due to update conflict.") { RollsBack = true },
            _ => (code & 0xFF) switch
            {
                raw.SQLITE_INTERRUPT => new OperationCanceledException(),
                raw.SQLITE_CONSTRAINT => new TdsException(547, 16, $"The statement conflicted with the CHECK constraint. ({message})"),
                raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new TdsException(1222, 16, "Lock request time out period exceeded."),
                raw.SQLITE_READONLY => new TdsException(3906, 16, "Failed to update database because the database is read-only."),
                _ => OfMessage(message),
            },
        };
    }

    private static TdsException OfMessage(string message)
    {
        var name = Quoted().Match(message) is { Success: true } match ? match.Groups["name"].Value : message[(message.LastIndexOf(' ') + 1)..];
        return message switch
        {
            _ when message.StartsWith("no such table", StringComparison.Ordinal) => new TdsException(208, 16, $"Invalid object name '{name}'."),
            _ when message.StartsWith("no such column", StringComparison.Ordinal) => new TdsException(207, 16, $"Invalid column name '{name}'."),
            _ when message.StartsWith("no such function", StringComparison.Ordinal) => new TdsException(195, 15, $"'{name}' is not a recognized built-in function name."),
            _ when message.Contains("already exists", StringComparison.Ordinal) => new TdsException(2714, 16, $"There is already an object named '{name}' in the database."),
            _ when message.StartsWith("3623", StringComparison.Ordinal) => new TdsException(3623, 16, "An invalid floating point operation occurred."),
            _ when message.Contains("syntax error", StringComparison.Ordinal) || message.Contains("incomplete input", StringComparison.Ordinal) => Syntax(name),
            _ => new TdsException(50000, 16, message),
        };
    }

    [GeneratedRegex("\"(?<name>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Quoted();
}
