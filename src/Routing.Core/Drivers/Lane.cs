namespace Routing.Drivers;

/// <summary>Which kind of connection of a node a statement needs.</summary>
public enum Lane
{
    /// <summary>May write. On engines without lanes, the only one.</summary>
    Writer,

    /// <summary>Only reads (SQLite: <c>query_only</c>).</summary>
    Reader,
}

/// <summary>How a node's connections are divided.</summary>
public enum LaneLayout
{
    /// <summary>One kind of connection serves every intent (client-server engines); <c>MaxSize</c> counts all.</summary>
    Shared,

    /// <summary>One writer and <c>MaxSize</c> readers (a SQLite file).</summary>
    WriterAndReaders,

    /// <summary>Exactly one connection serves every intent (a SQLite in-memory database, which lives and dies with it).</summary>
    OneConnection,
}
