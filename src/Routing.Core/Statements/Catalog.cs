using System.Collections.Frozen;

namespace Routing.Statements;

/// <summary>
/// What a database's own definitions make of the names in a text: behind which relations and functions provably nothing
/// runs that could leave something on a connection. One moment of one database, made by <see cref="CatalogBuilder"/>; a
/// name it does not know was made later and counts as not proven. Immutable, thread-safe.
/// </summary>
public sealed class Catalog
{
    private readonly FrozenDictionary<string, CatalogUse> _relations;
    private readonly FrozenSet<string> _functions;
    private readonly FrozenSet<string> _suspects;
    private readonly string[] _hidden;
    private readonly bool _distrustsParameters;
    private readonly string? _distrusted;

    internal Catalog(
        FrozenDictionary<string, CatalogUse> relations, FrozenSet<string> functions, FrozenSet<string> suspects, string[] hidden, bool distrustsParameters, string? distrusted)
    {
        _relations = relations;
        _functions = functions;
        _suspects = suspects;
        _hidden = hidden;
        _distrustsParameters = distrustsParameters;
        _distrusted = distrusted;
    }

    /// <summary>How many relations it knows.</summary>
    public int RelationCount => _relations.Count;

    /// <summary>How a relation may be used so that provably nothing is left; <see cref="CatalogUse.None"/> for one it does not know.</summary>
    /// <param name="schema">Its schema; null asks for every relation of that name together, because which one is meant depends on the search path.</param>
    /// <param name="name">Its name, as the engine folds it.</param>
    public CatalogUse ProvableUse(string? schema, string name) => _relations.GetValueOrDefault(KeyOf(schema, name));

    /// <summary>Whether there is a function of that name and provably none of them leaves anything.</summary>
    /// <param name="name">Its name, as the engine folds it.</param>
    public bool IsProvableFunction(string name) => _functions.Contains(name) && !_suspects.Contains(name);

    internal static string KeyOf(string? schema, string name) => schema is null ? name : $"{schema}\0{name}";

    /// <summary>Whether the database has a function of that name; whether it is proven is asked of its mention.</summary>
    internal bool HasFunction(string name) => _functions.Contains(name);

    /// <summary>In a few words why what the text names is not proven to leave nothing; null when it is.</summary>
    internal string? Doubt(string text, Mentions mentions)
    {
        if (_distrusted is not null)
        {
            return _distrusted;
        }

        if (mentions.IsUnreadable)
        {
            return "a name cannot be read";
        }

        if (mentions.HasParameters && _distrustsParameters)
        {
            return "a parameter may be of a type whose checks are not proven";
        }

        foreach (var relation in mentions.Relations)
        {
            var use = ProvableUse(relation.Schema, relation.Name);
            if ((use & (relation.Writes ? CatalogUse.Write : CatalogUse.Read)) == CatalogUse.None)
            {
                return $"{(relation.Writes ? "modifies" : "reads")} {relation.Name}";
            }
        }

        return DoubtNames(text, mentions);
    }

    private string? DoubtNames(string text, Mentions mentions)
    {
        foreach (var name in mentions.Names)
        {
            if (_suspects.Contains(name))
            {
                return $"mentions {name}";
            }
        }

        foreach (var hidden in _hidden)
        {
            if (text.Contains(hidden, StringComparison.Ordinal))
            {
                return $"may use operator {hidden}";
            }
        }

        return null;
    }
}
