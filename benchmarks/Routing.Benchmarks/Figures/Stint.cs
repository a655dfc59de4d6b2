using System.Diagnostics;

namespace Routing.Benchmarks.Figures;

/// <summary>One operation warmed up and calibrated: how many times it runs in one slice, and what slices cost.</summary>
internal sealed class Stint
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(40);

    private const int MostTimes = 1 << 29;

    private readonly Operation _operation;
    private readonly int _times;

    private Stint(Operation operation, int times)
    {
        _operation = operation;
        _times = times;
    }

    /// <summary>Runs the operation until the JIT has had time to optimise it, and finds how often it fits into a slice.</summary>
    public static Task<Stint> PrepareAsync(Operation operation) => PrepareAsync(operation, Slice);

    /// <summary>The same with a slice of another length, for operations whose runs are long.</summary>
    public static async Task<Stint> PrepareAsync(Operation operation, TimeSpan slice)
    {
        var times = 1;
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var took = await TimeAsync(operation, times);
            if (Stopwatch.GetElapsedTime(start) >= WarmUp && took >= slice / 2)
            {
                return new Stint(operation, Math.Max(1, (int)Math.Min(MostTimes, times * (slice / took))));
            }

            if (took < slice)
            {
                times = times < MostTimes ? times * 2 : throw new InvalidOperationException(
                    $"{times} runs of the operation took only {took.TotalMilliseconds:0.###} ms: it does nothing, or ignores how often it shall run.");
            }
        }
    }

    /// <summary>Nanoseconds per run, over one slice.</summary>
    public async ValueTask<double> MeasureAsync() => (await TimeAsync(_operation, _times)).TotalNanoseconds / _times;

    /// <summary>Bytes allocated per run: the least of a few slices, since whatever else allocates only adds.</summary>
    public async ValueTask<double> BytesAsync()
    {
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = Allocated();
            await _operation.RunAsync(_times);
            least = Math.Min(least, Allocated() - before);
        }

        return (double)least / _times;
    }

    private static async ValueTask<TimeSpan> TimeAsync(Operation operation, int times)
    {
        var start = Stopwatch.GetTimestamp();
        await operation.RunAsync(times);
        return Stopwatch.GetElapsedTime(start);
    }

    private long Allocated() =>
        _operation.MayChangeThread ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
}
