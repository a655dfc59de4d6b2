using Routing.Testing;

namespace Routing.UnitTests.Testing;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Clock_moves_only_when_advanced()
    {
        var start = _time.GetTimestamp();
        var utc = _time.GetUtcNow();

        _time.Advance(TimeSpan.FromMilliseconds(1500));

        Assert.Equal(TimeSpan.FromMilliseconds(1500), _time.GetElapsedTime(start));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), _time.GetUtcNow() - utc);
        Assert.Equal(TimeZoneInfo.Utc, _time.LocalTimeZone);
    }

    [Fact]
    public void Timers_fire_in_due_order_and_see_their_due_moment()
    {
        var start = _time.GetTimestamp();
        var fired = new List<string>();
        void Record(object? name) => fired.Add($"{name}@{_time.GetElapsedTime(start).TotalSeconds:0}");
        using var late = _time.CreateTimer(Record, "late", TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var first = _time.CreateTimer(Record, "first", TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var second = _time.CreateTimer(Record, "second", TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["first@2", "second@2", "late@3"], fired);
        Assert.Equal(TimeSpan.FromSeconds(10), _time.GetElapsedTime(start));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Periodic_timer_fires_once_per_period_until_disposed()
    {
        var start = _time.GetTimestamp();
        var seconds = new List<double>();
        var timer = _time.CreateTimer(_ => seconds.Add(_time.GetElapsedTime(start).TotalSeconds), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(6));
        timer.Dispose();
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([1d, 3d, 5d], seconds);
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Timer_armed_by_a_callback_fires_within_the_same_advance()
    {
        var fired = 0;
        using var inner = _time.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var outer = _time.CreateTimer(_ => inner.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, fired);
    }

    [Fact]
    public void Timer_due_at_once_waits_for_the_next_advance()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.Zero, TimeSpan.Zero);
        Assert.Equal(0, fired);

        _time.Advance(TimeSpan.Zero);

        Assert.Equal(1, fired);
    }

    [Fact]
    public void Wall_clock_jump_leaves_timestamps_and_timers_alone()
    {
        var start = _time.GetTimestamp();
        using var timer = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);

        _time.ShiftWallClock(TimeSpan.FromHours(-1));

        Assert.Equal(start, _time.GetTimestamp());
        Assert.Equal(TimeSpan.FromSeconds(5), _time.UntilNextTimer);
        Assert.Equal(new DateTimeOffset(2025, 12, 31, 23, 0, 0, TimeSpan.Zero), _time.GetUtcNow());
    }

    [Fact]
    public async Task Delay_and_cancellation_of_the_base_library_run_on_this_clock()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(1), _time);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);

        Assert.True(_time.AdvanceToNextTimer());
        await delay;
        Assert.False(timeout.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(timeout.IsCancellationRequested);
        Assert.False(_time.AdvanceToNextTimer());
    }

    [Fact]
    public async Task Waiting_for_timers_ends_when_enough_are_armed()
    {
        var wait = _time.WaitForTimersAsync(2);
        using var one = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.False(wait.IsCompleted);

        using var two = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        await wait;
    }

    [Fact]
    public void Advancing_from_many_threads_loses_no_tick_of_a_periodic_timer()
    {
        var ticks = 0;
        using var timer = _time.CreateTimer(_ => Interlocked.Increment(ref ticks), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var start = _time.GetTimestamp();

        Parallel.For(0, 64, _ => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal(_time.GetElapsedTime(start).TotalSeconds, ticks);
    }
}
