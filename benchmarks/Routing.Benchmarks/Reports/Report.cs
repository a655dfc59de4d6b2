using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>All that was measured in one run, and where. The report's files are made from nothing else.</summary>
internal sealed record Report(MachineFacts Machine, IReadOnlyList<FigureResult> Figures, IReadOnlyList<SuiteResult> Suites)
{
    public const string ResultsFile = "results.jsonl";

    // A comparison of a thing with itself says how well the harness measures, not how fast anything is.
    private const string HarnessProof = "same-work";

    /// <summary>The ratios against a peer, in the catalog's order.</summary>
    public IEnumerable<FigureResult> Comparisons => Figures.Where(static figure => figure.Unit == FigureResult.Ratio && figure.Name != HarnessProof);

    /// <summary>What we add to a bare peer, in nanoseconds.</summary>
    public IEnumerable<FigureResult> Additions => Figures.Where(static figure => figure.Unit == FigureResult.Nanoseconds && figure.Peer != FigureResult.NoPeer);

    /// <summary>What many callers got done, against the better of two peers.</summary>
    public IEnumerable<FigureResult> Throughputs => Figures.Where(static figure => figure.Unit == FigureResult.Throughput);

    /// <summary>What happened on a clock that stands still unless moved.</summary>
    public IEnumerable<FigureResult> Scenarios => Figures.Where(static figure => figure.Unit == FigureResult.FakeMilliseconds);

    /// <summary>What says how fast the machine is and how well it measures.</summary>
    public IEnumerable<FigureResult> Yardsticks => Figures.Where(static figure => figure.Name == HarnessProof || (figure.Unit == FigureResult.Nanoseconds && figure.Peer == FigureResult.NoPeer));

    /// <summary>The report's files by name, without the results themselves.</summary>
    public IReadOnlyDictionary<string, string> Render()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["report.md"] = ReportPage.Write(this) };
        if (Comparisons.Any())
        {
            files.Add(ReportPage.TimesPlot, ReportPlots.Times(this));
            files.Add(ReportPage.MemoryPlot, ReportPlots.Memory(this));
        }

        return files;
    }

    /// <summary>Writes the files beside the results they are made from.</summary>
    public async Task WriteAsync(string directory)
    {
        foreach (var (name, text) in Render())
        {
            await File.WriteAllTextAsync(Path.Combine(directory, name), text);
        }
    }

    /// <summary>Reads the results of a directory.</summary>
    public static async Task<Report> ReadAsync(string directory) =>
        ResultLines.Read(await File.ReadAllLinesAsync(Path.Combine(directory, ResultsFile)));
}
