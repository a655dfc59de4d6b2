using System.Data.Common;
using Routing.Drivers;
using Routing.Providers.PostgreSql;
using Routing.Testing;

namespace Routing.UnitTests.Providers.PostgreSql;

/// <summary>
/// The limits of what is read past: so many rows before the cancel and so many after it, so long after it, so long for the
/// cancel itself. On rows of the test's making and its clock; the real server is asked by the integration tests.
/// </summary>
/// <remarks>Each limit was taken out and the test that is named for it seen to fail.</remarks>
public sealed class AbandonedResultTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ManualTimeProvider _time = new();
    private readonly FakeDriver _driver = new();
    private readonly FakePhysicalConnection _physical;
    private int _reads;

    public AbandonedResultTests()
    {
        _physical = new FakePhysicalConnection(_driver, Lane.Reader, 0);
        _driver.OnStep = step => _reads += step == "read" ? 1 : 0;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _physical.DisposeAsync();
        await _driver.DisposeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_that_have_arrived_are_read_past_up_to_a_limit_before_and_after_the_cancel(bool async)
    {
        // More than may be read past before and after the cancel: what reads on would come to the end.
        var result = Leave(rows: 3 * AbandonedResult.MostRows);
        Assert.Equal(ReaderEnding.Left, await result.EndAsync(async));
        Assert.Equal(1, _physical.Interrupts);
        Assert.Equal(2 * AbandonedResult.MostRows, _reads);
    }

    [Fact]
    public async Task Rows_that_take_long_are_read_past_for_a_limited_time()
    {
        _driver.OnReading = () =>
        {
            _time.Advance(AbandonedResult.MostTime / 10);
            return Task.CompletedTask;
        };
        Assert.Equal(ReaderEnding.Left, await Leave(rows: 100).EndAsync(async: true));
        Assert.Equal(1, _physical.Interrupts);
        Assert.Equal(2 * 10, _reads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Little_is_read_past_without_a_cancel(bool async)
    {
        var result = Leave(AbandonedResult.MostRows - 1);
        Assert.Equal(ReaderEnding.ReadToEnd, await result.EndAsync(async));
        Assert.Equal(0, _physical.Interrupts);
    }

    [Fact]
    public async Task What_does_not_come_after_the_cancel_is_left_when_its_time_has_passed()
    {
        var paused = new TaskCompletionSource();
        _driver.OnReading = () => paused.Task;
        var ending = Leave(rows: 2).EndAsync(async: true).AsTask();
        await TimerAsync(AbandonedResult.MostTime);
        Assert.Equal(1, _physical.Interrupts);
        _time.Advance(AbandonedResult.MostTime - TimeSpan.FromMilliseconds(1));
        Assert.False(ending.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ReaderEnding.Left, await ending.WaitAsync(Patience));
        paused.SetResult();
    }

    [Fact]
    public async Task A_blocking_caller_waits_no_longer_either()
    {
        var paused = new TaskCompletionSource();
        _driver.OnReading = () => paused.Task;
        var ending = Task.Run(() => Leave(rows: 2).EndAsync(async: false).AsTask());
        Assert.Equal(ReaderEnding.Left, await ending.WaitAsync(Patience));
        paused.SetResult();
    }

    [Fact]
    public async Task What_ends_in_time_after_the_cancel_was_cancelled()
    {
        var paused = new TaskCompletionSource();
        _driver.OnReading = () => paused.Task;
        var ending = Leave(rows: 2).EndAsync(async: true).AsTask();
        await TimerAsync(AbandonedResult.MostTime);
        paused.SetException(new FakeDbException("canceling statement due to user request"));
        Assert.Equal(ReaderEnding.Cancelled, await ending.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_cancel_that_does_not_end_is_given_up_after_its_limit()
    {
        using var hangs = new ManualResetEventSlim();
        _physical.OnInterrupt = hangs.Wait;
        var result = Leave(rows: 3 * AbandonedResult.MostRows);
        var ending = result.EndAsync(async: true).AsTask();
        await TimerAsync(CancelLimit);
        _time.Advance(CancelLimit);
        Assert.Equal(ReaderEnding.Left, await ending.WaitAsync(Patience));
        Assert.False(result.Rest.IsCompleted);
        hangs.Set();
        await result.Rest.WaitAsync(Patience);
    }

    private AbandonedResult Leave(int rows)
    {
        _driver.Answer = _ => new FakeResult(["number"], [typeof(int)], [.. Enumerable.Range(0, rows).Select(number => new object[] { number })]);
        var command = new FakeDbConnection(_driver).CreateCommand();
        return new AbandonedResult(_physical, command.ExecuteReader(), _time, CancelLimit);
    }

    private async Task TimerAsync(TimeSpan due)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (_time.UntilNextTimer != due)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
