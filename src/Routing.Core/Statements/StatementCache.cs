using System.Runtime.CompilerServices;

namespace Routing.Statements;

/// <summary>
/// What is known about the texts seen lately: each is classified once. Thread-safe; a hit takes no lock and allocates
/// nothing.
/// </summary>
/// <remarks>
/// Two levels. The first is a direct-mapped table by the identity of the string: a literal, or a text from
/// <see cref="SqlText"/>, is the same object at every call, so its characters are never looked at again. The second,
/// <see cref="StatementTable"/>, is by equality. The first level only speeds the second up; an entry evicted there is dead
/// here too.
/// </remarks>
internal sealed class StatementCache
{
    public const int DefaultCapacity = 2048;

    /// <summary>Longer texts are classified every time: a few of them would outweigh all others, and reading them dwarfs reading the cache.</summary>
    public const int LongestText = 32 * 1024;

    private readonly IStatementClassifier _classifier;
    private readonly StatementTable _byText;
    private readonly Alias?[] _byIdentity;
    private readonly string?[] _seenOnce;
    private readonly int _identityMask;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="classifier">Whom to ask about a text not seen before.</param>
    /// <param name="capacity">How many texts to keep; 1 or more.</param>
    public StatementCache(IStatementClassifier classifier, int capacity = DefaultCapacity)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _classifier = classifier;
        _byText = new StatementTable(capacity);
        var slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _byIdentity = new Alias?[slots];
        _seenOnce = new string?[slots];
        _identityMask = slots - 1;
    }

    /// <summary>How many texts are kept.</summary>
    public int Count => _byText.Count;

    /// <summary>What is known about a text.</summary>
    /// <param name="text">The SQL.</param>
    public Statement Get(string text)
    {
        var slot = RuntimeHelpers.GetHashCode(text) & _identityMask;
        var alias = Volatile.Read(ref _byIdentity[slot]);
        if (alias is not null && ReferenceEquals(alias.Text, text) && !alias.Entry.IsEvicted)
        {
            alias.Entry.Touch();
            return alias.Entry.Statement;
        }

        return GetByText(text, slot);
    }

    private Statement GetByText(string text, int slot)
    {
        if (text.Length > LongestText)
        {
            return _classifier.Classify(text);
        }

        var hash = _byText.HashOf(text);
        if (_byText.Find(text, hash) is not { } entry)
        {
            return _byText.Add(_classifier.Classify(text), hash).Statement;
        }

        entry.Touch();

        // A string built anew for each call is never met twice, so it costs no alias; the same object met twice will come again.
        if (ReferenceEquals(_seenOnce[slot], text))
        {
            Volatile.Write(ref _byIdentity[slot], new Alias(text, entry));
            _seenOnce[slot] = null;
        }
        else
        {
            _seenOnce[slot] = text;
        }

        return entry.Statement;
    }

    private sealed class Alias(string text, StatementTable.Entry entry)
    {
        public readonly string Text = text;
        public readonly StatementTable.Entry Entry = entry;
    }
}
