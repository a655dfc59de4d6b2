using System.Text.RegularExpressions;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

public sealed class LinkTests
{
    [Fact]
    public void Every_relative_link_and_its_anchor_resolve()
    {
        var broken = Markdown.Pages.SelectMany(static page => Links(page)
            .Where(link => !Resolves(page, link))
            .Select(link => $"{page}: {link}"));

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_decision_record_is_listed()
    {
        var index = Markdown.Read("docs/decisions/README.md");
        var records = Markdown.Pages.Where(static page => page.StartsWith("docs/decisions/0", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(records);
        Assert.All(records, record =>
        {
            // Listed under its own title, with its own number.
            var title = Markdown.Read(record).Split('\n')[0][2..];
            Assert.StartsWith(Path.GetFileName(record)[..4], title, StringComparison.Ordinal);
            Assert.Contains($"- [{title}]({Path.GetFileName(record)})", index, StringComparison.Ordinal);
        });
    }

    private static IEnumerable<string> Links(string page) =>
        Regex.Matches(Markdown.Prose(page), @"\]\((?<link>[^)\s]+)\)", RegexOptions.None, TimeSpan.FromSeconds(5))
            .Select(static match => match.Groups["link"].Value)
            .Where(static link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal));

    private static bool Resolves(string page, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? page : Path.GetRelativePath(
            Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, parts[0]))).Replace('\\', '/');
        return Path.Exists(Path.Combine(Repository.Root, target))
            && (parts.Length == 1 || (Markdown.Pages.Contains(target) && Markdown.Anchors(target).Contains(parts[1])));
    }
}
