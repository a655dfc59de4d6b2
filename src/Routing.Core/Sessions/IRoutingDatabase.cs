using Routing.Topology;

namespace Routing;

/// <summary>
/// One data source. A singleton, keyed by the data source's name; thread-safe. Its verbs
/// (<c>QueryAsync</c>, <c>ExecuteAsync</c>, ...) are one-shot calls: each rents a connection for one statement.
/// </summary>
public interface IRoutingDatabase : ISqlRunner
{
    /// <summary>The data source's name.</summary>
    string Name { get; }

    /// <summary>The same routing for anything that speaks ADO.NET.</summary>
    RoutingDataSource DataSource { get; }

    /// <summary>What is known about the nodes now.</summary>
    TopologySnapshot Topology { get; }

    /// <summary>Opens a unit of work with its own consistency scope. It holds no connection until it needs one.</summary>
    /// <param name="options">Its options; null for the defaults.</param>
    Session OpenSession(SessionOptions? options = null);

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and commits. Reruns it, with jittered back-off, when the server
    /// rolled it back (serialization failure, deadlock, busy) or the connection was lost before COMMIT; so side effects
    /// belong in <see cref="SessionTransaction.OnCommitted"/>. What <paramref name="work"/> throws otherwise rolls back and comes through.
    /// </summary>
    /// <param name="work">The statements; called once per attempt.</param>
    /// <param name="options">Isolation and the like; null for the defaults.</param>
    /// <param name="ct">Ends the current attempt and rolls back. Ignored from COMMIT on.</param>
    /// <exception cref="CommitOutcomeUnknownException">The connection was lost during COMMIT; it is never rerun.</exception>
    Task<CommitResult> TransactAsync(Func<SessionTransaction, CancellationToken, Task> work, TransactionOptions? options = null, CancellationToken ct = default);

    /// <summary>As <see cref="TransactAsync(Func{SessionTransaction, CancellationToken, Task}, TransactionOptions?, CancellationToken)"/>, with a result.</summary>
    /// <typeparam name="TResult">What the work returns.</typeparam>
    /// <param name="work">The statements; called once per attempt.</param>
    /// <param name="options">Isolation and the like; null for the defaults.</param>
    /// <param name="ct">Ends the current attempt and rolls back. Ignored from COMMIT on.</param>
    Task<TResult> TransactAsync<TResult>(Func<SessionTransaction, CancellationToken, Task<TResult>> work, TransactionOptions? options = null, CancellationToken ct = default);
}

/// <summary>All data sources. A singleton; thread-safe.</summary>
public interface IRoutingDatabases
{
    /// <summary>The configured names, in configuration order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>A data source by name, compared without case.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="RoutingConfigurationException">There is none of that name; the message lists those there are.</exception>
    IRoutingDatabase this[string name] { get; }

    /// <summary>Begins an ambient consistency scope for the one-shot calls of this asynchronous flow, until disposed.</summary>
    /// <param name="from">A token to start from; null to start empty.</param>
    ConsistencyScope BeginScope(ConsistencyToken? from = null);
}

/// <summary>How a <see cref="Session"/> departs from its data source's defaults.</summary>
public sealed record SessionOptions
{
    /// <summary>Whether every statement must leave the data unchanged, on whatever node: each runs in a read-only transaction. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>A token to start from, so that its reads see another scope's writes. Default none.</summary>
    public ConsistencyToken? Token { get; init; }

    /// <summary>What errors call the session. Default <c>session</c>.</summary>
    public string Tag { get; init; } = "session";

    /// <summary>Its place among those who wait when a pool is exhausted, for every statement that says nothing else. Default <see cref="RentPriority.Normal"/>.</summary>
    public RentPriority Priority { get; init; }
}

/// <summary>How a transaction departs from the defaults.</summary>
public sealed record TransactionOptions
{
    /// <summary>The isolation level, set explicitly at BEGIN. Default: the engine's own.</summary>
    public System.Data.IsolationLevel Isolation { get; init; } = System.Data.IsolationLevel.Unspecified;

    /// <summary>Whether the server must refuse writes in it; such a transaction may run on a replica, unless serializable. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How often <c>TransactAsync</c> runs its delegate at the most, 1-100. Default 5.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>What errors call the transaction. Default <c>transaction</c>.</summary>
    public string Tag { get; init; } = "transaction";
}

/// <summary>How a COMMIT ended.</summary>
public enum CommitOutcome
{
    /// <summary>The server said so.</summary>
    Committed,

    /// <summary>It was rolled back.</summary>
    Aborted,

    /// <summary>The connection was lost between COMMIT and its answer.</summary>
    Unknown,
}

/// <summary>What a commit returns.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Token">The session's positions after it.</param>
public sealed record CommitResult(CommitOutcome Outcome, ConsistencyToken Token);

/// <summary>
/// The connection was lost between COMMIT and its answer: the transaction is applied whole or not at all, and it is not known which. So too for
/// a write outside of any transaction, which commits by itself. A retry is not safe unless the work is idempotent.
/// </summary>
public sealed class CommitOutcomeUnknownException : RoutingException
{
    /// <summary>Creates an error.</summary>
    public CommitOutcomeUnknownException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">Which node.</param>
    public CommitOutcomeUnknownException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">Which node.</param>
    /// <param name="innerException">The driver's error.</param>
    public CommitOutcomeUnknownException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
