namespace Routing.Statements;

/// <summary>What a statement changes beyond its data and its session's state.</summary>
[Flags]
public enum StatementAftermath
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Definitions (DDL): what was read from the database's catalogs may be wrong after it.</summary>
    Schema = 1,

    /// <summary>What prepared statements mean (<c>SET search_path</c>, <c>SET ROLE</c>): those of its connection are dropped when it comes back.</summary>
    Plans = 2,

    /// <summary>Something that no reset brings back (<c>LOAD</c>): its connection is closed when it comes back.</summary>
    Lasting = 4,
}
