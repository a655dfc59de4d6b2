using Routing.Configuration;
using Routing.Drivers;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Telemetry;

/// <summary>What is logged about slow statements, and how often: all on a clock of the test's.</summary>
public sealed class SlowStatementTests : IDisposable
{
    private const int Slow = 1300;
    private const int Slowest = 1301;
    private const int Plan = 1302;
    private const int NotExplained = 1303;

    private static readonly TimeSpan Threshold = TimeSpan.FromMilliseconds(200);

    private readonly WatchedTime _time = new();
    private readonly LogCapture _logs = new();

    /// <summary>How long the next statements take on the nodes.</summary>
    private TimeSpan _takes = TimeSpan.FromMilliseconds(300);

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_statement_over_the_threshold_is_logged_with_its_node_time_and_rows()
    {
        await using var routing = Routing(new FakeDriver { Answer = Rows });
        await routing.Database.QueryAsync<long>($"select id from orders where id = {4711L}");
        _takes = TimeSpan.FromMilliseconds(199);
        await routing.Database.QueryAsync<long>("select id from payments");

        Assert.Equal(
            "Slow statement SELECT orders on fake/a: 300 ms, 0 ms of them for a connection; rows: 2. Not logged since the last such message of this summary: 0.",
            Assert.Single(_logs.WithId(Slow)).Message);
    }

    [Fact]
    public async Task A_failed_statement_and_a_streams_whole_life_count_too()
    {
        await using var routing = Routing(new FakeDriver { Answer = Fails });
        await Assert.ThrowsAsync<FakeDbException>(async () => await routing.Database.ExecuteAsync("delete from orders"));
        Assert.Contains("DELETE orders", Assert.Single(_logs.WithId(Slow)).Message, StringComparison.Ordinal);

        _takes = TimeSpan.Zero;
        await using var reading = Routing(new FakeDriver { Answer = Rows });
        await foreach (var _ in reading.Database.StreamAsync<long>("select id from streamed"))
        {
            _time.Advance(Threshold);
        }

        Assert.Contains("SELECT streamed on fake/a: 400 ms, 0 ms of them for a connection; rows: 2.", _logs.WithId(Slow)[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_summary_is_logged_at_most_once_in_ten_seconds_and_says_how_often_it_was_not()
    {
        await using var routing = Routing(new FakeDriver { Answer = Rows });
        for (var i = 0; i < 5; i++)
        {
            await routing.Database.QueryAsync<long>("select id from orders");
        }

        await routing.Database.QueryAsync<long>("select id from payments");
        Assert.Equal(2, _logs.WithId(Slow).Count);
        _time.Advance(TimeSpan.FromSeconds(10));
        await routing.Database.QueryAsync<long>("select id from orders");

        Assert.Equal(3, _logs.WithId(Slow).Count);
        Assert.EndsWith("Not logged since the last such message of this summary: 4.", _logs.WithId(Slow)[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_names_those_that_took_longest_together_and_then_counts_anew()
    {
        await using var routing = Routing(new FakeDriver { Answer = Rows }, static slow => (slow.Top, slow.ReportEvery) = (2, TimeSpan.FromHours(24)));
        foreach (var table in new[] { "orders", "orders", "payments", "customers", "customers", "customers" })
        {
            await routing.Database.QueryAsync<long>($"select id from {Sql.Raw(table)}");
        }

        routing.Source.SlowStatements!.Report();
        Assert.Equal(
            "Slowest statements of fake in the last 1 s, by their time together: SELECT customers 3 times, 900 ms together, 300 ms the longest, SELECT orders 2 times, 600 ms together, 300 ms the longest.",
            _logs.WithId(Slowest)[0].Message);
        await routing.Database.QueryAsync<long>("select id from payments");
        routing.Source.SlowStatements.Report();
        Assert.EndsWith("together: SELECT payments 1 times, 300 ms together, 300 ms the longest.", _logs.WithId(Slowest)[1].Message, StringComparison.Ordinal);
        routing.Source.SlowStatements.Report();
        Assert.Equal(2, _logs.WithId(Slowest).Count);
    }

    [Fact]
    public async Task Reports_come_by_themselves_once_a_minute()
    {
        await using var routing = Routing(new FakeDriver { Answer = Rows });
        await _time.UntilAsync(() => _time.Waits().Contains(TimeSpan.FromMinutes(1)));
        await routing.Database.QueryAsync<long>("select id from orders");
        _time.Advance(TimeSpan.FromMinutes(1) - _takes - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_logs.WithId(Slowest));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _time.UntilAsync(() => _logs.WithId(Slowest).Count == 1);
    }

    [Fact]
    public async Task Without_a_threshold_nothing_is_looked_at()
    {
        await using var routing = new FakeRouting(_time, _logs.Factory, configure: null, new FakeDriver { Answer = Rows });
        await routing.Database.QueryAsync<long>("select id from orders");

        Assert.Null(routing.Source.SlowStatements);
        Assert.Empty(_logs.WithId(Slow));
    }

    [Fact]
    public async Task A_slow_read_is_explained_on_a_replica_with_its_values_as_parameters()
    {
        string? explained = null;
        object? value = null;
        var replica = new FakeDriver { Answer = command => IsExplain(command) ? Keep(command) : Rows(command) };
        await using var routing = Routing(new FakeDriver { Answer = NeverExplained }, replica, static slow => slow.Explain = true);
        await routing.Database.QueryAsync<long>($"select id from orders where id = {4711L}");
        await _time.UntilAsync(() => _logs.WithId(Plan).Count == 1);

        Assert.Equal("EXPLAIN select id from orders where id = @p0", explained);
        Assert.Equal(4711L, value);
        Assert.Equal(
            "Plan of slow statement SELECT orders on fake/b, not executed, literals left out:\nIndex Scan using orders_pkey on orders  (cost=0.29..8.30 rows=1 width=8)\n  Index Cond: (id = ?)\n  Filter: (name = ?)",
            _logs.WithId(Plan)[0].Message);

        FakeResult Keep(FakeDbCommand command)
        {
            (explained, value) = (command.CommandText, command.Parameters[0].Value);
            return new FakeResult(
                ["QUERY PLAN"],
                [typeof(string)],
                [["Index Scan using orders_pkey on orders  (cost=0.29..8.30 rows=1 width=8)"], ["  Index Cond: (id = 4711)"], ["  Filter: (name = 'top  (cost=0.29..8.30 rows=1 width=8)')"], ["  Filter: (name = 'cut"]]);
        }
    }

    [Fact]
    public async Task There_is_one_plan_a_minute()
    {
        var plans = 0;
        var replica = new FakeDriver { Answer = command => IsExplain(command) ? Count() : Rows(command) };
        await using var routing = Routing(new FakeDriver { Answer = NeverExplained }, replica, static slow => slow.Explain = true);
        for (var i = 0; i < 3; i++)
        {
            await routing.Database.QueryAsync<long>("select id from orders");
        }

        await _time.UntilAsync(() => _logs.WithId(Plan).Count == 1);
        _time.Advance(TimeSpan.FromSeconds(58));
        await routing.Database.QueryAsync<long>("select id from orders");
        _time.Advance(TimeSpan.FromSeconds(2));
        await routing.Database.QueryAsync<long>("select id from payments");
        await _time.UntilAsync(() => _logs.WithId(Plan).Count == 2);

        Assert.Equal(2, Volatile.Read(ref plans));
        Assert.Contains("SELECT payments", _logs.WithId(Plan)[1].Message, StringComparison.Ordinal);

        FakeResult Count()
        {
            Interlocked.Increment(ref plans);
            return FakeResult.Empty;
        }
    }

    [Theory]
    [InlineData("delete from orders")]
    [InlineData("with gone as (delete from orders returning id) select id from gone")]
    [InlineData("select id from orders; select id from payments")]
    [InlineData("explain select id from orders")]
    [InlineData("select unknown_function(id) from orders")]
    public async Task Nothing_but_a_single_proven_read_is_explained(string sql)
    {
        var replica = new FakeDriver { Answer = NeverExplained };
        await using var routing = Routing(new FakeDriver { Answer = NeverExplained }, replica, static slow => slow.Explain = true);
        await routing.Database.QueryAsync<long>(sql, options: new StatementOptions { Intent = Intent.Read });

        // The one that may be explained is taken, so the one before it was not.
        replica.Answer = command => IsExplain(command) ? FakeResult.Empty : Rows(command);
        await routing.Database.QueryAsync<long>("select id from the_next");
        await _time.UntilAsync(() => _logs.WithId(Plan).Count == 1);
        Assert.Contains("SELECT the_next", _logs.WithId(Plan)[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_cannot_be_had_disturbs_nobody()
    {
        var replica = new FakeDriver { Answer = command => IsExplain(command) ? throw new FakeDbException("secret words", ErrorClass.Statement) : Rows(command) };
        await using var routing = Routing(new FakeDriver(), replica, static slow => slow.Explain = true);
        await routing.Database.QueryAsync<long>("select id from orders");
        await _time.UntilAsync(() => _logs.WithId(NotExplained).Count == 1);

        Assert.Equal("Slow statement SELECT orders on fake could not be explained: Routing.Testing.FakeDbException.", _logs.WithId(NotExplained)[0].Message);
        Assert.Empty(_logs.AtLeast(Microsoft.Extensions.Logging.LogLevel.Error));
    }

    private static bool IsExplain(FakeDbCommand command) => command.CommandText.StartsWith("EXPLAIN", StringComparison.Ordinal);

    private FakeResult Rows(FakeDbCommand command)
    {
        _time.Advance(_takes);
        return new FakeResult(["id"], [typeof(long)], [[1L], [2L]]);
    }

    private FakeResult Fails(FakeDbCommand command)
    {
        _time.Advance(_takes);
        throw new FakeDbException("no", ErrorClass.Statement);
    }

    private FakeResult NeverExplained(FakeDbCommand command)
    {
        Assert.False(IsExplain(command), command.CommandText);
        return Rows(command);
    }

    private FakeRouting Routing(FakeDriver driver, Action<SlowStatementOptions>? configure = null) => Routing([driver], configure);

    private FakeRouting Routing(FakeDriver primary, FakeDriver replica, Action<SlowStatementOptions> configure) => Routing([primary, replica], configure);

    private FakeRouting Routing(FakeDriver[] drivers, Action<SlowStatementOptions>? configure) => new(
        _time,
        _logs.Factory,
        options =>
        {
            options.Telemetry.SlowStatement.Threshold = Threshold;
            configure?.Invoke(options.Telemetry.SlowStatement);
        },
        drivers);
}
