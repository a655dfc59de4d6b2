using Routing.Drivers;
using Routing.Health.Detectors;
using Routing.Health.Probes;

namespace Routing.UnitTests.Health.Probes;

public sealed class NodeProbeTests : IDisposable
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Close = TimeSpan.FromSeconds(3);

    private readonly WatchedTime _time = new();
    private readonly ScriptedDriver _driver = new();

    [Fact]
    public async Task The_connection_is_opened_once_and_kept()
    {
        await using var probe = Probe();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(new ProbeAnswer(Observation.Answered, _driver.Answer, ""), await probe.AskAsync(default));
        }

        Assert.Equal((1, 1, 3), (_driver.Open, _driver.Opened, _driver.Asked));
    }

    [Fact]
    public async Task Dispose_closes_the_kept_connection()
    {
        var probe = Probe();
        await probe.AskAsync(default);

        await probe.DisposeAsync();

        Assert.Equal(0, _driver.Open);
        await _time.NoTimerLeftAsync();
    }

    [Theory]
    //          when     class                             broken | observation
    [InlineData("open",  ErrorClass.NotExecuted,           true,    nameof(Observation.Failed))]
    [InlineData("open",  ErrorClass.ConnectionLost,        true,    nameof(Observation.Failed))]
    [InlineData("open",  ErrorClass.Statement,             true,    nameof(Observation.Failed))]
    [InlineData("open",  ErrorClass.Capacity,              true,    nameof(Observation.Inconclusive))]
    [InlineData("probe", ErrorClass.NotExecuted,           false,   nameof(Observation.Failed))]
    [InlineData("probe", ErrorClass.ConnectionLost,        false,   nameof(Observation.Failed))]
    [InlineData("probe", ErrorClass.Statement,             false,   nameof(Observation.Inconclusive))]
    [InlineData("probe", ErrorClass.Statement,             true,    nameof(Observation.Failed))]
    [InlineData("probe", ErrorClass.Capacity,              false,   nameof(Observation.Inconclusive))]
    [InlineData("probe", ErrorClass.Capacity,              true,    nameof(Observation.Inconclusive))]
    [InlineData("probe", ErrorClass.Cancelled,             false,   nameof(Observation.Inconclusive))]
    [InlineData("probe", ErrorClass.ReplicaConflict,       false,   nameof(Observation.Inconclusive))]
    public async Task An_error_counts_by_its_class(string when, ErrorClass errorClass, bool broken, string expected)
    {
        Task Throw(CancellationToken ct) => throw new ScriptedException(errorClass, "refused");
        _driver.BreaksOnFailure = broken;
        _driver.OnOpen = when == "open" ? Throw : _driver.OnOpen;
        _driver.OnProbe = when == "probe" ? Throw : _driver.OnProbe;
        await using var probe = Probe();

        var answer = await probe.AskAsync(default);

        Assert.Equal(new ProbeAnswer(Enum.Parse<Observation>(expected), null, "ScriptedException: refused"), answer);
        Assert.Equal(0, _driver.Open);
    }

    [Fact]
    public async Task A_driver_that_cannot_even_be_made_is_a_failure()
    {
        await using var probe = new NodeProbe(() => throw new InvalidOperationException("no driver"), Connect, Close, _time);

        Assert.Equal(
            new ProbeAnswer(Observation.Failed, null, "InvalidOperationException: no driver"), await probe.AskAsync(default));
    }

    [Fact]
    public async Task After_a_failure_the_connection_is_opened_anew()
    {
        await using var probe = Probe();
        await probe.AskAsync(default);
        _driver.OnProbe = static _ => throw new ScriptedException(ErrorClass.ConnectionLost);
        await probe.AskAsync(default);
        _driver.OnProbe = static _ => Task.CompletedTask;

        var answer = await probe.AskAsync(default);

        Assert.Equal(Observation.Answered, answer.Observation);
        Assert.Equal((1, 2), (_driver.Open, _driver.Opened));
    }

    [Fact]
    public async Task Opening_may_take_the_connect_time_and_the_driver_is_told_so()
    {
        var opened = new TaskCompletionSource();
        _driver.OnOpen = _ => opened.Task;
        await using var probe = Probe();
        var asking = probe.AskAsync(default).AsTask();
        Assert.Equal([Connect], await _time.WaitsAsync());
        await _time.UntilAsync(() => !_driver.LastDeadline.IsNone);

        Assert.Equal(Connect, _driver.LastDeadline.Remaining);

        opened.SetResult();
        Assert.Equal(Observation.Answered, (await asking).Observation);
    }

    [Fact]
    public async Task A_driver_that_hangs_in_open_is_left_behind_at_the_deadline_and_what_it_still_opens_is_closed()
    {
        var hang = new TaskCompletionSource();
        _driver.OnOpen = _ => hang.Task;
        await using var probe = Probe();
        var asking = probe.AskAsync(default).AsTask();
        await _time.WaitsAsync();

        _time.Advance(Connect);
        Assert.Equal(new ProbeAnswer(Observation.Failed, null, "no answer within 2000 ms"), await asking);
        Assert.Equal(0, _driver.Opened);

        hang.SetResult();
        await _time.UntilAsync(() => _driver is { Opened: 1, Open: 0 });
    }

    [Fact]
    public async Task A_driver_that_hangs_in_a_probe_on_a_kept_connection_is_left_behind_after_a_second_and_the_connection_closed()
    {
        await using var probe = Probe();
        await probe.AskAsync(default);
        _driver.OnProbe = static ct => Task.Delay(Timeout.Infinite, ct);
        var asking = probe.AskAsync(default).AsTask();
        Assert.Equal([NodeProbe.MaxAnswerTime], await _time.WaitsAsync());

        _time.Advance(NodeProbe.MaxAnswerTime);

        Assert.Equal(new ProbeAnswer(Observation.Failed, null, "no answer within 1000 ms"), await asking);
        await _time.UntilAsync(() => _driver.Open == 0);
    }

    [Fact]
    public async Task A_driver_that_blocks_its_thread_does_not_block_the_deadline()
    {
        using var hang = new ManualResetEventSlim();
        _driver.OnOpen = _ =>
        {
            hang.Wait(CancellationToken.None);
            return Task.CompletedTask;
        };
        await using var probe = Probe();
        var asking = probe.AskAsync(default).AsTask();
        await _time.WaitsAsync();

        _time.Advance(Connect);

        Assert.Equal(Observation.Failed, (await asking).Observation);
        hang.Set();
        await _time.UntilAsync(() => _driver is { Opened: 1, Open: 0 });
    }

    [Fact]
    public async Task No_more_than_four_hanging_probes_are_left_behind()
    {
        var hang = new TaskCompletionSource();
        var opens = 0;
        _driver.OnOpen = _ =>
        {
            Interlocked.Increment(ref opens);
            return hang.Task;
        };
        await using var probe = Probe();
        for (var i = 0; i < NodeProbe.MaxHanging; i++)
        {
            var asking = probe.AskAsync(default).AsTask();
            await _time.WaitsAsync();
            _time.Advance(Connect);
            await asking;
        }

        Assert.Equal(
            new ProbeAnswer(Observation.Failed, null, "4 earlier probes have not ended although they were cancelled"),
            await probe.AskAsync(default));
        await _time.UntilAsync(() => opens == NodeProbe.MaxHanging);

        hang.SetResult();
        await _time.UntilAsync(() => _driver is { Opened: NodeProbe.MaxHanging, Open: 0 });
        await _time.UntilAsync(() => _driver.Open == 0);
        Assert.Equal(Observation.Answered, await EventuallyAnsweredAsync(probe));
    }

    [Fact]
    public async Task A_cancelled_ask_throws_and_leaves_no_connection()
    {
        using var stop = new CancellationTokenSource();
        _driver.OnProbe = static ct => Task.Delay(Timeout.Infinite, ct);
        var probe = Probe();
        var asking = probe.AskAsync(stop.Token).AsTask();
        await _time.UntilAsync(() => _driver.Asked == 1);

        await stop.CancelAsync();

        // Whichever comes first, the caller's own wait or the driver's answer to the cancel: the probe is over.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await probe.DisposeAsync();
        Assert.Equal(0, _driver.Open);
        await _time.NoTimerLeftAsync();
    }

    [Fact]
    public async Task Dispose_waits_for_a_close_that_hangs_no_longer_than_the_close_time()
    {
        var hang = new TaskCompletionSource();
        var probe = Probe();
        await probe.AskAsync(default);
        _driver.OnClose = () => hang.Task;

        var disposing = probe.DisposeAsync().AsTask();
        Assert.Equal([Close], await _time.WaitsAsync());
        Assert.False(disposing.IsCompleted);
        _time.Advance(Close);
        await disposing;

        hang.SetResult();
        await _time.UntilAsync(() => _driver.Open == 0);
    }

    public void Dispose() => Assert.True(_driver.DisposeAsync().AsTask().IsCompletedSuccessfully);

    // What was left behind ends a moment after its connection has closed.
    private static async Task<Observation> EventuallyAnsweredAsync(NodeProbe probe)
    {
        var observation = Observation.Failed;
        for (var i = 0; i < 1_000 && observation != Observation.Answered; i++)
        {
            await Task.Yield();
            observation = (await probe.AskAsync(default)).Observation;
        }

        return observation;
    }

    private NodeProbe Probe() => new(() => _driver, Connect, Close, _time);
}
