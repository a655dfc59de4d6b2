using System.Data;
using System.Data.Common;
using System.Runtime.ExceptionServices;
using Routing.Drivers;
using Routing.Mappers;
using Routing.Routes;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>What an error means for its connection, its node, and the statement: discard, tell, rerun.</summary>
internal static class Failure
{
    /// <summary>Marks the connection, tells the monitor, and leaves the node's name on the error.</summary>
    public static void Note(DataSourceRuntime source, in RoutedLease lease, Exception error)
    {
        FailedNode.Note(error, lease.Node);
        switch (Classify(lease.Driver, error))
        {
            case ErrorClass.ConnectionLost:
                lease.Discard();
                source.Signals.ReportFailure(lease.Node.Id);
                return;
            case ErrorClass.WrongRole:
                lease.Soil(Dirt.Failed);
                source.Signals.RequestProbe(lease.Node.Id);
                return;
            case ErrorClass.Cancelled:
                lease.Soil(Dirt.Cancelled);
                return;
            case ErrorClass.StalePlan:
                // Somebody changed a definition.
                source.Catalogs?.Forget();
                lease.Soil(Dirt.Failed);
                return;
            default:
                // What the database itself answered is over and done with; of anything else nobody knows where it stopped.
                lease.Soil(lease.Driver.StatusCodeOf(error) is null ? Dirt.Failed | Dirt.Unknown : Dirt.Failed);
                return;
        }
    }

    /// <summary>
    /// After a command whose token was cancelled before it had ended. One that ended by the cancel proves that the server
    /// took it. One that ended otherwise proves nothing: the cancel may be on its way still, and would meet whoever rents
    /// the connection next.
    /// </summary>
    public static void NoteCancel(in RoutedLease lease, Exception? error)
    {
        if (!lease.Physical.SettlesCancel(error))
        {
            lease.Discard();
        }
    }

    /// <summary>
    /// Throws what the caller is told in place of the error, if anything: that a write's outcome is unknown, or the driver's own error where
    /// Dapper put one of its own around it because it came while a row was read.
    /// </summary>
    /// <param name="source">Whose.</param>
    /// <param name="lease">What the statement was sent over; it may have been returned.</param>
    /// <param name="statement">What ran.</param>
    /// <param name="isUndone">Whether it ran inside what is undone with the connection, a transaction or one that only reads.</param>
    /// <param name="error">What it failed with.</param>
    public static void ThrowInstead(DataSourceRuntime source, in RoutedLease lease, Statement statement, bool isUndone, Exception error)
    {
        var drivers = error is DataException { InnerException: DbException inner } ? inner : error;
        if (UnknownOutcome.OfStatement(source, lease, statement, isUndone, drivers) is { } unknown)
        {
            throw unknown;
        }

        if (!ReferenceEquals(drivers, error))
        {
            FailedNode.Note(drivers, lease.Node);
            ExceptionDispatchInfo.Throw(drivers);
        }
    }

    public static ErrorClass Classify(IDriver driver, Exception error) => error switch
    {
        OperationCanceledException => ErrorClass.Cancelled,
        // Dapper's, around what the driver threw while a row was read.
        DataException { InnerException: { } inner } => Classify(driver, inner),
        NodeUnavailableException => ErrorClass.NotExecuted,
        PoolExhaustedException => ErrorClass.Capacity,
        _ => driver.Classify(error),
    };

    /// <summary>
    /// How a failed call runs once more, if it may. Only what changed nothing does: a single read, or what was never sent.
    /// The number of reruns is bounded: each one avoids one node more, and a lost connection allows only one.
    /// </summary>
    public static bool TryReroute(DataSourceRuntime source, Call call, Exception error, int reruns, out Call next)
    {
        next = default;
        var shard = source.Shards.Locate();
        var node = FailedNode.Of(error) is { } name ? Find(shard, name) : null;
        if (node is not null && error is NodeUnavailableException)
        {
            source.Signals.ReportFailure(node.Id);
        }

        if (node is null || call.Statement.StatementCount != 1)
        {
            return false;
        }

        var isRead = call.Intent == Intent.Read;
        var elsewhere = call.Avoid | Router.Bit(node);
        switch (Classify(source.DriverOf(node), error))
        {
            case ErrorClass.NotExecuted when isRead && reruns < shard.Nodes.Length:
                next = call.Rerouted(Intent.Read, elsewhere);
                return true;
            case ErrorClass.ConnectionLost or ErrorClass.ReplicaConflict when isRead && reruns == 0:
                next = call.Rerouted(Intent.Read, elsewhere);
                return true;
            case ErrorClass.WrongRole when isRead && !call.IsExplicit && reruns == 0:
                // A read by classification that the read-only node refused: the server rejected it whole, so it runs
                // once on the primary.
                next = call.Rerouted(Intent.Write, call.Avoid);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whether a statement on a held connection may run once more there, after <see cref="PhysicalConnection.ForgetPlans"/>.</summary>
    public static bool IsStalePlan(in RoutedLease lease, in Call call, Exception error) =>
        call.Statement.StatementCount == 1 && Classify(lease.Driver, error) == ErrorClass.StalePlan && DidNothing(call);

    /// <summary>
    /// Whether the error undid all there was. A single statement fails whole; but what may be a procedure may have
    /// committed before, and a list of arguments is as many statements, the first of which stand.
    /// </summary>
    private static bool DidNothing(in Call call) =>
        call.Intent == Intent.Read || (call.Statement.Class == StatementClass.Write && !RunsManyTimes(call.Command.Arguments));

    private static bool RunsManyTimes(object? arguments) =>
        arguments is System.Collections.IEnumerable and not string and not IEnumerable<KeyValuePair<string, object?>>;

    private static Node? Find(Shard shard, string name)
    {
        foreach (var node in shard.Nodes)
        {
            if (node.Name == name)
            {
                return node;
            }
        }

        return null;
    }
}
