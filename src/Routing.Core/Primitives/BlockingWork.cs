using System.Runtime.ExceptionServices;

namespace Routing.Primitives;

/// <summary>
/// What a blocking caller has others do: on threads of their own, since those of the thread pool may all be blocked by
/// callers like this one, and no longer than a bound, since a driver's blocking call may never end, whatever time-out it
/// was given. Thread-safe.
/// </summary>
internal static class BlockingWork
{
    /// <summary>How long a blocking open may take: drivers keep a time-out for it in whole seconds, which may begin late.</summary>
    /// <param name="connect">The time-out for connecting.</param>
    /// <param name="grace">What a driver is given to end after it.</param>
    public static TimeSpan OpenBound(TimeSpan connect, TimeSpan grace) => TimeSpan.FromSeconds(Math.Ceiling(connect.TotalSeconds) + 1) + grace;

    /// <summary>Does it for each item at the same time; returns when all are done or the bound has passed. What is left behind goes on.</summary>
    /// <param name="items">The items; few, for each has a thread.</param>
    /// <param name="bound">The most time.</param>
    /// <param name="work">Must not throw, which would end the process.</param>
    public static void ForEach<T>(IReadOnlyCollection<T> items, TimeSpan bound, Action<T> work)
    {
        var left = new CountdownEvent(items.Count + 1);
        foreach (var item in items)
        {
            Start(() =>
            {
                work(item);
                left.Signal();
            });
        }

        left.Signal();
        left.Wait(bound);
    }

    /// <summary>Does it and gives its result, or throws its error. False when the bound has passed; its end is told to <paramref name="late"/> then.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="bound">The most time.</param>
    /// <param name="late">Is given the result that nobody waits for any more.</param>
    /// <param name="result">The result.</param>
    public static bool TryDo<T>(Func<T> work, TimeSpan bound, Action<T> late, out T result)
        where T : class
    {
        var call = new Call<T>(work, late);
        Start(call.Run);
        return call.TryWait(bound, out result);
    }

    private static void Start(ThreadStart run) => new Thread(run) { IsBackground = true, Name = "Routing: blocking work" }.UnsafeStart();

    private sealed class Call<T>(Func<T> work, Action<T> late)
        where T : class
    {
        private readonly object _gate = new();
        private T? _result;
        private ExceptionDispatchInfo? _error;
        private bool _isOver;
        private bool _isLeft;

        public void Run()
        {
            T? result = null;
            ExceptionDispatchInfo? error = null;
            try
            {
                result = work();
            }
#pragma warning disable CA1031 // Thrown to whoever waits.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                error = ExceptionDispatchInfo.Capture(thrown);
            }

            lock (_gate)
            {
                (_result, _error, _isOver) = (result, error, true);
                if (!_isLeft)
                {
                    Monitor.Pulse(_gate);
                    return;
                }
            }

            if (result is not null)
            {
                late(result);
            }
        }

        public bool TryWait(TimeSpan bound, out T result)
        {
            lock (_gate)
            {
                if (!_isOver)
                {
                    // Nobody pulses it but the end of the work.
                    Monitor.Wait(_gate, bound);
                }

                _isLeft = !_isOver;
            }

            _error?.Throw();
            result = _result!;
            return _isOver;
        }
    }
}
