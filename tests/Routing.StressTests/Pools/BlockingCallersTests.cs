using System.Collections.Concurrent;
using Routing.Testing;

namespace Routing.StressTests.Pools;

/// <summary>
/// Blocking callers on threads of their own while every thread of the pool is blocked, as a service's own code may block
/// them. Whatever they need, a first look at the nodes, a connection, somebody else's when he gives it back, needs no
/// thread of the pool. Over a fake driver, because real ones do now and then: the framework hands an event of a blocking socket
/// to the pool when its own thread meets somebody at the socket, and MySql.Data connects there.
/// </summary>
public sealed class BlockingCallersTests
{
    // More than the pool adds threads while a test runs: it adds one or two a second.
    private const int Blockers = 400;
    private const int Callers = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <remarks>Seen to fail, over PostgreSQL, when the first caller waits for a start on the thread pool.</remarks>
    [Fact]
    public async Task The_first_use_needs_no_thread_of_the_pool()
    {
        await using var fake = Start(places: 2);
        WithoutPool(() => Together(Callers, _ => fake.Database.Execute("select 1")));
    }

    /// <remarks>Seen to fail, over PostgreSQL, when all opens but a caller's first step are made on the thread pool.</remarks>
    [Fact]
    public async Task As_many_connections_are_opened_as_callers_hold_at_once()
    {
        await using var fake = Start(places: Callers);
        using var all = new Barrier(Callers);
        WithoutPool(() => Together(Callers, _ =>
        {
            using var session = fake.Database.OpenSession();
            using var transaction = session.BeginTransaction();
            Assert.True(all.SignalAndWait(Patience), "Not everybody got a connection.");
            transaction.Commit();
        }));
    }

    [Fact]
    public async Task One_connection_goes_from_caller_to_caller()
    {
        await using var fake = Start(places: 1);
        WithoutPool(() => Together(Callers, _ =>
        {
            for (var i = 0; i < 50; i++)
            {
                fake.Database.Execute("select 1");
            }
        }));
    }

    private static FakeRouting Start(int places)
    {
        // As a driver's does: on the caller's thread where that blocks, on the thread pool where it does not.
        var driver = new FakeDriver
        {
            DefaultOpen = static async (async, _) =>
            {
                if (async)
                {
                    await Task.Yield();
                }

                return true;
            },
        };
        return new FakeRouting(TimeProvider.System, options => (options.Pool.MaxSize, options.Pool.RentTimeout) = (places, Patience), driver);
    }

    /// <summary>Runs it on threads that belong to nobody else, all at once.</summary>
    private static void Together(int callers, Action<int> call)
    {
        var errors = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, callers).Select(i => new Thread(() =>
        {
            if (Record.Exception(() => call(i)) is { } error)
            {
                errors.Enqueue(error);
            }
        }) { IsBackground = true }).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        var ended = Array.TrueForAll(threads, static thread => thread.Join(Patience));
        Assert.Empty(errors);
        Assert.True(ended, "A caller did not come back.");
    }

    /// <summary>While no thread of the pool is free, and proves that none was.</summary>
    private static void WithoutPool(Action test)
    {
        using var open = new ManualResetEventSlim();
        var blocked = Enumerable.Range(0, Blockers).Select(_ => Task.Run(open.Wait)).ToArray();
        var last = Task.Run(static () => { });
        try
        {
            test();
            Assert.False(last.IsCompleted, "A thread of the pool was free.");
        }
        finally
        {
            open.Set();
            Task.WaitAll([.. blocked, last]);
        }
    }
}
