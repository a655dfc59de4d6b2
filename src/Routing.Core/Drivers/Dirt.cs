namespace Routing.Drivers;

/// <summary>What may have been left on a connection by those who held it, so that a driver resets enough and not too little.</summary>
[Flags]
public enum Dirt
{
    /// <summary>Every statement was provably neutral.</summary>
    None = 0,

    /// <summary>A statement set session state (SET, temporary table, advisory lock, LISTEN, PRAGMA, ATTACH).</summary>
    SessionState = 1,

    /// <summary>A transaction may still be open.</summary>
    Transaction = 2,

    /// <summary>A command was cancelled or timed out.</summary>
    Cancelled = 4,

    /// <summary>A command failed.</summary>
    Failed = 8,

    /// <summary>A statement ran whose effect on the session cannot be told from its text.</summary>
    Unknown = 16,

    /// <summary>The driver's own connection was handed to the user.</summary>
    HandedOut = 32,
}
