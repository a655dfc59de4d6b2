using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>
/// <c>report</c>: measures every figure and writes a report. A report is whole or not written: one without the figures
/// that failed would show only those that went well.
/// </summary>
internal static class ReportCommand
{
    public const string Usage = """
        report [--suites]    measures all figures (with --suites also every suite as a short job) and writes
                             benchmarks/results/<date>-<machine>/ and the newest results into docs/performance
        report [--suites] --to <directory> [name...]
                             writes there instead, the named figures and suites only, and leaves docs/performance alone
        render [<directory>...]
                             writes the pages and plots of these reports, or of all, again from their raw results
        """;

    /// <summary>0; 1 when something failed and nothing was written; 2 when the arguments are wrong.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        var (suites, to, names) = Parse(arguments);
        if (to is null && names.Count > 0)
        {
            await errors.WriteLineAsync($"Unknown argument: {names[0]}. A report of some figures only needs --to <directory>.\n{Usage}");
            return 2;
        }

        var folders = ResultFolders.Find();
        var machine = await ThisMachine.DescribeAsync(folders.Root);
        var lines = new List<string> { ResultLines.Write(machine) };
        var code = await MeasureAsync(names, suites, Path.Combine(folders.Root, "artifacts", "benchmarks"), lines, output, errors);
        if (code != 0)
        {
            await errors.WriteLineAsync("No report was written.");
            return code;
        }

        var directory = to ?? folders.For(machine);
        await WriteAsync(directory, lines);
        if (to is null)
        {
            await folders.UpdatePageAsync();
        }

        await output.WriteLineAsync($"Report: {Path.Combine(directory, "report.md")}");
        return 0;
    }

    /// <summary>Writes the files of reports again; the page too, when no directory is named.</summary>
    public static async Task<int> RenderAsync(IReadOnlyList<string> directories)
    {
        var folders = ResultFolders.Find();
        foreach (var directory in directories.Count > 0 ? directories : folders.All)
        {
            await (await Report.ReadAsync(directory)).WriteAsync(directory);
        }

        if (directories.Count == 0)
        {
            await folders.UpdatePageAsync();
        }

        return 0;
    }

    /// <summary>Writes the raw results, and the report made from them as they can be read back.</summary>
    internal static async Task WriteAsync(string directory, IReadOnlyList<string> lines)
    {
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, Report.ResultsFile), string.Join('\n', lines) + "\n");
        await (await Report.ReadAsync(directory)).WriteAsync(directory);
    }

    /// <summary>Adds the results' lines: of what is named, or of all figures, and of all suites when asked for.</summary>
    private static async Task<int> MeasureAsync(
        IReadOnlyList<string> names, bool allSuites, string artifacts, List<string> lines, TextWriter output, TextWriter errors)
    {
        var suites = SuiteRuns.All.Where(suite => names.Contains(suite.Name)).ToList();
        var figures = names.Where(name => !suites.Any(suite => suite.Name == name)).ToList();
        if (suites.Count == 0 || figures.Count > 0)
        {
            var code = await FigureRunner.RunAsync(FigureCatalog.All, figures, output, errors, figure => lines.Add(ResultLines.Write(figure)));
            if (code != 0)
            {
                return code;
            }
        }

        if (allSuites || suites.Count > 0)
        {
            lines.AddRange(SuiteRuns.Run(suites.Count > 0 ? suites : SuiteRuns.All, artifacts).Select(ResultLines.Write));
        }

        return 0;
    }

    private static (bool Suites, string? To, IReadOnlyList<string> Names) Parse(IReadOnlyList<string> arguments)
    {
        var suites = false;
        string? to = null;
        var names = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "--suites")
            {
                suites = true;
            }
            else if (arguments[i] == "--to" && i + 1 < arguments.Count)
            {
                to = arguments[++i];
            }
            else
            {
                names.Add(arguments[i]);
            }
        }

        return (suites, to, names);
    }
}
