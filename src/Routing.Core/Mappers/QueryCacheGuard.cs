using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;

namespace Routing.Mappers;

/// <summary>
/// Keeps Dapper's process-wide caches bounded. Dapper never forgets a text that ran twice, nor a row shape it compiled a
/// reader for, so generated SQL grows it without end. Here a text counts as known from its second use on, if that comes
/// before the texts between have pushed its trace out; only known ones are cached by Dapper. When too many texts or row
/// shapes have come together, everything is purged and the hot ones come back by themselves. Thread-safe.
/// </summary>
internal sealed class QueryCacheGuard
{
    public const int MaxKnownTexts = 1024;
    public const int MaxKnownChars = 512 * 1024;
    public const int MaxTextLength = 16 * 1024;
    public const int MaxShapes = 256;

    // Powers of two: a mask picks the slot.
    private const int KnownSlots = 4 * MaxKnownTexts;
    private const int SeenSlots = 2048;
    private const int RecentSlots = 256;
    private const int MaxRecentLength = 1024;

    private readonly Action _purge;
    private readonly Lock _gate = new();
    private readonly HashSet<(Type, int)> _shapes = [];

    // By reference, for texts that are literals or cached by a session: saves hashing the text.
    private readonly string?[] _recent = new string?[RecentSlots];

    // Hashes only: the trace of a text that never comes again must not keep it in memory. Two texts with one hash become
    // known a use early, which is harmless.
    private readonly int[] _seen = new int[SeenSlots];
    private int[] _known = new int[KnownSlots];
    private int _knownTexts;
    private int _knownChars;

    public QueryCacheGuard(Action purge) => _purge = purge;

    /// <summary>The one for Dapper's caches, which are static too.</summary>
    public static QueryCacheGuard Dapper { get; } = new(SqlMapper.PurgeQueryCache);

    /// <summary>Whether Dapper may cache what belongs to this text; counts as a use of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsKnown(string text) =>
        ReferenceEquals(Volatile.Read(ref _recent[RuntimeHelpers.GetHashCode(text) & (RecentSlots - 1)]), text) || IsKnownByHash(text);

    /// <summary>Counts the shape of rows for which Dapper is about to compile a reader. Purges before it is compiled, never after.</summary>
    public void NoteShape(Type type, DbDataReader reader)
    {
        var hash = default(HashCode);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            hash.Add(reader.GetName(i), StringComparer.Ordinal);
            hash.Add(reader.GetFieldType(i));
        }

        var shape = (type, hash.ToHashCode());
        lock (_gate)
        {
            if (!_shapes.Add(shape) || _shapes.Count <= MaxShapes)
            {
                return;
            }

            Purge_NeedsLock();
            _shapes.Add(shape);
        }
    }

    private static bool Contains(int[] known, int hash)
    {
        // A quarter of the slots is taken at most, so an empty one ends the search soon.
        for (var i = hash & (KnownSlots - 1); ; i = (i + 1) & (KnownSlots - 1))
        {
            var slot = Volatile.Read(ref known[i]);
            if (slot == hash || slot == 0)
            {
                return slot != 0;
            }
        }
    }

    private bool IsKnownByHash(string text)
    {
        if (text.Length > MaxTextLength)
        {
            return false;
        }

        var hash = text.GetHashCode(StringComparison.Ordinal) is var h && h != 0 ? h : 1;
        if (!Contains(Volatile.Read(ref _known), hash) && !IsSecondUse(text, hash))
        {
            return false;
        }

        if (text.Length <= MaxRecentLength)
        {
            Volatile.Write(ref _recent[RuntimeHelpers.GetHashCode(text) & (RecentSlots - 1)], text);
        }

        return true;
    }

    private bool IsSecondUse(string text, int hash)
    {
        lock (_gate)
        {
            if (Contains(_known, hash))
            {
                return true;
            }

            ref var trace = ref _seen[hash & (SeenSlots - 1)];
            if (trace != hash)
            {
                trace = hash;
                return false;
            }

            if (_knownTexts == MaxKnownTexts || _knownChars + text.Length > MaxKnownChars)
            {
                Purge_NeedsLock();
            }

            Insert_NeedsLock(hash);
            _knownTexts++;
            _knownChars += text.Length;
            return true;
        }
    }

    private void Insert_NeedsLock(int hash)
    {
        var i = hash & (KnownSlots - 1);
        while (_known[i] != 0)
        {
            i = (i + 1) & (KnownSlots - 1);
        }

        Volatile.Write(ref _known[i], hash);
    }

    private void Purge_NeedsLock()
    {
        // First ours: who reads the old answer just now puts one text into the purged cache, uncounted; that is the bound's slack.
        Volatile.Write(ref _known, new int[KnownSlots]);
        Array.Clear(_recent);
        _knownTexts = 0;
        _knownChars = 0;
        _shapes.Clear();
        _purge();
    }
}
