using System.Collections.Frozen;

namespace Routing.Statements;

/// <summary>
/// Makes a <see cref="Catalog"/> out of what a provider read from a database: its relations, functions and types, what
/// each depends on, and the texts of their definitions, which are classified like statements. Everything counts as
/// proven until something it depends on does not: so recursion is no obstacle, and one doubt spreads to all that use it.
/// Not thread-safe; <see cref="Build"/> ends it.
/// </summary>
/// <param name="classifier">Reads the definitions.</param>
public sealed class CatalogBuilder(SqlClassifier classifier)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Entry>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<Entry>> _relationsByName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _functions = new(StringComparer.Ordinal);
    private readonly List<Definition> _definitions = [];
    private readonly List<(string Operator, string Function)> _operators = [];
    private readonly List<(string Function, string Reason)> _everywhere = [];
    private readonly List<Entry> _types = [];
    private string? _distrusted;

    /// <summary>A table, view or the like.</summary>
    /// <param name="key">What the other methods call it.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="name">Its name.</param>
    public void AddRelation(string key, string schema, string name)
    {
        var entry = Add(key, name);
        NoteRelation(Catalog.KeyOf(null, name), entry);
        NoteRelation(Catalog.KeyOf(schema, name), entry);
    }

    /// <summary>A function that somebody made; the engine's own are in the vocabulary.</summary>
    /// <param name="key">What the other methods call it.</param>
    /// <param name="name">Its name. Several of one name are one for a statement.</param>
    public void AddFunction(string key, string name)
    {
        Add(key, name);
        _functions.Add(name);
    }

    /// <summary>A type that somebody made. A parameter may be of it without any text saying so.</summary>
    /// <param name="key">What the other methods call it.</param>
    /// <param name="name">Its name.</param>
    public void AddType(string key, string name) => _types.Add(Add(key, name));

    /// <summary>Something that texts cannot name, such as the function of an operator.</summary>
    /// <param name="key">What the other methods call it.</param>
    public void AddNameless(string key) => _entries.Add(key, new Entry(""));

    /// <summary>Says that something runs behind it that cannot be proven.</summary>
    /// <param name="key">What it is about; one that was not added is ignored.</param>
    /// <param name="use">Which use is not proven.</param>
    public void Distrust(string key, CatalogUse use)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            entry.Provable &= ~use;
        }
    }

    /// <summary>Says that one is only proven while another is.</summary>
    /// <param name="key">The one; when it was not added nothing happens.</param>
    /// <param name="use">Which use of it.</param>
    /// <param name="on">The other; one that was not added is not proven.</param>
    /// <param name="usedFor">Which use of the other.</param>
    public void DependsOn(string key, CatalogUse use, string on, CatalogUse usedFor)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return;
        }

        if (_entries.TryGetValue(on, out var other))
        {
            other.Add(new Dependent(entry, use, usedFor));
        }
        else
        {
            entry.Provable &= ~use;
        }
    }

    /// <summary>Says that a use runs this text: statements, or an expression after the word SELECT.</summary>
    /// <param name="key">What it is about; when it was not added nothing happens.</param>
    /// <param name="use">Which use runs it.</param>
    /// <param name="text">The text.</param>
    /// <param name="mayAdvanceSequences">Whether a call of <c>nextval</c> and the like is no harm, as in the default of a column.</param>
    public void Runs(string key, CatalogUse use, string text, bool mayAdvanceSequences = false)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            _definitions.Add(new Definition(entry, use, text, mayAdvanceSequences));
        }
    }

    /// <summary>An operator that somebody made. It shows by its sign only, so every text with that sign is taken to use it.</summary>
    /// <param name="sign">The sign.</param>
    /// <param name="function">The key of its function; one that was not added is not proven.</param>
    public void AddOperator(string sign, string function) => _operators.Add((sign, function));

    /// <summary>A function that any statement may run without a sign of it, such as that of an implicit cast.</summary>
    /// <param name="function">Its key; one that was not added is not proven.</param>
    /// <param name="reason">In a few words what it serves, for when it is not proven.</param>
    public void AddEverywhere(string function, string reason) => _everywhere.Add((function, reason));

    /// <summary>Says that nothing at all can be proven.</summary>
    /// <param name="reason">In a few words, why.</param>
    public void DistrustAll(string reason) => _distrusted = reason;

    /// <summary>Draws all conclusions.</summary>
    public Catalog Build()
    {
        foreach (var definition in _definitions)
        {
            Read(definition);
        }

        Spread();
        var hidden = _operators.Where(added => !IsReadable(added.Function)).Select(static added => added.Operator).Distinct(StringComparer.Ordinal).ToArray();
        return new Catalog(
            _relationsByName.ToFrozenDictionary(static pair => pair.Key, static pair => pair.Value.Aggregate(CatalogUse.Any, static (use, entry) => use & entry.Provable), StringComparer.Ordinal),
            _functions.ToFrozenSet(StringComparer.Ordinal),
            _entries.Values.Where(static entry => entry.Name.Length > 0 && !IsReadable(entry)).Select(static entry => entry.Name).ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            hidden,
            _types.Exists(static type => !IsReadable(type)),
            _distrusted ?? DoubtEverywhere(hidden));
    }

    private static bool IsReadable(Entry entry) => entry.Provable.HasFlag(CatalogUse.Read);

    private bool IsReadable(string key) => _entries.TryGetValue(key, out var entry) && IsReadable(entry);

    private string? DoubtEverywhere(string[] hidden)
    {
        foreach (var (function, reason) in _everywhere)
        {
            if (!IsReadable(function))
            {
                return reason;
            }
        }

        // Comparisons hide behind words (IN, BETWEEN, LIKE, JOIN USING, GROUP BY), so their signs prove nothing.
        return Array.Exists(hidden, static sign => sign is "=" or "<>" or "<" or ">" or "<=" or ">=" || sign.Contains('~', StringComparison.Ordinal))
            ? "a comparison is made by a function that is not proven"
            : null;
    }

    private Entry Add(string key, string name)
    {
        var entry = new Entry(name);
        _entries.Add(key, entry);
        if (!_byName.TryGetValue(name, out var same))
        {
            _byName.Add(name, same = []);
        }

        same.Add(entry);
        return entry;
    }

    private void NoteRelation(string key, Entry entry)
    {
        if (!_relationsByName.TryGetValue(key, out var same))
        {
            _relationsByName.Add(key, same = []);
        }

        same.Add(entry);
    }

    private void Read(Definition definition)
    {
        var mentions = new Mentions();
        var verdict = classifier.Judge(definition.Text, _functions.Contains, mentions);
        if (verdict.Dirties || mentions.IsUnreadable || (verdict.Class == StatementClass.Write && !definition.MayAdvanceSequences))
        {
            definition.Entry.Provable &= ~definition.Use;
            return;
        }

        foreach (var relation in mentions.Relations)
        {
            Note(definition, relation);
        }

        foreach (var name in mentions.Names)
        {
            foreach (var entry in _byName.GetValueOrDefault(name) ?? [])
            {
                // Its readers mention it with right; what may be behind a mere name is reading, too.
                entry.Add(new Dependent(definition.Entry, definition.Use, CatalogUse.Read));
            }
        }
    }

    private void Note(Definition definition, RelationMention relation)
    {
        if (!_relationsByName.TryGetValue(Catalog.KeyOf(relation.Schema, relation.Name), out var same))
        {
            definition.Entry.Provable &= ~definition.Use;
            return;
        }

        foreach (var entry in same)
        {
            entry.Add(new Dependent(definition.Entry, definition.Use, relation.Writes ? CatalogUse.Write : CatalogUse.Read));
        }
    }

    private void Spread()
    {
        var doubted = new Queue<Entry>(_entries.Values.Where(static entry => entry.Provable != CatalogUse.Any));
        while (doubted.TryDequeue(out var entry))
        {
            foreach (var dependent in entry.Dependents)
            {
                if ((entry.Provable & dependent.UsedFor) == dependent.UsedFor || (dependent.Entry.Provable & dependent.Use) == CatalogUse.None)
                {
                    continue;
                }

                dependent.Entry.Provable &= ~dependent.Use;
                doubted.Enqueue(dependent.Entry);
            }
        }
    }

    private sealed class Entry(string name)
    {
        private List<Dependent>? _dependents;

        public string Name => name;

        public CatalogUse Provable { get; set; } = CatalogUse.Any;

        public IReadOnlyList<Dependent> Dependents => _dependents ?? [];

        public void Add(Dependent dependent) => (_dependents ??= []).Add(dependent);
    }

    /// <summary>Who loses <paramref name="Use"/> when <paramref name="UsedFor"/> of the one it is noted at is in doubt.</summary>
    private readonly record struct Dependent(Entry Entry, CatalogUse Use, CatalogUse UsedFor);

    private readonly record struct Definition(Entry Entry, CatalogUse Use, string Text, bool MayAdvanceSequences);
}
