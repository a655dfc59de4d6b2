using System.Data;
using Dapper;
using Routing.Drivers;
using Routing.Mappers;
using Routing.Primitives;
using Routing.UnitTests.Providers.Sqlite;

namespace Routing.UnitTests.Mappers;

// Alone: it measures the process's memory and purges Dapper's caches.
[Collection(nameof(QueryCacheGuardTests))]
[CollectionDefinition(nameof(QueryCacheGuardTests), DisableParallelization = true)]
public sealed class QueryCacheGuardTests
{
    private const long MaxGrowth = 8 * 1024 * 1024;

    private static readonly int Texts = Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 1_000_000 : 200_000;

    [Fact]
    public void A_text_is_known_from_its_second_use_on()
    {
        var guard = new QueryCacheGuard(() => Assert.Fail("no purge expected"));

        Assert.False(guard.IsKnown("select 1"));
        Assert.True(guard.IsKnown("select 1"));
        Assert.True(guard.IsKnown("select 1"));
        Assert.True(guard.IsKnown(new string("select 1".ToCharArray())));
        Assert.False(guard.IsKnown("select 2"));
    }

    [Fact]
    public void Texts_used_once_never_purge()
    {
        var guard = new QueryCacheGuard(() => Assert.Fail("no purge expected"));

        // One in two million is mistaken for the one before it in its slot; the hashes differ from process to process.
        Assert.InRange(Enumerable.Range(0, 100_000).Count(i => guard.IsKnown($"select {i}")), 0, 5);
    }

    [Fact]
    public void A_text_longer_than_the_bound_is_never_known()
    {
        var guard = new QueryCacheGuard(() => Assert.Fail("no purge expected"));
        var text = new string('x', QueryCacheGuard.MaxTextLength + 1);

        Assert.False(guard.IsKnown(text));
        Assert.False(guard.IsKnown(text));
    }

    [Fact]
    public void Too_many_known_texts_purge_and_the_hot_ones_come_back()
    {
        var purges = 0;
        var guard = new QueryCacheGuard(() => purges++);
        for (var i = 0; i <= QueryCacheGuard.MaxKnownTexts; i++)
        {
            Assert.Equal(0, purges);
            guard.IsKnown($"select {i}");
            Assert.True(guard.IsKnown($"select {i}"));
        }

        Assert.Equal(1, purges);
        guard.IsKnown("select 0");
        Assert.True(guard.IsKnown("select 0"));
    }

    [Fact]
    public void Too_much_known_text_purges()
    {
        var purges = 0;
        var guard = new QueryCacheGuard(() => purges++);
        var padding = new string(' ', QueryCacheGuard.MaxTextLength - 10);
        for (var i = 0; i < 2 * QueryCacheGuard.MaxKnownChars / QueryCacheGuard.MaxTextLength; i++)
        {
            guard.IsKnown(i + padding);
            Assert.True(guard.IsKnown(i + padding));
        }

        Assert.Equal(1, purges);
    }

    [Fact]
    public void A_known_text_costs_no_allocation()
    {
        var guard = new QueryCacheGuard(() => { });
        const string Short = "select 1";
        var longer = "select " + new string('1', 2000);
        for (var i = 0; i < 3; i++)
        {
            guard.IsKnown(Short);
            guard.IsKnown(longer);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            guard.IsKnown(Short);
            guard.IsKnown(longer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 20)]
    public async Task Generated_sql_does_not_grow_the_process(int usesOfEach, int share)
    {
        // Building Dapper's parameter readers is what takes the time; the later cases measure fewer of the dearer texts.
        var texts = Texts / share;
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=:memory:" };
        var connection = await nodes.LeaseAsync();
        await RunAsync(connection, -2000, 2000, usesOfEach, share);
        var before = MemoryInUse();

        await RunAsync(connection, 0, texts, usesOfEach, share);

        var growth = MemoryInUse() - before;
        Assert.True(growth <= MaxGrowth, $"{texts} texts, {usesOfEach} uses each: grew by {growth / 1024} KiB, {SqlMapper.GetCachedSQLCount()} texts cached");
        Assert.True(SqlMapper.GetCachedSQLCount() <= 2 * QueryCacheGuard.MaxKnownTexts);
    }

    [Fact]
    public async Task Generated_row_shapes_do_not_grow_the_process()
    {
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=:memory:" };
        var connection = await nodes.LeaseAsync();
        await ShapesAsync(connection, -1000, 1000);
        var before = MemoryInUse();

        await ShapesAsync(connection, 0, 5_000);

        var growth = MemoryInUse() - before;
        Assert.True(growth <= MaxGrowth, $"grew by {growth / 1024} KiB");
    }

    /// <summary>
    /// Generated readers give their memory up in finalizers, some only in the second one; on a busy machine these
    /// are behind, and what they still hold would count as growth.
    /// </summary>
    private static long MemoryInUse()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static async Task ShapesAsync(LeaseConnection connection, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            var command = new MapperCommand($"select {i} as id, 'x' as column{(uint)i}", null, CommandType.Text, 30);
            Assert.Equal(i, (await MapperOperations.Single<Row>().RunAsync(connection, command, async: true, default)).Id);
        }
    }

    private static async Task RunAsync(LeaseConnection connection, int from, int count, int usesOfEach, int share)
    {
        for (var i = from; i < from + count; i++)
        {
            for (var use = 0; use < usesOfEach; use++)
            {
                var values = new PositionalValues(1);
                values.Add(i);
                object args = share == 1 ? values : new { p0 = i };
                var command = new MapperCommand($"select @p0 as id, 'order {i}' as name", args, CommandType.Text, 30);
                Assert.Equal(i, (await MapperOperations.Single<Row>().RunAsync(connection, command, async: true, default)).Id);
            }
        }
    }

    private sealed class Row
    {
        public int Id { get; set; }

        public string? Name { get; set; }
    }
}
