using Microsoft.Extensions.Logging;
using Routing.Health.Probes;
using Routing.Primitives;

namespace Routing.Health.Monitors;

/// <summary>
/// Probes one node about once a second, and sooner when asked, but never twice within <see cref="MinSpacing"/>. What it
/// learns it hands to its owner, a <see cref="DataSourceMonitor"/>. Thread-safe.
/// </summary>
internal sealed class NodeMonitor : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MinSpacing = TimeSpan.FromMilliseconds(20);

    private const double Jitter = 0.1;

    private readonly NodeProbe _probe;
    private readonly Action<ProbeAnswer> _observed;
    private readonly TimeProvider _time;
    private readonly SupervisedLoop _loop;
    private readonly TaskCompletionSource _firstAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _lastStart;

    /// <param name="name">The loop's name: <c>dataSource/node</c>.</param>
    /// <param name="probe">Owned from here on.</param>
    /// <param name="observed">Told each answer, on the loop's thread or on that of <see cref="AskHere"/>.</param>
    public NodeMonitor(string name, NodeProbe probe, Action<ProbeAnswer> observed, TimeProvider time, ILogger logger)
    {
        _probe = probe;
        _observed = observed;
        _time = time;
        _loop = new SupervisedLoop($"monitor {name}", Interval, Jitter, RunAsync, time, logger);
    }

    /// <summary>Completes when the node has answered or failed once, or the monitor has stopped.</summary>
    public Task FirstAnswer => _firstAnswer.Task;

    /// <summary>Whether no probe runs and none is asked for.</summary>
    public bool IsIdle => _loop.IsIdle;

    /// <summary>Begins with a probe at once.</summary>
    public void Start()
    {
        _loop.Trigger();
        _loop.Start();
    }

    /// <summary>Probes soon; a probe that is under way does not count, since it may have asked before what the caller wants to see.</summary>
    public void Trigger() => _loop.Trigger();

    /// <summary>For a blocking caller, until there is a first answer: asks on this thread, since the loop may find none.</summary>
    public void AskHere()
    {
        if (!_firstAnswer.Task.IsCompleted)
        {
            _observed(_probe.AskHere());
            _firstAnswer.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        await _probe.DisposeAsync().ConfigureAwait(false);
        _firstAnswer.TrySetResult();
    }

    private async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        await SpaceOutAsync(cancellationToken).ConfigureAwait(false);
        _lastStart = _time.GetTimestamp();
        _observed(await _probe.AskAsync(cancellationToken).ConfigureAwait(false));
        _firstAnswer.TrySetResult();
    }

    private Task SpaceOutAsync(CancellationToken cancellationToken)
    {
        var early = _lastStart is { } last ? MinSpacing - _time.GetElapsedTime(last) : TimeSpan.Zero;
        return early > TimeSpan.Zero ? Task.Delay(early, _time, cancellationToken) : Task.CompletedTask;
    }
}
