using System.Text;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>The report in words and tables.</summary>
internal static class ReportPage
{
    public const string TimesPlot = "times.svg";
    public const string MemoryPlot = "memory.svg";

    private static readonly (Outcome Outcome, string Heading)[] Outcomes =
    [
        (Outcome.Win, "Where Routing takes less time"),
        (Outcome.Loss, "Where Routing takes more time"),
        (Outcome.Undecided, "Where this run cannot tell"),
    ];

    public static string Write(Report report)
    {
        var page = new StringBuilder()
            .Append("# Measured on ").Append(Words.Of(report.Machine.Date)).Append("\n\n")
            .Append("Written by the benchmarks' `report` command from [").Append(Report.ResultsFile).Append("](").Append(Report.ResultsFile)
            .Append("); not edited by hand. What each figure means, how it is\nmeasured and what it does not say: [docs/performance](../../../docs/performance/README.md).\n\n");
        Table(page, ["Where", ""], report.Machine.Rows.Select(static row => new[] { row.Name, row.Value }));
        if (report.Comparisons.Any())
        {
            Comparisons(page, report);
        }

        Throughputs(page, report.Throughputs);
        Scenarios(page, report.Scenarios);
        Nanoseconds(page, "What Routing adds", "Our nanoseconds per call − the peer's, and the bytes added.", report.Additions);
        Nanoseconds(page, "Yardsticks", "How fast the machine is, and what the harness says of two sides that do the same.", report.Yardsticks);
        Suites(page, report.Suites);
        return page.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The comparisons as sentences, under headings of the given level.</summary>
    public static void Sentences(StringBuilder page, Report report, string level)
    {
        var noisy = report.Comparisons.Count(static figure => figure.Statistics.IsNoisy);
        if (noisy > 0)
        {
            page.Append(noisy).Append(" of ").Append(report.Comparisons.Count())
                .Append(" comparisons are noisy: their rounds differ by more than a fifth, because something else ran or because client and server wake each other on few cores. Rely on which side of 1 they lie, not on the digits.\n\n");
        }

        foreach (var (outcome, heading) in Outcomes)
        {
            var figures = report.Comparisons.Where(figure => Reading.OutcomeOf(figure) == outcome).ToList();
            if (figures.Count > 0)
            {
                page.Append(level).Append(' ').Append(heading).Append("\n\n");
                page.AppendJoin("", figures.Select(static figure => "- " + Reading.Of(figure) + "\n")).Append('\n');
            }
        }
    }

    private static void Comparisons(StringBuilder page, Report report)
    {
        page.Append("## Against peers\n\n![Time per call against the peers](").Append(TimesPlot).Append(")\n\n");
        Sentences(page, report, "###");
        page.Append("### Times\n\n");
        Table(
            page,
            ["Figure", "Peer", "Ours ÷ peer", "p10-p90", "Ours", "Peer's", "Rounds"],
            report.Comparisons.Select(static figure => new[]
            {
                Code(figure.Name), figure.Peer, Words.Ratio(figure.Statistics.Median), Range(figure), Time(figure, "ours-ns"), Time(figure, "peer-ns"), Runs(figure),
            }));
        page.Append("### Memory\n\n![Bytes allocated per call against the peers](").Append(MemoryPlot).Append(")\n\n");
        Table(
            page,
            ["Figure", "Ours", "Peer's"],
            report.Comparisons.Select(static figure => new[] { Code(figure.Name), Bytes(figure, "ours-bytes"), Bytes(figure, "peer-bytes") }));
    }

    private static void Throughputs(StringBuilder page, IEnumerable<FigureResult> figures)
    {
        var rows = figures.Select(static figure => new[]
        {
            Code(figure.Name), figure.Peer, Words.Ratio(figure.Statistics.Median), Range(figure), Unluckiest(figure), Runs(figure),
        }).ToList();
        if (rows.Count > 0)
        {
            page.Append("## Throughput\n\nWhat Routing gets done in the time ÷ what the peer does: more than 1 is better here.\n\n");
            Table(page, ["Figure", "Peer", "Ours ÷ peer", "p10-p90", "p99.9 of the waits, ours ÷ channel's", "Rounds"], rows);
        }
    }

    private static void Scenarios(StringBuilder page, IEnumerable<FigureResult> figures)
    {
        var rows = figures.Select(static figure => new[]
        {
            Code(figure.Name),
            Words.Number(figure.Statistics.Median) + " ms",
            string.Join(", ", figure.Details.Select(static detail => $"{detail.Name} {Words.Number(detail.Value)}")),
        }).ToList();
        if (rows.Count > 0)
        {
            page.Append("## Scenarios\n\nOn a clock that the scenario moves itself: exact.\n\n");
            Table(page, ["Figure", "Done after", "Counts"], rows);
        }
    }

    private static void Nanoseconds(StringBuilder page, string heading, string what, IEnumerable<FigureResult> figures)
    {
        var rows = figures.Select(static figure => new[]
        {
            Code(figure.Name),
            figure.Peer,
            figure.Unit == FigureResult.Ratio ? Words.Ratio(figure.Statistics.Median) : Words.Time(figure.Statistics.Median),
            Range(figure),
            Bytes(figure, "bytes"),
            Runs(figure),
        }).ToList();
        if (rows.Count > 0)
        {
            page.Append("## ").Append(heading).Append("\n\n").Append(what).Append("\n\n");
            Table(page, ["Figure", "Peer", "Value", "p10-p90", "Bytes", "Rounds"], rows);
        }
    }

    private static void Suites(StringBuilder page, IReadOnlyList<SuiteResult> results)
    {
        if (results.Count == 0)
        {
            return;
        }

        page.Append("## Suites\n\nBenchmarkDotNet's short job: few iterations, so wide errors. Ratios are against the suite's baseline, the row without one.\n\n");
        foreach (var suite in results.GroupBy(static result => result.Suite, StringComparer.Ordinal))
        {
            var baseline = suite.FirstOrDefault(static row => row.IsBaseline);
            page.Append("### ").Append(Cell(suite.Key)).Append("\n\n");
            Table(
                page,
                ["Method", "Mean", "Error", "Ratio", "Allocated"],
                suite.Select(row => new[]
                {
                    row.Method,
                    Words.Time(row.MeanNs),
                    "± " + Words.Time(row.ErrorNs),
                    row.IsBaseline || baseline is null ? "" : Words.Ratio(row.MeanNs / baseline.MeanNs),
                    Words.Bytes(row.Bytes),
                }));
        }
    }

    private static string Range(FigureResult figure) => figure.Unit is FigureResult.Ratio or FigureResult.Throughput
        ? $"{Words.Ratio(figure.Statistics.P10)}-{Words.Ratio(figure.Statistics.P90)}"
        : $"{Words.Time(figure.Statistics.P10)} to {Words.Time(figure.Statistics.P90)}";

    private static string Runs(FigureResult figure) => figure.Statistics.Runs + (figure.Statistics.IsNoisy ? ", noisy" : "");

    private static string Unluckiest(FigureResult figure) => figure.Detail("p999-ratio") is { } ratio ? Words.Ratio(ratio) : "";

    private static string Time(FigureResult figure, string detail) => figure.Detail(detail) is { } value ? Words.Time(value) : "";

    private static string Bytes(FigureResult figure, string detail) => figure.Detail(detail) is { } value ? Words.Bytes(value) : "";

    private static string Code(string name) => $"`{name}`";

    private static void Table(StringBuilder page, string[] header, IEnumerable<string[]> rows)
    {
        Row(page, header);
        page.Append('|').Insert(page.Length, "---|", header.Length).Append('\n');
        foreach (var row in rows)
        {
            Row(page, row);
        }

        page.Append('\n');
    }

    private static void Row(StringBuilder page, string[] cells) =>
        page.Append("| ").AppendJoin(" | ", cells.Select(Cell)).Append(" |\n");

    private static string Cell(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal);
}
