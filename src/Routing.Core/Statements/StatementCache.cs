using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Routing.Statements;

/// <summary>
/// What is known about the texts seen lately: each is classified once. Thread-safe; a hit takes no lock and allocates
/// nothing.
/// </summary>
/// <remarks>
/// Two levels. The first is a direct-mapped table by the identity of the string: a literal, or a text from
/// <see cref="SqlText"/>, is the same object at every call, so its characters are never looked at again. The second is by
/// equality, bounded, with second-chance eviction: a flood of texts that are seen once passes through it without
/// driving out those in use. The first level only speeds the second up; an entry evicted there is dead here too.
/// </remarks>
internal sealed class StatementCache
{
    public const int DefaultCapacity = 2048;

    /// <summary>Longer texts are classified every time: a few of them would outweigh all others, and reading them dwarfs reading the cache.</summary>
    public const int LongestText = 32 * 1024;

    private readonly IStatementClassifier _classifier;
    private readonly ConcurrentDictionary<string, Entry> _byText;
    private readonly Alias?[] _byIdentity;
    private readonly string?[] _seenOnce;
    private readonly int _identityMask;
    private readonly Entry?[] _ring;
    private readonly Lock _insert = new();
    private int _hand;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="classifier">Whom to ask about a text not seen before.</param>
    /// <param name="capacity">How many texts to keep; 1 or more.</param>
    public StatementCache(IStatementClassifier classifier, int capacity = DefaultCapacity)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _classifier = classifier;
        _byText = new ConcurrentDictionary<string, Entry>(Environment.ProcessorCount, capacity, StringComparer.Ordinal);
        _ring = new Entry?[capacity];
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
        if (!_byText.TryGetValue(text, out var entry))
        {
            return Add(text);
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

    private Statement Add(string text)
    {
        var statement = _classifier.Classify(text);
        if (text.Length > LongestText)
        {
            return statement;
        }

        lock (_insert)
        {
            if (_byText.TryGetValue(text, out var other))
            {
                return other.Statement;
            }

            var place = FindPlace();
            if (_ring[place] is { } old)
            {
                old.IsEvicted = true;
                _byText.TryRemove(old.Statement.Text, out _);
            }

            var entry = new Entry(statement);
            _ring[place] = entry;
            _byText[text] = entry;
        }

        return statement;
    }

    /// <summary>Goes round until it finds an entry not used since the hand last passed it; one round clears every mark, so two rounds always find one.</summary>
    private int FindPlace()
    {
        for (var steps = 0; steps < 2 * _ring.Length; steps++)
        {
            var place = _hand;
            _hand = place + 1 == _ring.Length ? 0 : place + 1;
            if (_ring[place] is not { } entry || !entry.TakeSecondChance())
            {
                return place;
            }
        }

        // Readers marked every entry again while the hand went round: any one will do.
        return _hand;
    }

    private sealed class Alias(string text, Entry entry)
    {
        public readonly string Text = text;
        public readonly Entry Entry = entry;
    }

    private sealed class Entry(Statement statement)
    {
        public readonly Statement Statement = statement;
        public volatile bool IsEvicted;
        private bool _used;

        /// <summary>Writes only when it must, so that readers of a hot entry share its cache line.</summary>
        public void Touch()
        {
            if (!_used)
            {
                _used = true;
            }
        }

        public bool TakeSecondChance()
        {
            var used = _used;
            _used = false;
            return used;
        }
    }
}
