namespace Routing.Mappers;

/// <summary>How many rows a caller who wants one expects.</summary>
internal enum RowExpectation
{
    /// <summary>At least one; the first counts.</summary>
    First,

    /// <summary>Any number; the first counts, none is the type's default.</summary>
    FirstOrDefault,

    /// <summary>Exactly one.</summary>
    Single,

    /// <summary>At most one; none is the type's default.</summary>
    SingleOrDefault,
}
