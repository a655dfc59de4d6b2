namespace Routing.Statements;

/// <summary>A relation that a text names where only a relation can stand.</summary>
/// <param name="Schema">Its schema as written; null when it has none.</param>
/// <param name="Name">Its name, folded as the engine folds it.</param>
/// <param name="Writes">Whether it is modified there.</param>
internal readonly record struct RelationMention(string? Schema, string Name, bool Writes);

/// <summary>
/// What a text names: the relations by their places, and every identifier wherever it stands, because a function can be
/// called without a parenthesis (<c>t.f</c>) and a type by a literal. Made while a text is proven, kept by nobody.
/// </summary>
internal sealed class Mentions
{
    /// <summary>Longer ones are cut by the engines, so that they would mean another name than they show.</summary>
    private const int LongestName = 63;

    public HashSet<RelationMention> Relations { get; } = [];

    /// <summary>Every word and quoted name that is not a keyword of the grammar.</summary>
    public HashSet<string> Names { get; } = new(StringComparer.OrdinalIgnoreCase);

    public bool HasParameters { get; set; }

    /// <summary>Whether a name could not be read with certainty: nothing can be proven then.</summary>
    public bool IsUnreadable { get; set; }

    public void AddName(string name)
    {
        IsUnreadable |= name.Length > LongestName || System.Text.Encoding.UTF8.GetByteCount(name) > LongestName;
        Names.Add(name);
    }
}
