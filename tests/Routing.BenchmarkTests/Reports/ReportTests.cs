using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Reports;

namespace Routing.BenchmarkTests.Reports;

public sealed class ReportTests
{
    private static readonly ResultFolders Folders = ResultFolders.Find();

    [Theory]
    //          rounds                          outcome             sentence
    [InlineData(new[] { 0.86, 0.87, 0.88 },     "Win",       "`f` takes 13 % less time than p (the middle 80 % of rounds: 14 % less time to 12 % less time).")]
    [InlineData(new[] { 1.2, 1.25, 1.3 },       "Loss",      "`f` takes 25 % more time than p (the middle 80 % of rounds: 21 % more time to 29 % more time).")]
    [InlineData(new[] { 0.95, 1.0, 1.05 },      "Undecided", "`f`: no clear difference from p; the median is the same time (the middle 80 % of rounds: 4 % less time to 4 % more time).")]
    [InlineData(new[] { 0.993, 0.997, 1.004 },  "Undecided", "`f`: no clear difference from p; the median is 0.3 % less time (the middle 80 % of rounds: 0.6 % less time to 0.3 % more time).")]
    [InlineData(new[] { 0.5, 0.9, 4 },          "Undecided", "`f`: no clear difference from p; the median is 10 % less time (the middle 80 % of rounds: 42 % less time to 238 % more time; noisy).")]
    public void A_comparison_reads_as_its_numbers_say(double[] rounds, string outcome, string sentence)
    {
        var figure = new FigureResult("f", FigureResult.Ratio, "p", Statistics.Of(rounds));

        Assert.Equal(outcome, Reading.OutcomeOf(figure).ToString());
        Assert.Equal(sentence, Reading.Of(figure));
    }

    [Fact]
    public void Results_read_back_are_those_written()
    {
        var report = SampleReport.Create();

        Assert.Equal(SampleReport.Machine.Rows, report.Machine.Rows);
        Assert.Equal(SampleReport.Figures.Select(static figure => figure.ToLine()), report.Figures.Select(static figure => figure.ToLine()));
        Assert.Equal(SampleReport.Suites, report.Suites);
        Assert.Equal(SampleReport.Lines, [ResultLines.Write(report.Machine), .. report.Figures.Select(ResultLines.Write), .. report.Suites.Select(ResultLines.Write)]);
    }

    [Theory]
    [InlineData("""{"other":1}""", "Line 1 of the results cannot be read: ")]
    [InlineData("""{}""", "Line 1 of the results must hold one of 'machine', 'figure' and 'suite'.")]
    [InlineData("""{"suite":{"suite":"s","method":"m","meanNs":1,"errorNs":1,"bytes":0,"isBaseline":true}}""", "The results name 0 machines; they must name one.")]
    public void Results_that_are_none_are_refused(string line, string error) =>
        Assert.StartsWith(error, Assert.Throws<InvalidDataException>(() => ResultLines.Read([line])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_page_shows_machine_tables_plots_and_sentences()
    {
        var page = SampleReport.Create().Render()["report.md"];

        Assert.Contains("| CPU | Some CPU &lt;x64> \\| \"8\", 1 logical core |\n", page, StringComparison.Ordinal);
        Assert.Contains("| Commit | v0.1.0-3-gabc1234 |\n", page, StringComparison.Ordinal);
        Assert.Contains("\n1 of 3 comparisons are noisy: ", page, StringComparison.Ordinal);
        Assert.Contains("### Where Routing takes less time\n\n- `wins` takes 13 % less time than ", page, StringComparison.Ordinal);
        Assert.Contains("### Where Routing takes more time\n\n- `loses` takes 25 % more time than a bare driver", page, StringComparison.Ordinal);
        Assert.Contains("### Where this run cannot tell\n\n- `is-noisy`: no clear difference", page, StringComparison.Ordinal);
        Assert.Contains("| `loses` | a bare driver | 1.25 | 1.21-1.29 | 2.50 ms | 2.00 ms | 3 |\n", page, StringComparison.Ordinal);
        Assert.Contains("| `loses` | 20.0 KiB | 10.0 KiB |\n", page, StringComparison.Ordinal);
        Assert.Contains("| `adds` | Dapper on a held connection | 283 ns | 281 ns to 289 ns | 136 B | 3 |\n", page, StringComparison.Ordinal);
        Assert.Contains("| `gets-done` | the better pool | 1.30 | 1.22-1.38 | 0.95 | 3 |\n", page, StringComparison.Ordinal);
        Assert.Contains("| `spikes` | 20 ms | connections 6, opens 1 |\n", page, StringComparison.Ordinal);
        Assert.Contains("| RentAndReturn | 82.0 ns | ± 3.00 ns | 4.00 | 24 B |\n", page, StringComparison.Ordinal);
        Assert.Contains("](times.svg)", page, StringComparison.Ordinal);
        Assert.Contains("](memory.svg)", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_committed_report_is_what_its_results_say()
    {
        foreach (var directory in Folders.All)
        {
            var rendered = (await Report.ReadAsync(directory)).Render();
            Assert.Equal([.. rendered.Keys.Append(Report.ResultsFile).Order(StringComparer.Ordinal)], Directory.GetFiles(directory).Select(static file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
            foreach (var (name, text) in rendered)
            {
                Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(directory, name)));
            }
        }
    }

    [Fact]
    public async Task The_documentation_shows_the_newest_report() =>
        Assert.Equal(await Folders.ShowNewestAsync(), await File.ReadAllTextAsync(Path.Combine(Folders.Root, ResultFolders.Page)));

    [Fact]
    public async Task This_machine_is_described_without_paths()
    {
        var machine = await ThisMachine.DescribeAsync(Folders.Root);

        Assert.All(machine.Rows, static row => Assert.NotEqual("", row.Value));
        Assert.Matches("^[0-9a-f]{6}$", ThisMachine.ShortId(machine));
        Assert.DoesNotContain(Folders.Root, ResultLines.Write(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_made_from_the_results_as_they_are_read_back()
    {
        var directory = Directory.CreateTempSubdirectory("routing-report-").FullName;
        try
        {
            await ReportCommand.WriteAsync(directory, SampleReport.Lines);

            foreach (var (name, text) in (await Report.ReadAsync(directory)).Render())
            {
                Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(directory, name)));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Some_figures_only_are_no_report_for_the_repository()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        Assert.Equal(2, await ReportCommand.RunAsync(["pg-insert"], output, errors));
        Assert.StartsWith("Unknown argument: pg-insert. A report of some figures only needs --to <directory>.", errors.ToString(), StringComparison.Ordinal);
    }
}
