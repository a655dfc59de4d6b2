using Routing.Primitives;

namespace Routing.UnitTests.Primitives;

public sealed class WakeSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_signal_before_the_wait_is_kept_and_several_count_as_one()
    {
        var signal = new WakeSignal();
        signal.Signal();
        signal.Signal();

        Assert.True(await signal.WaitAsync());
        var next = signal.WaitAsync().AsTask();
        Assert.False(next.IsCompleted);
        Assert.True(signal.IsWaiting);
    }

    [Fact]
    public async Task A_signal_wakes_who_waits_and_is_not_kept_for_the_next_wait()
    {
        var signal = new WakeSignal();
        var wait = signal.WaitAsync();
        Assert.False(wait.IsCompleted);

        signal.Signal();

        Assert.True(await wait);
        Assert.False(signal.IsWaiting);
        var next = signal.WaitAsync().AsTask();
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task Close_ends_the_wait_and_every_later_one_whatever_was_signalled()
    {
        var signal = new WakeSignal();
        var wait = signal.WaitAsync();

        signal.Close();
        signal.Signal();
        signal.Close();

        Assert.False(await wait);
        Assert.False(await signal.WaitAsync());
    }

    [Fact]
    public async Task A_signal_and_a_kept_one_allocate_nothing()
    {
        var signal = new WakeSignal();
        await CycleAsync(signal, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        await CycleAsync(signal, 1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static ValueTask CycleAsync(WakeSignal signal, int times)
        {
            for (var i = 0; i < times; i++)
            {
                signal.Signal();
                var wait = signal.WaitAsync();
                Assert.True(wait.IsCompleted && wait.Result);
            }

            return default;
        }
    }

    /// <summary>
    /// Two threads announce work and signal; the waiter must see every announcement without another one coming after. Seen
    /// to fail when a signal that finds one kept already returns without the interlocked operation.
    /// </summary>
    [Fact]
    public async Task No_signal_is_lost_however_signals_and_waits_meet()
    {
        const int Rounds = 60_000;
        var signal = new WakeSignal();
        var announced = new long[2];
        var served = new long[2];
        var waiter = Task.Run(async () =>
        {
            while (await signal.WaitAsync())
            {
                Volatile.Write(ref served[0], Volatile.Read(ref announced[0]));
                Volatile.Write(ref served[1], Volatile.Read(ref announced[1]));
            }
        });
        var announcers = Enumerable.Range(0, 2).Select(who => Task.Factory.StartNew(
            () =>
            {
                for (var i = 1; i <= Rounds; i++)
                {
                    Volatile.Write(ref announced[who], i);
                    signal.Signal();

                    // Now and then the last one for a while: a wake that is lost then is made good by nobody.
                    if (i % 3 == 0)
                    {
                        var number = i;
                        Assert.True(
                            SpinWait.SpinUntil(() => Volatile.Read(ref served[who]) >= number, Patience),
                            $"Announcement {number} of {who} was never served.");
                    }
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();

        await Task.WhenAll(announcers);
        signal.Close();
        await waiter.WaitAsync(Patience);
    }
}
