using System.Numerics;

namespace Routing.Statements;

/// <summary>
/// Statements by the equality of their texts, a bounded number of them, with second-chance eviction: a flood of texts that
/// are seen once passes through without driving out those in use. Whatever texts come, a look-up compares at most
/// <see cref="LongestChain"/> of them: a chain that has grown that long gives one of its own up for the next. Thread-safe; a
/// look-up takes no lock and allocates nothing.
/// </summary>
/// <remarks>
/// Chains change under one lock. A reader may stand on an entry that is being taken out: its link stays as it was, and so
/// leads on to the rest of the chain.
/// </remarks>
internal sealed class StatementTable
{
    /// <summary>Twice as many buckets as entries make chains of more than a few as good as impossible, unless somebody tries.</summary>
    public const int LongestChain = 16;

    private readonly Entry?[] _buckets;
    private readonly Entry?[] _ring;
    private readonly Func<string, ulong> _hash;
    private readonly Lock _insert = new();
    private int _hand;
    private int _count;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">How many texts to keep; 1 or more.</param>
    /// <param name="hash">Another hash than <see cref="TextHash"/>, for tests of collisions.</param>
    public StatementTable(int capacity, Func<string, ulong>? hash = null)
    {
        _ring = new Entry?[capacity];
        _buckets = new Entry?[BitOperations.RoundUpToPowerOf2((uint)capacity) * 2];
        _hash = hash ?? TextHash.Of;
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>The hash by which <see cref="Find"/> and <see cref="Add"/> know a text.</summary>
    public ulong HashOf(string text) => _hash(text);

    /// <summary>The entry of this text; null when there is none.</summary>
    public Entry? Find(string text, ulong hash)
    {
        for (var entry = Volatile.Read(ref Bucket(hash)); entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && entry.Statement.Text == text)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Keeps a statement, unless its text came in meanwhile; whichever is kept is returned.</summary>
    public Entry Add(Statement statement, ulong hash)
    {
        lock (_insert)
        {
            if (Find(statement.Text, hash) is { } other)
            {
                return other;
            }

            var place = FindPlace(hash);
            if (_ring[place] is { } old)
            {
                TakeOut(old);
            }
            else
            {
                _count++;
            }

            ref var bucket = ref Bucket(hash);
            var entry = new Entry(statement, hash, place) { Next = bucket };
            _ring[place] = entry;

            // Last: from here on readers see it, whole.
            Volatile.Write(ref bucket, entry);
            return entry;
        }
    }

    private ref Entry? Bucket(ulong hash) => ref _buckets[(int)hash & (_buckets.Length - 1)];

    /// <summary>Where the next entry goes: over the oldest of a chain that is full, else over one not used since the hand last passed.</summary>
    private int FindPlace(ulong hash)
    {
        var length = 0;
        for (var entry = Bucket(hash); entry is not null; entry = entry.Next)
        {
            if (++length == LongestChain)
            {
                return entry.Place;
            }
        }

        // One round clears every mark, so two rounds always find one.
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

    private void TakeOut(Entry old)
    {
        old.IsEvicted = true;
        ref var link = ref Bucket(old.Hash);
        while (link != old)
        {
            link = ref link!.Next;
        }

        Volatile.Write(ref link, old.Next);
    }

    internal sealed class Entry(Statement statement, ulong hash, int place)
    {
        public readonly Statement Statement = statement;
        public readonly ulong Hash = hash;
        public readonly int Place = place;
        public Entry? Next;
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
