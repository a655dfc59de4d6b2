namespace Routing.Statements;

/// <summary>Whether a statement can be served by a replica.</summary>
public enum StatementClass
{
    /// <summary>Cannot be told from the text: goes to the primary.</summary>
    Unknown,

    /// <summary>Provably changes nothing.</summary>
    Read,

    /// <summary>Changes data or schema, or takes row locks.</summary>
    Write,
}

/// <summary>What a statement does to the session it runs in.</summary>
public enum SessionEffect
{
    /// <summary>Cannot be told: the connection counts as dirty afterwards.</summary>
    Unknown,

    /// <summary>Provably nothing.</summary>
    Neutral,

    /// <summary>Reads what the statement before it left on the connection (last insert id, row count, <c>currval</c>).</summary>
    ReadsConnectionState,

    /// <summary>Leaves state behind (SET, temporary table, advisory lock, LISTEN, PRAGMA, ATTACH).</summary>
    SetsSessionState,

    /// <summary>Begins, ends or marks a transaction.</summary>
    ControlsTransaction,
}

/// <summary>Which transaction control a statement is.</summary>
public enum TransactionVerb
{
    /// <summary>None.</summary>
    None,

    /// <summary>BEGIN, START TRANSACTION.</summary>
    Begin,

    /// <summary>COMMIT, END.</summary>
    Commit,

    /// <summary>ROLLBACK, ABORT of the whole transaction.</summary>
    Rollback,

    /// <summary>SAVEPOINT, RELEASE, ROLLBACK TO: the transaction goes on.</summary>
    Savepoint,

    /// <summary>Anything else about transactions (PREPARE TRANSACTION, SET TRANSACTION, COMMIT PREPARED).</summary>
    Other,
}

/// <summary>What is known about a SQL text. Immutable, thread-safe and cached by the text.</summary>
/// <param name="Text">The SQL.</param>
/// <param name="Class">Whether a replica may serve it. For several statements in one text, the strictest.</param>
/// <param name="Effect">What it does to its session. For several, the strongest.</param>
/// <param name="Verb">Its transaction control, if it is a single one.</param>
/// <param name="Summary">A short name of low cardinality: the first keyword and target, e.g. <c>SELECT orders</c>.</param>
/// <param name="StatementCount">How many statements the text holds.</param>
/// <param name="Reason">In words, what decided the class; for <c>Explain</c>.</param>
public sealed record Statement(
    string Text,
    StatementClass Class,
    SessionEffect Effect,
    TransactionVerb Verb,
    string Summary,
    int StatementCount,
    string Reason)
{
    /// <summary>
    /// Whether anything in the text is not proven to leave the connection as it found it. It can be true beside
    /// <see cref="SessionEffect.ReadsConnectionState"/>, when the text also calls something unknown.
    /// </summary>
    public bool Dirties { get; init; } = Effect is not (SessionEffect.Neutral or SessionEffect.ReadsConnectionState);

    /// <summary>Whether the text ends by taking away all session state (<c>DISCARD ALL</c>), so that a pinned session may be unpinned after it.</summary>
    public bool ResetsSession { get; init; }

    /// <summary>Whether anything in the text sets session state; <see cref="Effect"/> does not tell where something stronger stands beside it.</summary>
    public bool SetsState { get; init; } = Effect == SessionEffect.SetsSessionState;

    /// <summary>
    /// Whether anything in the text reads what an earlier statement left on the connection, also where the text itself left
    /// it; <see cref="Effect"/> does not tell then.
    /// </summary>
    public bool ReadsState { get; init; } = Effect == SessionEffect.ReadsConnectionState;

    /// <summary>What the text changes beyond data and session state.</summary>
    public StatementAftermath Aftermath { get; init; }

    /// <summary>The transaction control that came last in the text, and so decides whether one is open after it.</summary>
    public TransactionVerb LastVerb { get; init; } = Verb;

    /// <summary>Of a batch: its statements, each of which was classified by itself. Null for a text.</summary>
    internal IReadOnlyList<Statement>? Parts { get; init; }

    /// <summary>What was last found out about it with a <see cref="Catalog"/>; no part of what it is.</summary>
    internal ProofSlot Proof;
}
