using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.StressTests.Pools;

/// <summary>
/// Real threads rent, return (sometimes one lease twice at once), cancel, run out of time, clear and dispose; what each saw and
/// when is then checked for an order of single steps that explains it. Many short lives of a pool: three seconds of them,
/// ROUTING_LONG=1 makes it a minute. The seed printed repeats the callers' choices, not the interleaving.
/// </summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 60 : 3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_threads_saw_has_an_explanation_in_single_steps()
    {
        ThreadPool.GetMinThreads(out _, out var ioThreads);
        ThreadPool.SetMinThreads(16, ioThreads);
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var ends = new Dictionary<RentEnd, int>();
        var clock = Stopwatch.StartNew();
        for (var life = 0; clock.Elapsed < Duration; life++)
        {
            var history = await LiveAsync(new Random(seed + life));
            var contradiction = history.FindContradiction();
            Assert.True(contradiction is null, $"seed {seed}, life {life}: {contradiction}");
            foreach (var end in history.Rentals.GroupBy(static rental => rental.End))
            {
                ends[end.Key] = ends.GetValueOrDefault(end.Key) + end.Count();
            }
        }

        output.WriteLine(string.Join(", ", ends));
        Assert.All((RentEnd[])[RentEnd.Granted, RentEnd.Cancelled, RentEnd.OutOfTime, RentEnd.Refused], end => Assert.True(ends.GetValueOrDefault(end) > 0, $"No rent was {end}."));
    }

    private static async Task<History> LiveAsync(Random random)
    {
        var history = new History();
        var driver = new FakeDriver();
        var max = random.Next(1, 4);
        var options = new PoolOptions { MaxSize = max, Reset = ResetMode.Never, RentTimeout = TimeSpan.FromSeconds(10), ValidateAfter = TimeSpan.FromMinutes(1) };
        var pool = new NodePool(
            "history/a", driver, options, new TimeoutOptions(), TimeProvider.System, NullLoggerFactory.Instance,
            physical =>
            {
                history.Births[((FakePhysicalConnection)physical).Number] = history.Now();
                return physical.Connection;
            },
            maintain: false);
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, max + random.Next(1, 5)).Select(_ => new Caller(pool, history, new Random(random.Next()), stop.Token)).ToArray();
        var running = callers.Select(static caller => Task.Run(caller.RunAsync)).ToArray();
        var life = Stopwatch.StartNew();
        while (life.ElapsedMilliseconds < 50)
        {
            await Task.Delay(1);
        }

        // While they go on; each of them asks once more afterwards.
        var disposal = pool.DisposeAsync().AsTask();
        history.Closed = history.Now();
        await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(Patience);
        await disposal.WaitAsync(Patience);
        Assert.Equal(0, driver.OpenNow);
        Assert.True(driver.MostOpen <= max, $"{driver.MostOpen} were open, at most {max} allowed.");
        return history;
    }

    private sealed class Caller(NodePool pool, History history, Random random, CancellationToken stop)
    {
        public async Task RunAsync()
        {
            for (var more = 3; more > 0; more -= stop.IsCancellationRequested ? 1 : 0)
            {
                if (random.Next(300) == 0)
                {
                    var began = history.Now();
                    pool.Clear();
                    history.Clears.Add((began, history.Now()));
                }

                await RentAndReturnAsync();
            }
        }

        private async Task RentAndReturnAsync()
        {
            using var cancel = new CancellationTokenSource();
            var rental = new Rental { Priority = random.Next(4) == 0 ? 1 : 0 };
            var hasDeadline = random.Next(5) == 0;
            Task? fuse = null;
            try
            {
                if (random.Next(3) == 0)
                {
                    fuse = CancelSoonAsync(rental, cancel, random.Next(400));
                }

                var lease = await RentAsync(rental, hasDeadline ? Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(random.Next(3))) : default, cancel.Token);
                rental.Connection = ((FakePhysicalConnection)lease.Physical).Number;
                rental.Answered = history.Now();
                Thread.SpinWait(random.Next(100));
                await ReturnAsync(rental, lease);
            }
            catch (OperationCanceledException)
            {
                rental.End = RentEnd.Cancelled;
            }
            catch (PoolExhaustedException)
            {
                rental.End = hasDeadline ? RentEnd.OutOfTime : RentEnd.Starved;
            }
            catch (ObjectDisposedException)
            {
                rental.End = RentEnd.Refused;
            }

            if (fuse is not null)
            {
                await fuse;
            }

            history.Rentals.Add(rental);
        }

        private async Task<Lease> RentAsync(Rental rental, Deadline deadline, CancellationToken token)
        {
            var async = random.Next(4) != 0;
            rental.Asked = history.Now();
            var rent = pool.RentAsync(Lane.Writer, null, rental.Priority == 1 ? RentPriority.High : RentPriority.Normal, async, deadline, token);
            if (async && !rent.IsCompleted)
            {
                rental.Queued = history.Now();
            }

            return await rent;
        }

        private Task CancelSoonAsync(Rental rental, CancellationTokenSource cancel, int spins) => Task.Run(() =>
        {
            Thread.SpinWait(spins);
            rental.CancelBegan = history.Now();
            cancel.Cancel();
        });

        private async Task ReturnAsync(Rental rental, Lease lease)
        {
            var rival = random.Next(20) == 0 ? Task.Run(() => TryReturnAsync(rental, lease)) : Task.CompletedTask;
            await TryReturnAsync(rental, lease);
            await rival;
        }

        private async Task TryReturnAsync(Rental rental, Lease lease)
        {
            var began = history.Now();
            try
            {
                await lease.ReturnAsync(async: true);
                lock (rental)
                {
                    rental.Returns++;
                    rental.ReturnsThatSucceeded++;
                    rental.Return = (began, history.Now());
                }
            }
            catch (InvalidOperationException error) when (error is not ObjectDisposedException)
            {
                lock (rental)
                {
                    rental.Returns++;
                }
            }
        }
    }
}
