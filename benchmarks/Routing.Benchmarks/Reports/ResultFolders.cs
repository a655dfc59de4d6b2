using System.Text;

namespace Routing.Benchmarks.Reports;

/// <summary>The committed reports of a repository, and the page that shows the newest.</summary>
/// <param name="Root">Where <c>Routing.sln</c> is.</param>
internal sealed record ResultFolders(string Root)
{
    public const string Page = "docs/performance/README.md";

    private const string Folder = "benchmarks/results";
    private const string Begin = "<!-- report:begin -->";
    private const string End = "<!-- report:end -->";

    /// <summary>The committed reports, oldest first.</summary>
    public IReadOnlyList<string> All => Directory.Exists(Path.Combine(Root, Folder))
        ? [.. Directory.GetDirectories(Path.Combine(Root, Folder)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The folder above this program that holds the repository.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static ResultFolders Find()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, "Routing.sln")))
                {
                    return new ResultFolders(directory.FullName);
                }
            }
        }

        throw new InvalidOperationException("Routing.sln was found neither above the current directory nor above the program. Run the report inside the repository.");
    }

    /// <summary>Where a report of this machine and day belongs.</summary>
    public string For(MachineFacts machine) => Path.Combine(Root, Folder, $"{Words.Of(machine.Date)}-{ThisMachine.ShortId(machine)}");

    /// <summary>The page with the newest report in its place.</summary>
    public async Task<string> ShowNewestAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root, Page));
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin)
        {
            throw new InvalidDataException($"{Page} must hold '{Begin}' and, after it, '{End}'.");
        }

        return page[..begin] + "\n" + (All is [.., var newest] ? await SummaryAsync(newest) : "No report is committed yet.\n") + page[end..];
    }

    /// <summary>Puts the newest report into the page.</summary>
    public async Task UpdatePageAsync() => await File.WriteAllTextAsync(Path.Combine(Root, Page), await ShowNewestAsync());

    private static async Task<string> SummaryAsync(string directory)
    {
        var report = await Report.ReadAsync(directory);
        var link = $"../../{Folder}/{Path.GetFileName(directory)}/";
        var summary = new StringBuilder()
            .Append("The newest report, [").Append(Path.GetFileName(directory)).Append("](").Append(link).Append("report.md), from ")
            .Append(report.Machine.Cpu).Append(", ").Append(report.Machine.Cores).Append(" logical cores, ").Append(report.Machine.Runtime)
            .Append(", PostgreSQL ").Append(report.Machine.PostgreSql).Append(":\n\n![Time per call against the peers](").Append(link).Append(ReportPage.TimesPlot).Append(")\n\n");
        ReportPage.Sentences(summary, report, "###");
        return summary.ToString();
    }
}
