using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;
using Routing.Drivers;

namespace Routing.Providers.PostgreSql;

/// <summary>What PostgreSQL's SQLSTATEs and Npgsql's errors mean for statement, connection and node. Pure.</summary>
internal static partial class PostgreSqlErrors
{
    public static bool IsRefusedLogin(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;

    public static ErrorClass Classify(Exception error) => error switch
    {
        PostgresException postgres => Classify(postgres),
        OperationCanceledException => ErrorClass.Cancelled,
        NpgsqlException { InnerException: TimeoutException } => ErrorClass.Cancelled,
        RoutingException when TlsRefusal.IsOne(error) => ErrorClass.NotExecuted,

        // Npgsql wraps a failed connect's SocketException directly; one of an open connection comes inside an IOException.
        NpgsqlException { InnerException: SocketException } => ErrorClass.NotExecuted,
        NpgsqlException { InnerException: IOException } => ErrorClass.ConnectionLost,
        IOException or SocketException => ErrorClass.ConnectionLost,

        // A command's time-out comes inside an NpgsqlException; the bare one only from opening a connection.
        TimeoutException => ErrorClass.NotExecuted,
        _ => ErrorClass.Statement,
    };

    /// <summary>The SQLSTATE, also of an error that another one wraps; null when the server said nothing.</summary>
    public static string? StatusCodeOf(Exception error) =>
        (error as PostgresException ?? error.InnerException as PostgresException)?.SqlState;

    /// <summary>What the error says about the row of a COPY: the server puts its line into the context, in its own language (<c>COPY t, line 3, column x</c>).</summary>
    public static RowFault FaultOf(Exception error)
    {
        if ((error as PostgresException ?? error.InnerException as PostgresException) is not { } postgres)
        {
            return default;
        }

        var place = CopyPlace().Match(postgres.Where ?? "");
        var column = postgres.ColumnName ?? (place.Groups["column"].Success ? place.Groups["column"].Value : null);
        return new RowFault(place.Success && long.TryParse(place.Groups["line"].ValueSpan, CultureInfo.InvariantCulture, out var line) ? line : null, column);
    }

    private static ErrorClass Classify(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.SerializationFailure => IsRecoveryConflict(error) ? ErrorClass.ReplicaConflict : ErrorClass.RolledBack,
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.TransactionRollback => ErrorClass.RolledBack,
        PostgresErrorCodes.ReadOnlySqlTransaction => ErrorClass.WrongRole,
        PostgresErrorCodes.QueryCanceled => ErrorClass.Cancelled,
        PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.SqlClientUnableToEstablishSqlConnection
            or PostgresErrorCodes.SqlServerRejectedEstablishmentOfSqlConnection => ErrorClass.NotExecuted,
        PostgresErrorCodes.InvalidSqlStatementName => ErrorClass.StalePlan,
        PostgresErrorCodes.FeatureNotSupported => IsStalePlan(error) ? ErrorClass.StalePlan : ErrorClass.Statement,

        // idle_in_transaction_session_timeout, and idle_session_timeout (57P05) below, end the session.
        "25P03" => ErrorClass.ConnectionLost,
        _ => ClassifyByClass(error.SqlState),
    };

    private static ErrorClass ClassifyByClass(string sqlState) =>
        sqlState.StartsWith("08", StringComparison.Ordinal) || sqlState.StartsWith("57P", StringComparison.Ordinal) ? ErrorClass.ConnectionLost
            : sqlState.StartsWith("53", StringComparison.Ordinal) ? ErrorClass.Capacity
            : ErrorClass.Statement;

    // The message is translated by lc_messages; the function that raised it is not.
    private static bool IsRecoveryConflict(PostgresException error) =>
        error.MessageText.Contains("conflict with recovery", StringComparison.Ordinal)
        || error.Routine is "ProcessInterrupts"
        || error.Routine?.StartsWith("ProcessRecoveryConflict", StringComparison.Ordinal) == true;

    private static bool IsStalePlan(PostgresException error) =>
        error.Routine == "RevalidateCachedQuery" || error.MessageText.Contains("cached plan", StringComparison.Ordinal);

    [GeneratedRegex(@"^COPY .+?, \w+ (?<line>\d+)(, \w+ (?<column>[^:\r\n]+))?(:|\r?$)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CopyPlace();
}
