using System.Diagnostics;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>How long callers waited, as many as fit. Thread-safe.</summary>
internal sealed class WaitTimes(int capacity)
{
    private readonly long[] _ticks = new long[capacity];
    private int _count;

    public void Add(long ticks)
    {
        var index = Interlocked.Increment(ref _count) - 1;
        if (index < capacity)
        {
            _ticks[index] = ticks;
        }
    }

    /// <summary>Forgets what was noted so far. Nobody may be waiting.</summary>
    public void Clear() => _count = 0;

    /// <summary>Microseconds that this share of the waits was not longer than.</summary>
    public double Percentile(double share)
    {
        var count = Math.Min(_count, capacity);
        if (count == 0)
        {
            return 0;
        }

        Array.Sort(_ticks, 0, count);
        return Stopwatch.GetElapsedTime(0, _ticks[(int)(share * (count - 1))]).TotalMicroseconds;
    }
}
