namespace Routing.Statements;

/// <summary>In which way a statement uses what a catalog holds.</summary>
[Flags]
public enum CatalogUse
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>A relation is read, a function called, a type's values made or shown.</summary>
    Read = 1,

    /// <summary>A relation's rows are inserted, updated or deleted.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    Any = Read | Write,
}
