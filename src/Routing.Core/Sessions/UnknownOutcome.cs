using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// What the caller is told when the connection was lost before the answer came to something that commits: a COMMIT, or a write outside of
/// any transaction. On every engine the same error, with the driver's inside, because each driver has words of its own for it.
/// </summary>
internal static class UnknownOutcome
{
    private const string Advice = "A retry is not safe unless the work is idempotent; ask the data which it was.";

    /// <summary>Of a COMMIT.</summary>
    public static CommitOutcomeUnknownException OfCommit(DataSourceRuntime source, Node node, string tag, Exception error) =>
        Create(node, $"The connection to '{source.Name}/{node.Name}' was lost between COMMIT and its answer: the {tag} is applied whole or not at all. {Advice}", error);

    /// <summary>Of a statement whose effect is in doubt; null where the error itself says enough.</summary>
    /// <param name="source">Whose.</param>
    /// <param name="lease">What it was sent over; it may have been returned.</param>
    /// <param name="statement">What ran.</param>
    /// <param name="isUndone">Whether it ran inside what is undone with the connection, a transaction or one that only reads.</param>
    /// <param name="error">What it failed with.</param>
    public static CommitOutcomeUnknownException? OfStatement(DataSourceRuntime source, in RoutedLease lease, Statement statement, bool isUndone, Exception error)
    {
        var node = lease.Node;
        return Commits(statement, isUndone) && Failure.Classify(lease.Driver, error) == ErrorClass.ConnectionLost && !lease.Driver.IsAnswer(error)
            ? Create(node, $"The connection to '{source.Name}/{node.Name}' was lost before '{statement.Summary}' was answered: it is not known whether it was applied. {Advice}", error)
            : null;
    }

    private static CommitOutcomeUnknownException Create(Node node, string message, Exception error)
    {
        var unknown = new CommitOutcomeUnknownException(message, error) { Code = ErrorCodes.CommitOutcomeUnknown };
        FailedNode.Note(unknown, node);
        return unknown;
    }

    /// <summary>Whether its end makes anything last. What only belongs to the connection is gone with it.</summary>
    private static bool Commits(Statement statement, bool isUndone) => statement switch
    {
        { Class: StatementClass.Read } => false,
        { LastVerb: TransactionVerb.Commit } => true,
        { StatementCount: 1, Verb: TransactionVerb.Begin or TransactionVerb.Rollback or TransactionVerb.Savepoint } => false,
        { StatementCount: 1, Class: StatementClass.Unknown, SetsState: true } => false,
        _ => !isUndone,
    };
}
