using System.Data;
using System.Data.Common;
using Routing.Diagnostics;
using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>
/// What a read-only transaction does not send. The servers refuse to modify rows in one, but definitions, LOCK TABLES and their
/// like first commit what is open, read-only as it is, and then run outside of it: MariaDB drops the table. Immutable, thread-safe.
/// </summary>
/// <param name="node">The node's name, for the error.</param>
internal sealed class ReadOnlyRule(string node)
{
    /// <exception cref="RoutingException">The command may end the transaction (RTG0413).</exception>
    public void Check(DbCommand command)
    {
        var statement = command.CommandType == CommandType.Text ? MySqlSyntax.Classifier.Classify(command.CommandText) : null;
        if (statement is not null && StaysInside(statement))
        {
            return;
        }

        throw new RoutingException(
            $"'{statement?.Summary ?? "CALL"}' may end the transaction on {node}, which is read-only, and then write outside of it, as definitions do on MySQL and MariaDB. It was not sent. Use a transaction that may write.")
        {
            Code = ErrorCodes.WriteInReadOnlyTransaction,
        };
    }

    private static bool StaysInside(Statement statement) =>
        statement.Class == StatementClass.Read
        || statement.Effect switch
        {
            // Rows that are modified are for the server to refuse.
            SessionEffect.Neutral or SessionEffect.ReadsConnectionState => true,
            SessionEffect.SetsSessionState => statement.Class != StatementClass.Write,
            SessionEffect.ControlsTransaction => statement.Verb == TransactionVerb.Savepoint,

            // A function of the user's may be in a query; it cannot commit. In a text with comments that may be executed anything can be.
            _ => statement.StatementCount == 1
                && statement.Summary.StartsWith("SELECT", StringComparison.Ordinal)
                && !statement.Text.Contains("/*", StringComparison.Ordinal),
        };
}
