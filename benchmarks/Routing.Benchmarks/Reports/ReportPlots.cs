using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>What a report shows as pictures.</summary>
internal static class ReportPlots
{
    /// <summary>Time against the peers.</summary>
    public static string Times(Report report) => BarChart.Draw(
        "Time per call: Routing ÷ peer",
        "Shorter is faster. Blue: less time in 90 % of rounds; orange: more; grey: undecided. Whiskers: p10 to p90 of the rounds.",
        [.. report.Comparisons.Select(static figure => new Bar(
            figure.Name, figure.Peer, figure.Statistics.Median, figure.Statistics.P10, figure.Statistics.P90, Reading.OutcomeOf(figure)))]);

    /// <summary>Bytes allocated against the peers.</summary>
    public static string Memory(Report report) => BarChart.Draw(
        "Bytes allocated per call: Routing ÷ peer",
        "Shorter is less. Blue: less; orange: more. The least of three slices each.",
        [.. report.Comparisons.Select(MemoryBar).OfType<Bar>()]);

    private static Bar? MemoryBar(FigureResult figure)
    {
        if (figure.Detail("ours-bytes") is not { } ours || figure.Detail("peer-bytes") is not ({ } peer and > 0))
        {
            return null;
        }

        var outcome = ours < peer ? Outcome.Win : ours > peer ? Outcome.Loss : Outcome.Undecided;
        return new Bar(figure.Name, figure.Peer, ours / peer, Low: null, High: null, outcome);
    }
}
