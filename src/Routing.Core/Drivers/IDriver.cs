using System.Data.Common;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>
/// What Routing asks of a database, for one node: open a connection, load many rows over it, and understand its errors. Everything else is asked
/// of the <see cref="PhysicalConnection"/> it opens. Implementations are thread-safe and own no connection.
/// </summary>
public interface IDriver : IAsyncDisposable
{
    /// <summary>The engine by OpenTelemetry's name (<c>postgresql</c>, <c>sqlite</c>).</summary>
    string System { get; }

    /// <summary>How the node's connections are divided.</summary>
    LaneLayout Lanes { get; }

    /// <summary>Whether every read on this node sees every committed write, as in a SQLite file.</summary>
    bool AlwaysFresh { get; }

    /// <summary>
    /// Opens a new physical connection, outside any pool of the driver and of any ambient transaction, and brings it to
    /// the clean baseline (engine set-up, then the user's <c>OnPhysicalOpen</c>).
    /// </summary>
    /// <param name="lane">The lane it is for; <see cref="Lane.Writer"/> where the layout is not <see cref="LaneLayout.WriterAndReaders"/>.</param>
    /// <param name="async">Whether to do I/O asynchronously; when false the returned task is complete.</param>
    /// <param name="deadline">When to give up with a <see cref="TimeoutException"/> or the driver's own error.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Classifies an error thrown by the engine's driver. Pure.</summary>
    /// <param name="error">The error.</param>
    ErrorClass Classify(Exception error);

    /// <summary>Where the node is, for telemetry. Default: nothing is known.</summary>
    NodeEndpoint Endpoint => NodeEndpoint.Unknown;

    /// <summary>The engine's own code of an error (SQLSTATE, SQLite's result code), for telemetry; null when the database said none. Pure.</summary>
    /// <param name="error">The error.</param>
    string? StatusCodeOf(Exception error) => (error as DbException)?.SqlState;

    /// <summary>
    /// Whether an error is the database's own answer to the statement, which has then ended without effect; otherwise it is the
    /// driver's, and where the connection is lost nobody knows how far the statement came. Pure. Default: whether the error has a
    /// code of the database, by <see cref="StatusCodeOf"/>.
    /// </summary>
    /// <param name="error">The error.</param>
    bool IsAnswer(Exception error) => StatusCodeOf(error) is not null;

    /// <summary>
    /// Whether a reader's description of its columns comes with its result. SQLite's driver makes one by reading the whole table. Default true.
    /// </summary>
    bool DescribesColumns => true;

    /// <summary>
    /// Loads the rows of a bulk insert by the fastest way that the engine has, inside the transaction that is open on the connection, and
    /// returns how many the server says it has stored. Constraints hold and triggers fire as with INSERT. What it throws undoes
    /// nothing: whoever called it rolls back. Default: INSERTs of many rows each.
    /// </summary>
    /// <param name="connection">A connection that this driver opened.</param>
    /// <param name="load">The table, its columns and the rows.</param>
    /// <param name="async">Whether to do I/O, and to wait for rows, asynchronously; when false the returned task is complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        MultiRowInsert.RunAsync(load, async, cancellationToken);

    /// <summary>What an error of the database says about the row and the column of a bulk insert that it is about. Pure. Default: nothing.</summary>
    /// <param name="error">The error.</param>
    RowFault FaultOf(Exception error) => default;
}
