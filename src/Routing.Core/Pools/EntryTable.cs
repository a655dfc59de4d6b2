namespace Routing.Pools;

/// <summary>
/// The places of one lane. Renting tries the place that this thread used last, which costs one swap and shares no cache
/// line with other threads; then all of them, the lowest first, so that load packs at the low end, connections there stay
/// warm on the server, and the high ones fall idle and are pruned. There is no list of the free ones to keep: the entries'
/// words are the truth, and a scan that misses one that moves meanwhile is repaired by the signal (see
/// <see cref="LaneSignal"/>). Places are made when first needed and stay. Thread-safe; what grows it needs the lane's lock.
/// </summary>
internal sealed class EntryTable(PoolLane lane, int max)
{
    // Above this many, starting at the first would mean looking at hundreds in use before the first free one.
    private const int PackUpTo = 64;

    [ThreadStatic]
    private static int _home;

    private readonly NodePoolEntry[] _entries = new NodePoolEntry[max];
    private int _count;

    /// <summary>Every place made so far, with and without a connection.</summary>
    public ReadOnlySpan<NodePoolEntry> All => _entries.AsSpan(0, Volatile.Read(ref _count));

    /// <summary>Takes a fresh one that may be put back at <paramref name="quiet"/>; one of before a clear is somebody's to close.</summary>
    public NodePoolEntry? TryTake(long quiet, long nowMs, long freshForMs, out int version)
    {
        var all = All;
        var home = _home;
        if ((uint)home < (uint)all.Length && all[home].TryTake(quiet, nowMs, freshForMs, out version))
        {
            return all[home];
        }

        return TryTakeAny(all, quiet, nowMs, freshForMs, out version);
    }

    /// <summary>This thread will look there first.</summary>
    public static void Settle(NodePoolEntry entry) => _home = entry.Index;

    /// <summary>Takes away an idle entry: the lowest fresh one, or the lowest that needs a sign of life.</summary>
    public NodePoolEntry? TrySeizeIdle(long nowMs, long freshForMs, bool fresh)
    {
        foreach (var entry in All)
        {
            var word = entry.Word;
            if (EntryWord.IsIdle(word) && EntryWord.IsFresh(word, nowMs, freshForMs) == fresh && entry.TrySeize(word))
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Takes away the highest idle entry, which load that packs at the low end needs least.</summary>
    public NodePoolEntry? TrySeizeHighestIdle()
    {
        var all = All;
        for (var i = all.Length - 1; i >= 0; i--)
        {
            var word = all[i].Word;
            if (EntryWord.IsIdle(word) && all[i].TrySeize(word))
            {
                return all[i];
            }
        }

        return null;
    }

    public bool HasIdle
    {
        get
        {
            foreach (var entry in All)
            {
                if (entry.IsIdle)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public int CountIdle()
    {
        var idle = 0;
        foreach (var entry in All)
        {
            idle += entry.IsIdle ? 1 : 0;
        }

        return idle;
    }

    public int CountFilled_NeedsLock()
    {
        var filled = 0;
        foreach (var entry in All)
        {
            filled += entry.IsVacant ? 0 : 1;
        }

        return filled;
    }

    /// <summary>The lowest place without a connection, made if need be.</summary>
    public NodePoolEntry Vacancy_NeedsLock()
    {
        foreach (var entry in All)
        {
            if (entry.IsVacant)
            {
                return entry;
            }
        }

        var made = new NodePoolEntry(lane, _count);
        _entries[_count] = made;
        Volatile.Write(ref _count, _count + 1);
        return made;
    }

    private static NodePoolEntry? TryTakeAny(ReadOnlySpan<NodePoolEntry> all, long quiet, long nowMs, long freshForMs, out int version)
    {
        var first = all.Length <= PackUpTo ? 0 : (int)((uint)_home % (uint)all.Length);
        for (var i = 0; i < all.Length; i++)
        {
            var at = first + i;
            var entry = all[at < all.Length ? at : at - all.Length];
            if (entry.TryTake(quiet, nowMs, freshForMs, out version))
            {
                _home = entry.Index;
                return entry;
            }
        }

        version = 0;
        return null;
    }
}
