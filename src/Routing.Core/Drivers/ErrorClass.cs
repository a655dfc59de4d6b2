namespace Routing.Drivers;

/// <summary>What an error of the driver means for the statement, the connection and the node. Each has one reaction.</summary>
public enum ErrorClass
{
    /// <summary>The statement's own fault (syntax, constraint, conversion): surfaced, nothing is retried, nothing ejected.</summary>
    Statement,

    /// <summary>The statement never ran (refused, cannot connect, starting up): safe to retry elsewhere.</summary>
    NotExecuted,

    /// <summary>The node is not the primary any more: go to the primary and probe the node again.</summary>
    WrongRole,

    /// <summary>The transaction was rolled back by the server (serialization, deadlock, busy): rerun the transaction.</summary>
    RolledBack,

    /// <summary>A replica cancelled the read because of replay: run it on another replica.</summary>
    ReplicaConflict,

    /// <summary>The connection is gone: what was not sent or only read may run elsewhere, a COMMIT has an unknown outcome.</summary>
    ConnectionLost,

    /// <summary>A time-out or a cancel: surfaced, never retried, never held against the node.</summary>
    Cancelled,

    /// <summary>The server is out of something (connections, memory, disk): back off, do not eject.</summary>
    Capacity,

    /// <summary>The caller asked for a read-only transaction and wrote in it: surfaced.</summary>
    ReadOnlyRequested,

    /// <summary>A prepared statement no longer fits (schema changed, connection reset): drop it and run once more.</summary>
    StalePlan,
}
