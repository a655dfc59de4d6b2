namespace Routing.Testing.Tds;

/// <summary>What runs the SQL behind the protocol. Thread-safe.</summary>
public interface ITdsEngine : IDisposable
{
    /// <summary>Opens a session of its own for a client that logged in.</summary>
    /// <param name="login">Who it is.</param>
    /// <exception cref="TdsException">It is refused.</exception>
    ITdsEngineSession Open(TdsLogin login);
}

/// <summary>A session: its settings, its temporary tables, its transaction. For one thread, except <see cref="Interrupt"/>.</summary>
public interface ITdsEngineSession : IDisposable
{
    /// <summary>What it calls itself, by <c>@@spid</c>.</summary>
    int Id { get; }

    /// <summary>The database in use.</summary>
    string Database { get; }

    /// <summary>The open transaction's number; 0 when none is open.</summary>
    long Transaction { get; }

    /// <summary>Whether the transaction that ended last was committed.</summary>
    bool HasCommitted { get; }

    /// <summary>A request begins: what was interrupted before does not count any more.</summary>
    void Start();

    /// <summary>Runs a text and answers each of its statements.</summary>
    /// <param name="text">The SQL.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="answer">Where the results go.</param>
    /// <exception cref="TdsException">A statement failed; the ones before it have been answered.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    void Run(string text, IReadOnlyList<TdsParameter> parameters, TdsAnswer answer);

    /// <summary>Begins a transaction at a level of the protocol: 2 for read committed, 4 for serializable, 5 for snapshot; 0 for what is set.</summary>
    void Begin(byte isolation);

    /// <summary>Commits.</summary>
    void Commit();

    /// <summary>Rolls back, all of it or to a savepoint.</summary>
    void RollBack(string savepoint);

    /// <summary>Sets a savepoint.</summary>
    void Save(string savepoint);

    /// <summary>Stores the rows of a bulk load and returns how many it stored: fewer where keys that are there already are ignored.</summary>
    /// <param name="text">The INSERT BULK before it.</param>
    /// <param name="rows">The rows.</param>
    long Load(string text, TdsTable rows);

    /// <summary>Makes it a new session, as the header's bit asks.</summary>
    /// <param name="keepsTransaction">Whether an open transaction stays.</param>
    void Reset(bool keepsTransaction);

    /// <summary>Ends what runs now, from another thread.</summary>
    void Interrupt();
}
