namespace Routing.ConformanceTests.Types;

/// <summary>The ways to read a value.</summary>
[Flags]
public enum ReadBy
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>The verbs, as a row of one value.</summary>
    Row = 1,

    /// <summary>The verbs, as a member of a class.</summary>
    Member = 2,

    /// <summary><c>ExecuteScalarAsync</c>.</summary>
    Scalar = 4,

    /// <summary><c>GetFieldValue</c> of a routed reader.</summary>
    Reader = 8,

    /// <summary>Dapper's own queries over a routed connection, as a member of a class.</summary>
    Dapper = 16,
}
