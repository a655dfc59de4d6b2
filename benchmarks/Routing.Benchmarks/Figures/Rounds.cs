using System.Diagnostics;

namespace Routing.Benchmarks.Figures;

/// <summary>What one round measured: nanoseconds per run of either side.</summary>
internal readonly record struct Round(double Ours, double Peer);

/// <summary>
/// Measures two operations side by side: slices of both alternate and swap their order each round, so that whatever the
/// machine does meanwhile (clock speed, neighbours, collections) meets both alike.
/// </summary>
internal static class Rounds
{
    public const int Least = 31;
    public const int Most = 101;

    /// <summary>How long a figure goes on after <see cref="Least"/> rounds, unless it says otherwise.</summary>
    public static readonly TimeSpan Enough = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(45);

    /// <summary>The costs of both, round by round.</summary>
    /// <exception cref="InvalidOperationException">The operations are too slow for <see cref="Least"/> rounds.</exception>
    public static async Task<IReadOnlyList<Round>> MeasureAsync(Stint ours, Stint peer) =>
        [.. (await MeasureAsync([ours, peer], Enough)).Select(static costs => new Round(costs[0], costs[1]))];

    /// <summary>The costs of each, round by round, in the order given; in each round another one begins.</summary>
    /// <exception cref="InvalidOperationException">The operations are too slow for <see cref="Least"/> rounds.</exception>
    public static async Task<IReadOnlyList<double[]>> MeasureAsync(IReadOnlyList<Stint> stints, TimeSpan enough)
    {
        var rounds = new List<double[]>(Most);
        var start = Stopwatch.GetTimestamp();
        while (rounds.Count < Least || (rounds.Count < Most && Stopwatch.GetElapsedTime(start) < enough))
        {
            if (Stopwatch.GetElapsedTime(start) > TooLong)
            {
                throw new InvalidOperationException(
                    $"Only {rounds.Count} of at least {Least} rounds were done in {TooLong.TotalSeconds:0} s; make one run of the operation shorter.");
            }

            var costs = new double[stints.Count];
            for (var i = 0; i < costs.Length; i++)
            {
                var next = (i + rounds.Count) % costs.Length;
                costs[next] = await stints[next].MeasureAsync();
            }

            rounds.Add(costs);
        }

        return rounds;
    }

    /// <summary>What <paramref name="compare"/> makes of each round's two costs.</summary>
    public static async Task<Statistics> MeasureAsync(Stint ours, Stint peer, Func<double, double, double> compare) =>
        Statistics.Of((await MeasureAsync(ours, peer)).Select(round => compare(round.Ours, round.Peer)));

    /// <summary>The cost of one operation by itself.</summary>
    public static Task<Statistics> MeasureAsync(Stint only) => MeasureAsync(only, only, static (first, second) => (first + second) / 2);
}
