using Routing.Benchmarks.Peers.Pooling;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>How much more of the same work gets done in the same time than by the better of two peers? More is better.</summary>
internal abstract class ThroughputFigure : Figure
{
    public sealed override string Peer => $"the better of {ChannelPool<object>.Label} and {SemaphorePool<object>.Label}";

    /// <summary>How long one turn of each is; longer for work whose single runs are long.</summary>
    protected virtual TimeSpan Slice => TimeSpan.FromMilliseconds(40);

    protected virtual TimeSpan Enough => Rounds.Enough;

    protected abstract Operation OurRun { get; }

    protected abstract Operation ChannelRun { get; }

    protected abstract Operation SemaphoreRun { get; }

    /// <summary>Further numbers, when all rounds are done.</summary>
    protected virtual IEnumerable<(string Name, double Value)> Details => [];

    public sealed override async Task<FigureResult> MeasureAsync()
    {
        var stints = new[]
        {
            await Stint.PrepareAsync(OurRun, Slice), await Stint.PrepareAsync(ChannelRun, Slice), await Stint.PrepareAsync(SemaphoreRun, Slice),
        };
        WarmedUp();
        return ResultOf(Name, Peer, await Rounds.MeasureAsync(stints, Enough), [.. Details]);
    }

    public sealed override async ValueTask RunOnceAsync()
    {
        await OurRun.RunAsync(1);
        await ChannelRun.RunAsync(1);
        await SemaphoreRun.RunAsync(1);
    }

    /// <summary>What the rounds come to: nanoseconds per run of ours, of the channel's and of the semaphore's.</summary>
    internal static FigureResult ResultOf(
        string name, string peer, IReadOnlyList<double[]> rounds, IReadOnlyList<(string Name, double Value)> details)
    {
        var medians = Enumerable.Range(0, 3).Select(side => Statistics.Of(rounds.Select(round => round[side])).Median).ToArray();
        var better = medians[1] <= medians[2] ? 1 : 2;
        return new FigureResult(
            name,
            FigureResult.Throughput,
            peer,
            Statistics.Of(rounds.Select(round => round[better] / round[0])),
            [("ours-ns", medians[0]), ("channel-ns", medians[1]), ("semaphore-ns", medians[2]), .. details]);
    }

    /// <summary>Called between the warm-up and the first round.</summary>
    protected virtual void WarmedUp()
    {
    }
}
