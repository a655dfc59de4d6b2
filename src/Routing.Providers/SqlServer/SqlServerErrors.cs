using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Data.SqlClient;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Providers.SqlServer;

/// <summary>What SQL Server's error numbers and SqlClient's errors mean for statement, connection and node. Pure.</summary>
internal static partial class SqlServerErrors
{
    private const int TimedOut = -2;
    private const byte EndsConnection = 20;

    /// <summary>The log-in was refused by its name or password, or the password has run out.</summary>
    public static bool IsRefusedLogin(SqlException error) => error.Number is 18456 or 18470 or 18486 or 18487 or 18488;

    /// <summary>Whether a time-out of SqlClient's own ended it.</summary>
    public static bool IsTimeOut(SqlException error) => error.Number == TimedOut;

    /// <summary>SqlClient's words for a command that its own cancel ended; it gives them no number.</summary>
    public static bool IsCancelled(Exception error) =>
        error is SqlException { Number: 0, Class: < EndsConnection };

    public static ErrorClass Classify(Exception error) => error switch
    {
        SqlException sql => Classify(sql),
        RoutingException { Code: ErrorCodes.WriteInReadOnlyTransaction } => ErrorClass.ReadOnlyRequested,
        RoutingException { Code: ErrorCodes.TransactionRolledBackByServer } => ErrorClass.RolledBack,
        RoutingException { Code: ErrorCodes.ConnectionLost } => ErrorClass.ConnectionLost,
        OperationCanceledException => ErrorClass.Cancelled,
        IOException or SocketException => ErrorClass.ConnectionLost,

        // A command's time-out comes as a SqlException; the bare one only from opening a connection.
        TimeoutException => ErrorClass.NotExecuted,
        _ => ErrorClass.Statement,
    };

    /// <summary>The error's number; null when the server said nothing.</summary>
    public static string? StatusCodeOf(Exception error) =>
        (error as SqlException ?? error.InnerException as SqlException) is { Number: not 0 } sql
            ? sql.Number.ToString(CultureInfo.InvariantCulture)
            : null;

    /// <summary>
    /// SqlClient gives the numbers of the network's errors the same place as the server's. Of those that end a connection only these are an
    /// answer: the session was killed (596), or Azure moved its database.
    /// </summary>
    public static bool IsAnswer(Exception error) =>
        StatusCodeOf(error) is not null && (Classify(error) != ErrorClass.ConnectionLost || error is SqlException { Number: 596 or 40143 or 40197 or 40540 });

    /// <summary>What a caller is told whose connection was found closed under a command.</summary>
    public static RoutingException Lost(string node, Exception error) => new($"The connection to {node} was lost while a command ran on it.", error)
    {
        Code = ErrorCodes.ConnectionLost,
    };

    /// <summary>The column that the error's text names.</summary>
    public static RowFault FaultOf(Exception error) =>
        ColumnPlace().Match(error.Message) is { Success: true } place ? new RowFault(Row: null, place.Groups["column"].Value) : default;

    private static ErrorClass Classify(SqlException error)
    {
        // A failed connect has the system's error inside, by which it can be told from a connection that broke.
        if (error.InnerException is SocketException socket)
        {
            return socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
                ? ErrorClass.ConnectionLost
                : ErrorClass.NotExecuted;
        }

        foreach (SqlError one in error.Errors)
        {
            if (ClassifyNumber(one.Number) is { } known)
            {
                return known;
            }
        }

        return error.Class >= EndsConnection || error.InnerException is IOException or Win32Exception ? ErrorClass.ConnectionLost
            : IsCancelled(error) ? ErrorClass.Cancelled
            : ErrorClass.Statement;
    }

    private static ErrorClass? ClassifyNumber(int number) => number switch
    {
        // The time-out of a command, or of its wait for a lock, which ends the statement alone.
        TimedOut or 1222 => ErrorClass.Cancelled,

        // Deadlock, snapshot conflicts, and those of memory-optimized tables.
        1205 or 3960 or 3961 or 41301 or 41302 or 41305 or 41325 or 41839 => ErrorClass.RolledBack,

        // A secondary gave the read up for its redo.
        3947 => ErrorClass.ReplicaConflict,

        // The database is read-only, or was made so while a transaction was open.
        3906 or 3908 => ErrorClass.WrongRole,

        // The network: not found, refused, timed out. Then the server: paused, starting, stopping new log-ins.
        2 or 53 or 258 or 10060 or 10061 or 11001 or 17142 or 17187 or 6005 => ErrorClass.NotExecuted,

        // The database: cannot be opened, a secondary that is not readable, not joined, or not ready (availability groups).
        4060 or 4221 or 921 or 922 or 927 or 942 or 952 or 954 or 976 or 978 or 979 or 981 or 982 or 983 or 40613 or 40615 or 42108 or 42109 => ErrorClass.NotExecuted,

        // Azure SQL out of workers or sessions, or throttling; then memory, log and file space.
        10928 or 10929 or 40501 or 40549 or 40550 or 49918 or 49919 or 49920 or 701 or 802 or 1101 or 1105 or 8645 or 8651 or 9002 or 17189 or 17809 => ErrorClass.Capacity,

        // The connection: killed, reset, broken pipe, closed by the other end, not usable any more; Azure moved the database.
        20 or 19 or 64 or 109 or 121 or 232 or 233 or 596 or 10053 or 10054 or 17830 or 40143 or 40197 or 40540 => ErrorClass.ConnectionLost,

        // A prepared statement that the server does not know (any more).
        8179 or 8180 or 586 => ErrorClass.StalePlan,
        _ => null,
    };

    [GeneratedRegex(@"column '(?<column>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ColumnPlace();
}
