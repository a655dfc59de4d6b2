namespace Routing.Benchmarks.Figures;

/// <summary>What becomes of the rounds of one figure.</summary>
internal sealed record Statistics(double Median, double P10, double P90, int Runs)
{
    /// <summary>The share of the median that the middle 80 % of rounds may span.</summary>
    public const double NoisyFrom = 0.20;

    /// <summary>What the rounds measured, in their order; empty when only the summary is known.</summary>
    public IReadOnlyList<double> Values { get; init; } = [];

    /// <summary>Whether the rounds differ so much that the median should not be relied on.</summary>
    public bool IsNoisy => P90 - P10 > NoisyFrom * Math.Abs(Median);

    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Statistics Of(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var sorted = all.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new ArgumentException("Statistics need at least one value.", nameof(values));
        }

        return new Statistics(Percentile(sorted, 0.5), Percentile(sorted, 0.1), Percentile(sorted, 0.9), sorted.Length) { Values = all };
    }

    /// <summary>Between the two nearest ranks, linearly.</summary>
    private static double Percentile(double[] sorted, double share)
    {
        var rank = share * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (rank - below));
    }
}
