using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Routing.Diagnostics;

namespace Routing.Primitives;

/// <summary>
/// The one way to run something in the background: a named body, never more than one run at a time, once per jittered
/// interval or sooner when triggered. A body that throws is counted, logged (at most once a minute) and run again with
/// back-off. No thread is held between runs, and nothing of the starter's execution context is captured.
/// Thread-safe. The starter owns it: dispose cancels the running body, waits until it has ended, and leaves no timer;
/// it must not be called from inside the body.
/// </summary>
internal sealed class SupervisedLoop : IAsyncDisposable
{
    private const int MaxDoublings = 5;

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private static readonly Counter<long> Runs = RoutingMeter.Meter.CreateCounter<long>(
        "routing.loop.runs", "{run}", "Runs of background loops, by name.");

    private static readonly Counter<long> Failures = RoutingMeter.Meter.CreateCounter<long>(
        "routing.loop.failures", "{run}", "Runs of background loops that threw, by name.");

    private readonly string _name;
    private readonly TimeSpan _interval;
    private readonly double _jitter;
    private readonly Func<CancellationToken, ValueTask> _body;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Random _random;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    // A tick or trigger that meets one not yet served is served by the run to come.
    private readonly WakeSignal _wakes = new();

    private ITimer? _timer;
    private Task? _running;
    private bool _disposed;
    private int _failuresInARow;
    private long _suppressed;
    private long? _lastLogged;

    /// <param name="name">What logs and metrics call it; of low cardinality.</param>
    /// <param name="interval">From the end of one run to the start of the next. More than zero.</param>
    /// <param name="jitter">The share of the interval, 0-1, by which each wait is drawn shorter or longer, so that many processes do not act in step.</param>
    /// <param name="body">One run. Its token is cancelled by dispose.</param>
    public SupervisedLoop(
        string name, TimeSpan interval, double jitter, Func<CancellationToken, ValueTask> body, TimeProvider time, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(jitter, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jitter, 1);
        _name = name;
        _interval = interval;
        _jitter = jitter;
        _body = body;
        _time = time;
        _logger = logger;
        _random = new Random(Seed(name, time.GetTimestamp()));
        _tag = new KeyValuePair<string, object?>("name", name);
    }

    /// <summary>Whether it waits for its interval to pass, with no trigger outstanding.</summary>
    public bool IsIdle => _wakes.IsWaiting;

    /// <summary>Begins; the first run comes after one interval, or at once when triggered. A second call and one after dispose do nothing.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_disposed || _running is not null)
            {
                return;
            }

            // A loop outlives the request that happened to start it; it must not carry its AsyncLocals (sessions, activities) along.
            var flowed = !ExecutionContext.IsFlowSuppressed();
            if (flowed)
            {
                ExecutionContext.SuppressFlow();
            }

            try
            {
                _timer = _time.CreateTimer(static state => ((SupervisedLoop)state!).Trigger(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _running = Task.Run(RunAsync);
            }
            finally
            {
                if (flowed)
                {
                    ExecutionContext.RestoreFlow();
                }
            }
        }
    }

    /// <summary>
    /// Runs the body soon: now when it is waiting, once more when it is running, at the end of the back-off when the last
    /// run failed. Triggers that come before that run are served by it. Before start it is kept; after dispose it does nothing.
    /// </summary>
    public void Trigger() => _wakes.Signal();

    public async ValueTask DisposeAsync()
    {
        bool first;
        lock (_gate)
        {
            first = !_disposed;
            _disposed = true;
        }

        if (first)
        {
            await StopAsync().ConfigureAwait(false);
        }

        if (_running is not null)
        {
            await _running.ConfigureAwait(false);
        }
    }

    private async Task StopAsync()
    {
        _wakes.Close();
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What a driver's cancel callback throws must not keep the loop from being stopped.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Report(error, TimeSpan.Zero);
        }
    }

    private async Task RunAsync()
    {
        var delay = NextDelay();
        while (await WaitAsync(delay).ConfigureAwait(false))
        {
            Runs.Add(1, _tag);
            try
            {
                await _body(_stop.Token).ConfigureAwait(false);
                _failuresInARow = 0;
                delay = NextDelay();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // A supervisor outlives whatever its body throws.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _failuresInARow++;
                Failures.Add(1, _tag);
                delay = NextDelay();
                Report(error, delay);
            }
        }

        await _timer!.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>False when the loop has been stopped.</summary>
    private async ValueTask<bool> WaitAsync(TimeSpan delay)
    {
        var notBefore = _failuresInARow > 0 ? Deadline.After(_time, delay) : default;
        do
        {
            // Armed again after an early wake: a body that throws at once must not be spun by triggers.
            _timer!.Change(notBefore.IsNone ? delay : AtLeastOneMillisecond(notBefore.Remaining), Timeout.InfiniteTimeSpan);
            if (!await _wakes.WaitAsync().ConfigureAwait(false))
            {
                return false;
            }
        }
        while (!notBefore.IsNone && !notBefore.HasPassed);

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return !_stop.IsCancellationRequested;
    }

    private TimeSpan NextDelay()
    {
        var doublings = Math.Clamp(_failuresInARow - 1, 0, MaxDoublings);
        var spread = 1 + (_jitter * ((2 * _random.NextDouble()) - 1));
        return AtLeastOneMillisecond(_interval * (spread * (1 << doublings)));
    }

    private void Report(Exception error, TimeSpan delay)
    {
        long suppressed;
        lock (_gate)
        {
            if (_lastLogged is { } last && _time.GetElapsedTime(last) < LogInterval)
            {
                _suppressed++;
                return;
            }

            _lastLogged = _time.GetTimestamp();
            suppressed = _suppressed;
            _suppressed = 0;
        }

        Log.LoopFailed(_logger, error, _name, _failuresInARow, (long)delay.TotalMilliseconds, suppressed);
    }

    // Timers count in whole milliseconds and truncate: less than one would fire before its deadline, again and again.
    private static TimeSpan AtLeastOneMillisecond(TimeSpan delay) => delay < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : delay;

    /// <summary>Differs between loops and between processes, yet is the same again under a test's clock.</summary>
    private static int Seed(string name, long timestamp)
    {
        var hash = timestamp;
        foreach (var character in name)
        {
            hash = unchecked((hash ^ character) * 1099511628211L);
        }

        return unchecked((int)(hash ^ (hash >> 32)));
    }
}
