using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Routing.Diagnostics;
using Routing.Drivers;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>What SQLite's result codes mean for statement, connection and node. Pure.</summary>
internal static partial class SqliteErrors
{
    // SQLITE_READONLY | (4 << 8): the file was moved or deleted under its connection.
    private const int ReadOnlyDbMoved = 1032;

    // SQLITE_LOCKED | (1 << 8): another connection of a shared cache holds the table. Plain SQLITE_LOCKED is a conflict
    // inside one connection (a table dropped while it is read), which no rerun cures.
    private const int LockedSharedCache = 262;

    public static ErrorClass Classify(Exception error) => error switch
    {
        SqliteException sqlite => Classify(sqlite.SqliteErrorCode, sqlite.SqliteExtendedErrorCode),
        OperationCanceledException => ErrorClass.Cancelled,

        // A command's time-out comes as a RoutingException around it; the bare one only from opening a connection.
        RoutingException { InnerException: TimeoutException } => ErrorClass.Cancelled,
        TimeoutException => ErrorClass.NotExecuted,
        _ => ErrorClass.Statement,
    };

    /// <summary>The extended result code, which says more than the plain one (1555: primary key, 2067: unique).</summary>
    public static string? StatusCodeOf(Exception error) =>
        (error as SqliteException ?? error.InnerException as SqliteException) is { } sqlite
            ? sqlite.SqliteExtendedErrorCode.ToString(CultureInfo.InvariantCulture)
            : null;

    /// <summary>What a caller is told whose command was ended by its time-out.</summary>
    public static RoutingException TimedOut(SqliteNode node, int afterSeconds, bool waitedForLock, Exception error)
    {
        var seconds = afterSeconds.ToString(CultureInfo.InvariantCulture);
        var what = waitedForLock
            ? $"The command on {node.Name} waited for a lock that another process or connection held on the database, and was given up after {seconds} s"
            : $"The command on {node.Name} was interrupted after {seconds} s";
        return new RoutingException(
            $"{what}, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source '{node.DataSource}', or the call's own time-out, if it may take longer.",
            new TimeoutException("The command's time-out passed.", error)) { Code = ErrorCodes.CommandTimedOut };
    }

    /// <summary>The column that a broken constraint names, where it is about one.</summary>
    public static RowFault FaultOf(Exception error) =>
        ColumnPlace().Match(error.Message) is { Success: true } place ? new RowFault(Row: null, place.Groups["column"].Value) : default;

    private static ErrorClass Classify(int code, int extendedCode) => code switch
    {
        raw.SQLITE_BUSY => ErrorClass.RolledBack,
        raw.SQLITE_LOCKED => extendedCode == LockedSharedCache ? ErrorClass.RolledBack : ErrorClass.Statement,

        // Two connections raced for the WAL's locks; SQLite gives up after many tries, and a rerun finds them free.
        raw.SQLITE_PROTOCOL => ErrorClass.RolledBack,
        raw.SQLITE_READONLY => extendedCode == ReadOnlyDbMoved ? ErrorClass.ConnectionLost : ErrorClass.WrongRole,
        raw.SQLITE_INTERRUPT => ErrorClass.Cancelled,
        raw.SQLITE_IOERR => ErrorClass.ConnectionLost,
        raw.SQLITE_CANTOPEN => ErrorClass.NotExecuted,
        raw.SQLITE_FULL or raw.SQLITE_NOMEM => ErrorClass.Capacity,
        raw.SQLITE_SCHEMA => ErrorClass.StalePlan,
        _ => ErrorClass.Statement,
    };

    // SQLite Error 19: 'NOT NULL constraint failed: orders.name'. Of two columns none is to blame.
    [GeneratedRegex(@"(NOT NULL|UNIQUE) constraint failed: [^',]+\.(?<column>[^',.]+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ColumnPlace();
}
