using System.Globalization;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

public sealed class StatementTableTests
{
    [Fact]
    public void Texts_that_all_collide_are_told_apart_and_no_chain_grows_beyond_its_bound()
    {
        var table = new StatementTable(capacity: 1000, static _ => 7);

        for (var i = 0; i < 500; i++)
        {
            var text = Text(i);
            Assert.Same(table.Add(Of(text), table.HashOf(text)), table.Find(text, 7));
        }

        // Without the bound all 500 would be compared with at each look-up of the last: what a prepared flood is after.
        Assert.Equal(StatementTable.LongestChain, table.Count);
        Assert.Equal(StatementTable.LongestChain, Enumerable.Range(0, 500).Count(i => table.Find(Text(i), 7) is not null));
        Assert.Null(table.Find("select never", 7));
    }

    [Fact]
    public void Entries_are_found_until_they_are_evicted_whatever_bucket_they_share()
    {
        // Four buckets' worth of hashes over a small table: chains form, and are taken apart from their middles.
        var table = new StatementTable(capacity: 12, static text => (ulong)text[^1] & 3);
        var kept = new Dictionary<string, StatementTable.Entry>();

        for (var i = 0; i < 1000; i++)
        {
            var text = Text(i);
            kept[text] = table.Add(Of(text), table.HashOf(text));
            foreach (var (known, entry) in kept)
            {
                Assert.Equal(!entry.IsEvicted, table.Find(known, table.HashOf(known)) == entry);
            }

            kept = kept.Where(static pair => !pair.Value.IsEvicted).ToDictionary();
            Assert.Equal(kept.Count, table.Count);
        }

        Assert.Equal(12, table.Count);
    }

    [Fact]
    public void Statement_that_came_in_meanwhile_is_kept_and_returned()
    {
        var table = new StatementTable(capacity: 4);
        var hash = table.HashOf("select 1");

        var first = table.Add(Of("select 1"), hash);

        Assert.Same(first, table.Add(Of("select 1"), hash));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Text_of_two_hundred_characters_made_anew_is_found_without_allocating()
    {
        var cache = new StatementCache(new OneStatement());
        var text = new string('x', 200);
        cache.Get(text);
        var fresh = Enumerable.Range(0, 2000).Select(_ => new string(text.AsSpan())).ToArray();
        Hit(cache, fresh.AsSpan(0, 1000));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Hit(cache, fresh.AsSpan(1000));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Hit(StatementCache cache, ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            cache.Get(text);
        }
    }

    private static string Text(int i) => string.Create(CultureInfo.InvariantCulture, $"select {i}");

    private static Statement Of(string text) => new(text, StatementClass.Read, SessionEffect.Neutral, TransactionVerb.None, "SELECT", 1, "");

    private sealed class OneStatement : IStatementClassifier
    {
        public Statement Classify(string text) => Of(text);
    }
}
