using System.Globalization;
using System.Runtime.CompilerServices;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

public sealed class StatementCacheTests
{
    [Fact]
    public void Text_is_classified_once_and_found_by_reference_and_by_equality()
    {
        var classifier = new CountingClassifier();
        var cache = new StatementCache(classifier);
        var text = New("select 1");

        var first = cache.Get(text);

        Assert.Same(first, cache.Get(text));
        Assert.Same(first, cache.Get(New("select 1")));
        Assert.Same(first, cache.Get(text));
        Assert.Equal(1, classifier.Calls);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void Texts_that_differ_only_in_case_are_different()
    {
        var cache = new StatementCache(new CountingClassifier());

        Assert.NotSame(cache.Get("select 'a'"), cache.Get("select 'A'"));
    }

    [Fact]
    public void Hits_allocate_nothing()
    {
        var cache = new StatementCache(new CountingClassifier());
        var literal = New("select 1");
        var texts = Enumerable.Range(0, 2000).Select(_ => New("select 1")).ToArray();
        Hit(cache, literal, texts.AsSpan(0, 1000));

        // The second thousand are objects never met before: they are found by equality, and met once leave nothing behind.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Hit(cache, literal, texts.AsSpan(1000));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void One_million_different_texts_stay_within_the_bound()
    {
        var classifier = new CountingClassifier();
        var cache = new StatementCache(classifier, capacity: 2048);
        var hot = New("select hot");

        for (var i = 0; i < 1_000_000; i++)
        {
            cache.Get(string.Create(CultureInfo.InvariantCulture, $"select {i}"));
            if (i % 100 == 0)
            {
                cache.Get(hot);
            }
        }

        Assert.Equal(2048, cache.Count);

        // The text in use survived the flood: it was read once, each of the others once.
        Assert.Equal(1_000_001, classifier.Calls);
    }

    [Fact]
    public void Texts_of_a_flood_are_let_go()
    {
        var cache = new StatementCache(new CountingClassifier(), capacity: 100);

        var texts = Flood(cache, 10_000);
        GC.Collect();

        Assert.InRange(texts.Count(text => text.IsAlive), 100, 101);
        GC.KeepAlive(cache);
    }

    [Fact]
    public void Evicted_text_is_classified_anew_although_its_string_was_known_by_reference()
    {
        var classifier = new CountingClassifier();
        var cache = new StatementCache(classifier, capacity: 1);
        var a = New("select a");
        for (var i = 0; i < 4; i++)
        {
            cache.Get(a);
        }

        cache.Get("select b");
        cache.Get("select b");
        cache.Get(a);

        Assert.Equal(3, classifier.Calls);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void Text_longer_than_the_limit_is_classified_each_time_and_not_kept()
    {
        var classifier = new CountingClassifier();
        var cache = new StatementCache(classifier);
        var text = new string('a', StatementCache.LongestText + 1);

        cache.Get(text);
        cache.Get(text);

        Assert.Equal(2, classifier.Calls);
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task Many_threads_get_the_statement_of_their_own_text()
    {
        var cache = new StatementCache(new CountingClassifier(), capacity: 64);
        var seed = Random.Shared.Next();
        var texts = Enumerable.Range(0, 256).Select(i => New($"select {i}")).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(seed + worker);
            for (var i = 0; i < 100_000; i++)
            {
                var text = texts[random.Next(texts.Length)];
                Assert.True(text == cache.Get(random.Next(2) == 0 ? text : New(text)).Text, $"Seed {seed}");
            }
        })));

        Assert.True(cache.Count <= 64);
    }

    [Fact]
    public void Capacity_below_one_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => new StatementCache(new CountingClassifier(), 0));

    private static void Hit(StatementCache cache, string literal, ReadOnlySpan<string> texts)
    {
        for (var i = 0; i < 1000; i++)
        {
            cache.Get(literal);
        }

        foreach (var text in texts)
        {
            cache.Get(text);
        }
    }

    /// <summary>In a method of its own, whose locals are gone when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> Flood(StatementCache cache, int count)
    {
        var texts = new List<WeakReference>();
        for (var i = 0; i < count; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"select {i}");
            cache.Get(text);
            texts.Add(new WeakReference(text));
        }

        return texts;
    }

    private static string New(string text) => new(text.AsSpan());

    private sealed class CountingClassifier : IStatementClassifier
    {
        private int _calls;

        public int Calls => _calls;

        public Statement Classify(string text)
        {
            Interlocked.Increment(ref _calls);
            return new Statement(text, StatementClass.Read, SessionEffect.Neutral, TransactionVerb.None, "SELECT", 1, "");
        }
    }
}
