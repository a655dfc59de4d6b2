using System.Diagnostics.Metrics;
using Routing.Diagnostics;
using Routing.Primitives;
using Routing.Testing;

namespace Routing.UnitTests.Primitives;

public sealed class SupervisedLoopTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly WatchedTime _time = new();
    private readonly LogCapture _log = new();
    private int _runs;

    [Fact]
    public async Task First_run_comes_after_one_interval_and_the_next_after_another()
    {
        await using var loop = Loop(_ => default);
        loop.Start();

        Assert.Equal([Second], await _time.WaitsAsync());
        Assert.Equal(0, _runs);

        await TickAsync(Second, runs: 1);
        await TickAsync(Second, runs: 2);
    }

    [Fact]
    public async Task Nothing_runs_before_the_interval_has_passed()
    {
        await using var loop = Loop(_ => default);
        loop.Start();
        await _time.WaitsAsync();

        _time.Advance(Second - TimeSpan.FromTicks(1));

        Assert.Equal([TimeSpan.FromTicks(1)], _time.Waits());
        Assert.Equal(0, _runs);
    }

    [Fact]
    public async Task A_trigger_runs_the_body_without_time_passing()
    {
        await using var loop = Loop(_ => default);
        loop.Start();

        loop.Trigger();

        await _time.UntilAsync(() => _runs == 1);
    }

    [Fact]
    public async Task A_trigger_before_start_is_kept_and_one_after_dispose_does_nothing()
    {
        var loop = Loop(_ => default);
        loop.Trigger();
        loop.Start();
        await _time.UntilAsync(() => _runs == 1);

        await loop.DisposeAsync();
        loop.Trigger();

        Assert.Equal(1, _runs);
        Assert.Equal(0, _time.Alive);
    }

    [Fact]
    public async Task Triggers_during_a_run_are_served_by_one_more_run_and_never_overlap_it()
    {
        var release = new SemaphoreSlim(0);
        var inside = 0;
        var most = 0;
        await using var loop = Loop(async ct =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await release.WaitAsync(ct);
            Interlocked.Decrement(ref inside);
        });
        loop.Start();
        loop.Trigger();
        await _time.UntilAsync(() => _runs == 1);

        loop.Trigger();
        loop.Trigger();
        loop.Trigger();
        release.Release(2);
        await _time.UntilAsync(() => _runs == 2);

        Assert.Equal([Second], await _time.WaitsAsync());
        Assert.Equal(2, _runs);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_body_that_throws_runs_again_later_each_time_and_a_success_ends_the_back_off()
    {
        var failing = true;
        await using var loop = Loop(_ => failing ? throw new InvalidOperationException("boom") : default);
        loop.Start();
        await _time.WaitsAsync();

        var expected = new[] { 1, 2, 4, 8, 16, 32, 32 };
        var wait = Second;
        for (var i = 0; i < expected.Length; i++)
        {
            await TickAsync(wait, runs: i + 1, next: Second * expected[i]);
            wait = Second * expected[i];
        }

        failing = false;
        await TickAsync(wait, runs: 8, next: Second);
    }

    [Fact]
    public async Task A_failing_loop_logs_once_a_minute_with_the_count_of_what_it_left_out()
    {
        await using var loop = Loop(_ => throw new InvalidOperationException("boom"));
        loop.Start();
        await _time.WaitsAsync();

        // Runs at 1, 2, 4, 8, 16, 32 and 64 seconds: the last is the first one a minute after the first message.
        var wait = Second;
        foreach (var next in new[] { 1, 2, 4, 8, 16, 32, 32 })
        {
            await TickAsync(wait, _runs + 1, Second * next);
            wait = Second * next;
        }

        Assert.Equal(
            [
                "Error test[1900] The background loop test failed (1 in a row); it goes on and runs again in 1000 ms. Not logged since the last such message: 0.",
                "Error test[1900] The background loop test failed (7 in a row); it goes on and runs again in 32000 ms. Not logged since the last such message: 5.",
            ],
            _log.Events.Select(static e => e.ToString()));
    }

    [Fact]
    public async Task Triggers_do_not_cut_a_back_off_short()
    {
        await using var loop = Loop(_ => throw new InvalidOperationException("boom"));
        loop.Start();
        await _time.WaitsAsync();
        await TickAsync(Second, runs: 1);

        loop.Trigger();
        _time.Advance(Second / 2);
        await _time.UntilAsync(() => _time.Waits() is [var wait] && wait == Second / 2);
        Assert.Equal(1, _runs);

        _time.Advance(Second / 2);
        await _time.UntilAsync(() => _runs == 2);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_loops_own_counts_as_a_failure()
    {
        await using var loop = Loop(_ => throw new OperationCanceledException());
        loop.Start();
        await _time.WaitsAsync();
        await TickAsync(Second, runs: 1);
        await TickAsync(Second, runs: 2, next: Second * 2);
    }

    [Fact]
    public async Task Dispose_cancels_the_running_body_and_waits_until_it_has_ended()
    {
        var cancelled = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var loop = Loop(async ct =>
        {
            await using var registration = ct.Register(() => cancelled.SetResult());
            await mayEnd.Task;
        });
        loop.Start();
        loop.Trigger();
        await _time.UntilAsync(() => _runs == 1);

        var first = loop.DisposeAsync().AsTask();
        var second = loop.DisposeAsync().AsTask();
        await cancelled.Task;
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);

        mayEnd.SetResult();
        await first;
        await second;
        Assert.Equal(0, _time.Alive);
        Assert.Empty(_log.Events);
    }

    [Fact]
    public async Task Dispose_before_start_leaves_nothing_and_start_after_dispose_does_nothing()
    {
        var loop = Loop(_ => default);
        await loop.DisposeAsync();

        loop.Start();
        loop.Trigger();

        Assert.Equal(0, _time.Alive);
        Assert.Equal(0, _runs);
    }

    [Fact]
    public async Task The_body_sees_nothing_of_the_starters_execution_context()
    {
        string? seen = "not run";
        await using var loop = Loop(_ =>
        {
            seen = Ambient.Value;
            return default;
        });
        Ambient.Value = "request";

        loop.Start();
        loop.Trigger();
        await _time.UntilAsync(() => _runs == 1);
        await _time.WaitsAsync();

        Assert.Null(seen);
        Assert.False(ExecutionContext.IsFlowSuppressed());
    }

    [Fact]
    public async Task Start_works_where_the_flow_is_already_suppressed_and_leaves_it_so()
    {
        await using var loop = Loop(_ => default);
        bool stillSuppressed;
        using (ExecutionContext.SuppressFlow())
        {
            loop.Start();
            stillSuppressed = ExecutionContext.IsFlowSuppressed();
        }

        Assert.True(stillSuppressed);
        await _time.WaitsAsync();
    }

    [Fact]
    public async Task Waits_are_drawn_within_the_jitter_and_differ()
    {
        await using var loop = Loop(_ => default, jitter: 0.2);
        loop.Start();
        var waits = new List<TimeSpan>();
        for (var i = 1; i <= 50; i++)
        {
            var wait = (await _time.WaitsAsync())[0];
            waits.Add(wait);
            _time.Advance(wait);
            await _time.UntilAsync(() => _runs == i);
        }

        Assert.All(waits, wait => Assert.InRange(wait, Second * 0.8, Second * 1.2));
        Assert.True(waits.Distinct().Count() > 40);
    }

    [Fact]
    public async Task Runs_and_failures_are_counted_by_name()
    {
        var counts = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == RoutingMeter.Name)
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags is [{ Key: "name", Value: "counted" }])
            {
                lock (counts)
                {
                    counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value;
                }
            }
        });
        listener.Start();

        await using var loop = Loop(_ => _runs == 2 ? throw new InvalidOperationException("boom") : default, name: "counted");
        loop.Start();
        await _time.WaitsAsync();
        for (var i = 1; i <= 3; i++)
        {
            await TickAsync(Second, runs: i);
        }

        Assert.Equal(new Dictionary<string, long> { ["routing.loop.runs"] = 3, ["routing.loop.failures"] = 1 }, counts);
    }

    [Fact]
    public async Task Ten_thousand_loops_leave_no_timer_behind()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var loop = Loop(_ => default);
            loop.Start();
            if (i % 3 == 0)
            {
                loop.Trigger();
            }

            await loop.DisposeAsync();
        }

        Assert.Equal(0, _time.Alive);
        Assert.Empty(_time.Waits());
    }

    public void Dispose() => _log.Dispose();

    private SupervisedLoop Loop(Func<CancellationToken, ValueTask> body, double jitter = 0, string name = "test") =>
        new(
            name,
            Second,
            jitter,
            ct =>
            {
                Interlocked.Increment(ref _runs);
                _time.Pulse();
                return body(ct);
            },
            _time,
            _log.CreateLogger("test"));

    private async Task TickAsync(TimeSpan wait, int runs, TimeSpan? next = null)
    {
        _time.Advance(wait);
        await _time.UntilAsync(() => _runs == runs && _time.Waits().Length == 1);
        Assert.Equal(next ?? Second, _time.Waits()[0]);
    }
}
