namespace Routing;

/// <summary>What a query that locks rows does about those that another transaction has locked.</summary>
public enum WhenLocked
{
    /// <summary>It waits for them.</summary>
    Wait,

    /// <summary>It leaves them out, as workers that share a queue want it.</summary>
    Skip,

    /// <summary>It fails at once.</summary>
    Fail,
}

/// <summary>
/// The pieces of a query that locks its rows; the engines want them in different places, so both are written:
/// <c>$"select id from jobs {locks.AfterTable} where done = {false} order by id {locks.AtEnd}"</c>. Immutable.
/// </summary>
/// <param name="AfterTable">What stands directly behind the table's name and its alias.</param>
/// <param name="AtEnd">What stands at the end of the query.</param>
public readonly record struct RowLock(RawSql AfterTable, RawSql AtEnd);
