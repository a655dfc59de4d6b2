using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>What bulk inserts owe to the session around them, whatever the engine; what engines owe is in the conformance suites.</summary>
public sealed class BulkInsertTests
{
    private static readonly Line[] Two = [new(1), new(2)];

    [Fact]
    public async Task It_is_one_transaction_and_a_failure_rolls_it_back()
    {
        var steps = new List<string>();
        var driver = Driver(static () => FakeResult.Changed(2));
        driver.OnStep = steps.Add;
        await using var fake = new FakeRouting(driver);
        Assert.Equal(2, await fake.Database.BulkInsertAsync("lines", Two));
        Assert.Equal(["begin", "commit"], steps.Where(static step => step is "begin" or "commit" or "rollback"));

        steps.Clear();
        driver.Answer = Driver(static () => throw new FakeDbException("no", ErrorClass.Statement)).Answer;
        await Assert.ThrowsAsync<BulkInsertException>(async () => await fake.Database.BulkInsertAsync("lines", Two));
        Assert.Equal(["begin", "rollback"], steps.Where(static step => step is "begin" or "commit" or "rollback"));
    }

    [Fact]
    public async Task What_a_rerun_heals_comes_through_as_it_is_so_that_the_transaction_is_rerun()
    {
        var runs = 0;
        await using var fake = new FakeRouting(Driver(() => ++runs == 1 ? throw new FakeDbException("deadlock", ErrorClass.RolledBack) : FakeResult.Changed(2)));
        await fake.Database.TransactAsync(static async (transaction, ct) => await transaction.BulkInsertAsync("lines", Two, ct: ct));
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Inside_a_transaction_of_text_it_is_refused()
    {
        await using var fake = new FakeRouting(Driver(static () => FakeResult.Changed(2)));
        await using var session = fake.Database.OpenSession();
        await session.ExecuteAsync("begin");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.BulkInsertAsync("lines", Two));
        Assert.Equal("RTG0406", ErrorCodes.Of(error));
        await session.ExecuteAsync("rollback");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_001)]
    public void A_batch_size_out_of_range_is_told(int size)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BulkInsertOptions { BatchSize = size });
        Assert.StartsWith("A batch of a bulk insert is 1 to 100,000 rows.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(500)]
    [InlineData(86_400_001)]
    public void A_time_out_out_of_range_is_told(int milliseconds)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BulkInsertOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.StartsWith("The time-out of a bulk insert is 1 second to 24 hours for each step, or zero for none; null takes 'Timeouts:Command'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_refused_row_is_found_by_halves()
    {
        foreach (var refused in Enumerable.Range(0, 37))
        {
            var tries = 0;
            Assert.Equal(refused, await RefusedRow.FindAsync(37, (first, count) =>
            {
                tries++;
                return new(refused < first || refused >= first + count);
            }));
            Assert.InRange(tries, 5, 6);
        }
    }

    private static FakeDriver Driver(Func<FakeResult> insert) => new()
    {
        Answer = command => command.CommandText switch
        {
            ['S', ..] => new FakeResult(["id"], [typeof(long)], []),
            ['I', ..] => insert(),
            _ => FakeResult.Empty,
        },
    };

    public sealed record Line(long Id);
}
