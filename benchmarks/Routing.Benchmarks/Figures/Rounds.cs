using System.Diagnostics;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// Measures two operations side by side: slices of both alternate and swap their order each round, so that whatever the
/// machine does meanwhile (clock speed, neighbours, collections) meets both alike.
/// </summary>
internal static class Rounds
{
    public const int Least = 31;
    public const int Most = 101;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(45);

    /// <summary>What <paramref name="compare"/> makes of each round's two costs.</summary>
    /// <exception cref="InvalidOperationException">The operations are too slow for <see cref="Least"/> rounds.</exception>
    public static async Task<Statistics> MeasureAsync(Stint ours, Stint peer, Func<double, double, double> compare)
    {
        var values = new List<double>(Most);
        var start = Stopwatch.GetTimestamp();
        while (values.Count < Least || (values.Count < Most && Stopwatch.GetElapsedTime(start) < Enough))
        {
            if (Stopwatch.GetElapsedTime(start) > TooLong)
            {
                throw new InvalidOperationException(
                    $"Only {values.Count} of at least {Least} rounds were done in {TooLong.TotalSeconds:0} s; make one run of the operation shorter.");
            }

            var oursFirst = values.Count % 2 == 0;
            var first = await (oursFirst ? ours : peer).MeasureAsync();
            var second = await (oursFirst ? peer : ours).MeasureAsync();
            values.Add(oursFirst ? compare(first, second) : compare(second, first));
        }

        return Statistics.Of(values);
    }

    /// <summary>The cost of one operation by itself.</summary>
    public static Task<Statistics> MeasureAsync(Stint only) => MeasureAsync(only, only, static (first, second) => (first + second) / 2);
}
