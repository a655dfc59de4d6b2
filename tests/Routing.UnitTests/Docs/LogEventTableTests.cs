using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Routing.UnitTests.Configuration;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>The table of log events is written from the sources, so it cannot fall behind them.</summary>
public sealed class LogEventTableTests
{
    private const string Page = "docs/guide/telemetry.md";
    private const string Begin = "<!-- events:begin -->";
    private const string End = "<!-- events:end -->";

    private static readonly Regex Event = new(
        """LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d+),\s*(?:Level\s*=\s*)?LogLevel\.(?<level>\w+),\s*(?:Message\s*=\s*)?"(?<text>(?:[^"\\]|\\.)*)"\)\]\s*(?:public|private|internal) static partial void (?<name>\w+)\(""",
        RegexOptions.Singleline,
        TimeSpan.FromSeconds(10));

    [Fact]
    public void The_telemetry_page_lists_every_log_event()
    {
        var page = Markdown.Read(Page);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);

        Snapshot.Check(Page, page[..begin] + "\n" + Table() + page[end..]);
    }

    [Fact]
    public void The_core_has_its_events_in_one_file_in_the_order_of_their_numbers()
    {
        var files = Repository.SourcesUnder("src/Routing.Core").Where(static file => File.ReadAllText(file).Contains("[LoggerMessage(", StringComparison.Ordinal)).ToList();
        var numbers = Events(Assert.Single(files)).Select(static e => e.Id).ToList();

        Assert.EndsWith("/Diagnostics/Log.cs", files[0].Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public void Each_package_numbers_its_events_within_its_own_range()
    {
        var ranges = new Dictionary<string, (int First, int Last)>(StringComparer.Ordinal)
        {
            ["Routing.Core"] = (1000, 1999),
            ["Routing.Providers"] = (2000, 2999),
            ["Routing.Health"] = (3000, 3999),
        };
        foreach (var (package, (first, last)) in ranges)
        {
            Assert.All(Repository.SourcesUnder("src/" + package).SelectMany(Events), e => Assert.InRange(e.Id, first, last));
        }
    }

    private static string Table()
    {
        var table = new StringBuilder("| Event | Level | Name | Message |\n|---|---|---|---|\n");
        var written = Repository.SourcesUnder("src").Sum(static file => Regex.Count(File.ReadAllText(file), @"\[LoggerMessage\("));
        var events = Repository.SourcesUnder("src").SelectMany(Events).OrderBy(static e => e.Id).ToList();
        Assert.Equal(written, events.Count);
        foreach (var (id, level, name, text) in events)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {id} | {level} | `{name}` | {text} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<(int Id, string Level, string Name, string Text)> Events(string file) => Event.Matches(File.ReadAllText(file)).Select(static match => (
        int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture),
        match.Groups["level"].Value,
        match.Groups["name"].Value,
        match.Groups["text"].Value.Replace("\\n", " ", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)));
}
