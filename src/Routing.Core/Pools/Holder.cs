namespace Routing.Pools;

/// <summary>Who holds a connection, for how long, and, if it is one of those whose stack is taken, where it was rented.</summary>
internal readonly record struct Holder(string Tag, long AgeMs, string? Stack = null)
{
    private const int Named = 3;

    /// <summary>The three who have held theirs longest, first the oldest. What changes hands meanwhile may be told as it was.</summary>
    public static IReadOnlyList<Holder> Oldest(EntryTable entries, long nowMs)
    {
        var holders = new List<Holder>();
        foreach (var entry in entries.All)
        {
            var word = entry.Word;
            if (EntryWord.ModeOf(word) == EntryMode.Leased)
            {
                var version = EntryWord.VersionOf(word);
                holders.Add(new Holder(entry.TagOf(version), nowMs - entry.RentedAtMs, CallStack.Describe(entry.Watch?.StackOf(version))));
            }
        }

        // Equal ages keep the order of the places, so that the text does not change from run to run.
        return [.. holders.OrderByDescending(static holder => holder.AgeMs).Take(Named)];
    }
}
