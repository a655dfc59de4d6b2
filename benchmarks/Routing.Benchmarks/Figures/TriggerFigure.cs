using Microsoft.Extensions.Logging.Abstractions;
using Routing.Primitives;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does a session pay to ask for a probe whose loop is busy already? The peer is the same loop around an empty
/// asynchronous call. An example with set-up and clean-up of an asynchronous figure.
/// </summary>
internal sealed class TriggerFigure : DifferenceFigure
{
    private readonly TaskCompletionSource _busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SupervisedLoop? _loop;

    public override string Name => "loop-trigger";

    public override string Peer => "an empty asynchronous call";

    protected override Operation OurRun => Operation.Each(() =>
    {
        _loop!.Trigger();
        return default;
    });

    protected override Operation PeerRun => Operation.Each(static () => default);

    public override async ValueTask SetUpAsync()
    {
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop = new SupervisedLoop(
            "benchmark",
            TimeSpan.FromHours(1),
            jitter: 0,
            async _ =>
            {
                running.TrySetResult();
                await _busy.Task;
            },
            TimeProvider.System,
            NullLogger.Instance);
        _loop.Trigger();
        _loop.Start();
        await running.Task;
    }

    protected override async ValueTask CleanUpAsync()
    {
        _busy.TrySetResult();
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }
    }
}
