namespace Routing.Pools;

/// <summary>Who holds a connection, and for how long.</summary>
internal readonly record struct Holder(string Tag, long AgeMs)
{
    private const int Named = 3;

    /// <summary>The three who have held theirs longest, first the oldest. What changes hands meanwhile may be told as it was.</summary>
    public static IReadOnlyList<Holder> Oldest(EntryTable entries, long nowMs)
    {
        var holders = new List<Holder>();
        foreach (var entry in entries.All)
        {
            if (entry.IsLeased)
            {
                holders.Add(new Holder(entry.Owner?.Tag ?? PoolErrors.OneShot, nowMs - entry.RentedAtMs));
            }
        }

        // Equal ages keep the order of the places, so that the text does not change from run to run.
        return [.. holders.OrderByDescending(static holder => holder.AgeMs).Take(Named)];
    }
}
