using System.Data.Common;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>
/// What Routing asks of a database, for one node: open a connection and understand its errors. Everything else is asked
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
}
