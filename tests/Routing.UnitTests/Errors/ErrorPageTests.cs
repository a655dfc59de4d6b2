using System.Reflection;
using System.Text.RegularExpressions;
using Routing.Diagnostics;
using Routing.UnitTests.Docs;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Errors;

/// <summary>Each code has a page, each page shows what is really thrown, and nothing is shown that is not.</summary>
public sealed class ErrorPageTests
{
    private static readonly string[] Sections = ["## What it looks like", "## Causes", "## What to do", "## Is a retry safe?", "## Related"];

    public static TheoryData<string> Codes => [.. AllCodes.Values.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Ways => [.. Provocations.All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>By the name of the constant.</summary>
    private static Dictionary<string, string> AllCodes { get; } = typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(static field => field.IsLiteral && field.Name != nameof(ErrorCodes.DataKey))
        .ToDictionary(static field => field.Name, static field => (string)field.GetRawConstantValue()!, StringComparer.Ordinal);

    [Fact]
    public void Codes_are_unique_and_of_one_form()
    {
        Assert.NotEmpty(AllCodes);
        Assert.Equal(AllCodes.Count, AllCodes.Values.Distinct(StringComparer.Ordinal).Count());
        Assert.All(AllCodes.Values, static code => Assert.Matches("^RTG[0-9]{4}$", code));
    }

    [Fact]
    public void Every_code_has_a_page_and_every_page_a_code() =>
        Assert.Equal(
            AllCodes.Values.Order(StringComparer.Ordinal),
            Pages().Select(static page => Path.GetFileNameWithoutExtension(page)).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_code_is_provoked() =>
        Assert.Empty(AllCodes.Values.Except(Provocations.All.Values.Select(static way => way.Code), StringComparer.Ordinal));

    [Fact]
    public void The_index_lists_every_code_under_its_title_and_constant()
    {
        var index = Markdown.Read("docs/errors/README.md");
        Assert.All(AllCodes, code => Assert.Contains($"| [{code.Value}]({code.Value}.md) | {TitleOf(code.Value)} | `{code.Key}` |", index, StringComparison.Ordinal));
        Assert.Equal(AllCodes.Count, Regex.Count(index, @"^\| \[RTG", RegexOptions.Multiline, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_page_has_all_its_sections(string code)
    {
        var lines = Markdown.Read(PageOf(code)).Split('\n');
        Assert.NotEmpty(TitleOf(code));
        Assert.Contains(lines, static line => line.StartsWith("**What happened.** ", StringComparison.Ordinal));
        Assert.Equal(Sections, lines.Where(static line => line.StartsWith("## ", StringComparison.Ordinal)));
        foreach (var section in Sections)
        {
            var start = Array.IndexOf(lines, section);
            Assert.Contains(lines[(start + 1)..].TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal)), static line => line.Length > 10);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_page_shows_what_is_really_thrown(string way)
    {
        var code = Provocations.All[way].Code;
        var error = await Provocations.RunAsync(way);

        var samples = SamplesOf(code).Select(static sample => Steady(sample)).ToList();
        Assert.True(samples.Contains(Steady(error.Message), StringComparer.Ordinal), $"{PageOf(code)} does not show:\n{error.Message}");
        Assert.EndsWith($" [{code}]", error.Message, StringComparison.Ordinal);
        Assert.Equal(code, error.Data[ErrorCodes.DataKey]);
        Assert.Equal(code, ErrorCodes.Of(error));
        Assert.Equal($"docs/errors/{code}.md", error.HelpLink);
        Assert.True(File.Exists(Path.Combine(Repository.Root, error.HelpLink!)));
        Assert.Contains($"`{error.GetType().Name}`", Markdown.Read(PageOf(code)), StringComparison.Ordinal);
        if (error is RoutingException routing)
        {
            Assert.Equal(code, routing.Code);
        }
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task A_page_shows_nothing_that_is_not_thrown(string code)
    {
        var thrown = new List<string>();
        foreach (var way in Provocations.All.Where(way => way.Value.Code == code))
        {
            thrown.Add(Steady((await Provocations.RunAsync(way.Key)).Message));
        }

        Assert.All(SamplesOf(code), sample => Assert.True(thrown.Contains(Steady(sample), StringComparer.Ordinal), $"Nothing provokes what {PageOf(code)} shows:\n{sample}"));
    }

    [Fact]
    public void An_error_made_by_somebody_else_has_no_code()
    {
        var error = new RoutingException("text", new InvalidOperationException());
        Assert.Null(error.Code);
        Assert.Null(ErrorCodes.Of(error));
        Assert.Null(error.HelpLink);
        Assert.Equal("text", error.Message);
    }

    private static IEnumerable<string> Pages() => Markdown.Pages.Where(static page => page.StartsWith("docs/errors/RTG", StringComparison.Ordinal));

    private static string PageOf(string code) => $"docs/errors/{code}.md";

    private static string TitleOf(string code)
    {
        var first = Markdown.Read(PageOf(code)).Split('\n')[0];
        Assert.StartsWith($"# {code}: ", first, StringComparison.Ordinal);
        return first[$"# {code}: ".Length..];
    }

    private static List<string> SamplesOf(string code) =>
        [.. Markdown.Blocks(PageOf(code)).Where(static block => block.Language == "text").Select(static block => block.Text)];

    // What the wall clock and chance decide.
    private static string Steady(string message) =>
        Regex.Replace(message, "(?<what>started|made in) [0-9]+ ms", "${what} N ms", RegexOptions.None, TimeSpan.FromSeconds(1));
}
