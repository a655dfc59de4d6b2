namespace Routing;

/// <summary>
/// Who is served first when several wait for a connection of the same pool. What is idle goes to whoever comes first, so it
/// matters only when the pool is exhausted. Nobody starves: while somebody of a lower priority waits, at most eight in a
/// row are served before the one who waits longest among them.
/// </summary>
public enum RentPriority
{
    /// <summary>Before the others: short statements that people wait for.</summary>
    High = -1,

    /// <summary>The default.</summary>
    Normal = 0,

    /// <summary>After the others: reports, imports, clean-up.</summary>
    Low = 1,
}
