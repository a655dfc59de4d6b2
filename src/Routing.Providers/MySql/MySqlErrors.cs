using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Providers.MySql;

/// <summary>What the server's error numbers and the client libraries' errors mean for statement, connection and node. Pure.</summary>
internal static partial class MySqlErrors
{
    public const int Interrupted = 1317;
    public const int Deadlock = 1213;
    public const int AccessDenied = 1045;
    public const int PrivilegeNeeded = 1227;

    public static ErrorClass Classify(Exception error) => MySqlClient.NumberOf(error) switch
    {
        0 when error is RoutingException { Code: ErrorCodes.WriteInReadOnlyTransaction } => ErrorClass.ReadOnlyRequested,
        _ when TlsRefusal.IsOne(error) => ErrorClass.NotExecuted,
        0 => ClassifyUnnumbered(error),

        // The query was ended by a KILL, or by max_statement_time (MariaDB) and max_execution_time (MySQL).
        Interrupted or 1969 or 3024 => ErrorClass.Cancelled,

        // Deadlock; lock wait time-out; row changed since it was read (MariaDB with innodb_snapshot_isolation); and what
        // Galera and Group Replication report when another node's transaction was first.
        Deadlock or 1205 or 1020 or 1180 or 1613 or 1614 or 3101 => ErrorClass.RolledBack,

        // read_only and super_read_only; a server that is only a replica; innodb_read_only.
        1290 or 1836 or 1874 => ErrorClass.WrongRole,

        // A read-only transaction was written in.
        1792 => ErrorClass.ReadOnlyRequested,

        // Cannot connect: unknown host or refused, handshake cut short, shutting down, not a part of its cluster (Galera).
        1042 or 1043 or 1047 or 2002 or 2003 or 2005 => ErrorClass.NotExecuted,

        // Too many connections, of the server or of this user; out of memory, of disk, of locks.
        1040 or 1203 or 1226 or 1037 or 1038 or 1021 or 1041 or 1114 or 1206 => ErrorClass.Capacity,

        // Shutdown in progress, aborted or killed connections, packets that came broken or late, gone away, lost, killed, idle too long.
        1053 or 1079 or 1152 or 1153 or 1154 or 1155 or 1156 or 1157 or 1158 or 1159 or 1160 or 1161 or 1184 or 1927 or 2006 or 2013 or 2055 or 4031 => ErrorClass.ConnectionLost,

        // A statement prepared on the server that is not there any more, or must be prepared again.
        1243 or 1615 => ErrorClass.StalePlan,
        _ => ErrorClass.Statement,
    };

    /// <summary>The server's own numbers leave out 2000 to 2999, which are those of clients that have met no answer.</summary>
    public static bool IsAnswer(Exception error) => MySqlClient.NumberOf(error) is not 0 and (< 2000 or > 2999);

    /// <summary>What a caller is told whose command was ended by its time-out.</summary>
    public static RoutingException TimedOut(string node, string dataSource, int afterSeconds, Exception? error) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The command on {node} was interrupted after {afterSeconds} s, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source '{dataSource}', or the call's own time-out, if it may take longer."),
        new TimeoutException("The command's time-out passed.", error)) { Code = ErrorCodes.CommandTimedOut };

    /// <summary>The column that the error's text names. Its row counts within one statement, so it says nothing.</summary>
    public static RowFault FaultOf(Exception error) =>
        ColumnPlace().Match(error.Message) is { Success: true } place ? new RowFault(Row: null, place.Groups["column"].Value) : default;

    private static ErrorClass ClassifyUnnumbered(Exception error) => error switch
    {
        OperationCanceledException => ErrorClass.Cancelled,
        RoutingException { InnerException: TimeoutException } => ErrorClass.Cancelled,

        // The bare one comes only from opening a connection.
        TimeoutException => ErrorClass.NotExecuted,
        _ => IsLoss(error) ? ErrorClass.ConnectionLost : ErrorClass.Statement,
    };

    /// <summary>The client libraries wrap what the socket said, several times over.</summary>
    private static bool IsLoss(Exception error)
    {
        for (var at = error; at is not null; at = at.InnerException)
        {
            if (at is IOException or SocketException or ObjectDisposedException)
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"(column|Column|Field) ('(?<column>[^']+)'|`[^`]+`\.`[^`]+`\.`(?<column>[^`]+)`)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ColumnPlace();
}
