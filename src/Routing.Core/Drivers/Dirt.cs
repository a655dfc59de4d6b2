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

    /// <summary>
    /// A statement ran whose text is neutral, but it is not proven that nothing else ran behind the names in it. Only where
    /// connections are reset when dirty.
    /// </summary>
    Unproven = 64,

    /// <summary>A statement changed what prepared statements mean (search path, role): the kept ones are dropped.</summary>
    Plans = 128,

    /// <summary>A statement did what no reset brings back: the connection closes.</summary>
    Lasting = 256,
}
