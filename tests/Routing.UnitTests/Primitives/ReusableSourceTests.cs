using Routing.Primitives;

namespace Routing.UnitTests.Primitives;

public sealed class ReusableSourceTests
{
    [Fact]
    public async Task It_serves_wait_after_wait_and_goes_on_in_the_thread_pool_not_where_the_result_came_from()
    {
        var source = new Source();
        for (var i = 0; i < 100; i++)
        {
            var wentOn = new TaskCompletionSource<(int Result, bool InPool)>(TaskCreationOptions.RunContinuationsAsynchronously);
#pragma warning disable CA2012, xUnit1030 // Consumed once, by the continuation it is told here; the test's own context is what it must not come back to.
            var awaiter = source.WaitAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012, xUnit1030
            awaiter.UnsafeOnCompleted(() => wentOn.SetResult((awaiter.GetResult(), Thread.CurrentThread.IsThreadPoolThread)));
            var bringer = new Thread(() => source.Bring(i));
            bringer.Start();
            bringer.Join();

            Assert.Equal((i, true), await wentOn.Task);
        }
    }

    [Fact]
    public async Task A_result_that_is_there_already_is_taken_without_a_wait()
    {
        var source = new Source();
        source.Bring(7);

        var wait = source.WaitAsync();

        Assert.True(wait.IsCompletedSuccessfully);
        Assert.Equal(7, await wait);
    }

    [Fact]
    public async Task An_error_is_thrown_to_whoever_waits()
    {
        var source = new Source();
        var wait = source.WaitAsync().AsTask();

        source.Fail(new TimeoutException("too late"));

        Assert.Equal("too late", (await Assert.ThrowsAsync<TimeoutException>(() => wait)).Message);
    }

    [Fact]
    public void Whoever_waited_in_a_context_comes_back_to_it()
    {
        var context = new CountingContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var source = new Source();
            var done = new ManualResetEventSlim();
#pragma warning disable CA2012 // Consumed once, by the continuation it is told here.
            source.WaitAsync().GetAwaiter().UnsafeOnCompleted(done.Set);
#pragma warning restore CA2012

            source.Bring(1);

            Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
            Assert.Equal(1, context.Posts);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Fact]
    public async Task A_value_task_of_an_earlier_wait_is_refused_and_does_not_touch_the_later_one()
    {
        var source = new Source();
        source.Bring(1);
        var first = source.WaitAsync();
        Assert.Equal(1, await first);
        var second = source.WaitAsync().AsTask();

#pragma warning disable CA2012 // To consume it twice is the mistake under test.
        Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().UnsafeOnCompleted(static () => { }));
        Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().GetResult());
#pragma warning restore CA2012
        source.Bring(2);

        Assert.Equal(2, await second);
    }

#pragma warning disable CA2012, xUnit1030, xUnit1031 // How it is consumed, wrongly or at the same moment, is what is under test; nothing blocks that is not complete.
    [Fact]
    public async Task Neither_two_awaiters_nor_two_ends_nor_an_early_look_are_taken_for_the_one()
    {
        var source = new Source();
        var wait = source.WaitAsync();
        var wentOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Throws<InvalidOperationException>(() => wait.GetAwaiter().GetResult());
        wait.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(wentOn.SetResult);
        Assert.Throws<InvalidOperationException>(() => wait.GetAwaiter().UnsafeOnCompleted(static () => { }));
        source.Bring(1);
        await wentOn.Task;
        Assert.Throws<InvalidOperationException>(() => source.Bring(2));
        Assert.Equal(1, wait.GetAwaiter().GetResult());
    }

    [Fact]
    public void Awaiter_and_result_that_meet_find_each_other_every_time()
    {
        // Fails when either side writes the stage without a swap: it then overwrites what the other has just written, and
        // the awaiter sleeps for ever. Both come within nanoseconds, now one first and now the other.
        const int Times = 100_000;
        var source = new Source();
        using var arrived = new SemaphoreSlim(0);
        var round = -1;
        var bringer = new Thread(() =>
        {
            for (var i = 0; i < Times; i++)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref round) >= i);
                source.Bring(i);
            }
        });
        bringer.IsBackground = true;
        bringer.Start();
        for (var i = 0; i < Times; i++)
        {
            var awaiter = source.WaitAsync().ConfigureAwait(false).GetAwaiter();
            Volatile.Write(ref round, i);
            Thread.SpinWait(i % 64);
            awaiter.UnsafeOnCompleted(() => arrived.Release());
            Assert.True(arrived.Wait(TimeSpan.FromSeconds(20)), "The awaiter of round " + i + " was forgotten.");
            Assert.Equal(i, awaiter.GetResult());
        }

        bringer.Join();
    }

#pragma warning restore CA2012, xUnit1030, xUnit1031

    private sealed class Source : ReusableSource<int>
    {
        public ValueTask<int> WaitAsync() => new(this, Version);

        public void Bring(int result) => SetResult(result);

        public void Fail(Exception error) => SetException(error);

        protected override void OnTaken()
        {
        }
    }

    private sealed class CountingContext : SynchronizationContext
    {
        private int _posts;

        public int Posts => Volatile.Read(ref _posts);

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posts);
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.d(work.state), (d, state), preferLocal: false);
        }
    }
}
