using System.Text.RegularExpressions;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>One fenced block of a page.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">The line of its fence.</param>
/// <param name="Language">What the fence says.</param>
/// <param name="Mark">What the comment before it says it is: <c>snippet</c>, <c>source</c>, <c>file</c> or <c>sql</c>; null for none.</param>
/// <param name="Name">The name in that comment; null for none.</param>
/// <param name="Text">What is between the fences.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, string? Mark, string? Name, string Text)
{
    /// <summary>The compiled snippet it repeats; null for none.</summary>
    public string? Snippet => Mark == "snippet" ? Name : null;

    /// <summary>Where it is, for messages.</summary>
    public string Place => $"{Page}:{Line}";
}

/// <summary>The repository's pages and what is in them.</summary>
internal static class Markdown
{
    private static readonly Regex Marker = new(@"^<!-- (?<mark>snippet|source|file|sql): (?<name>[A-Za-z0-9./_-]+) -->$", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static readonly Regex Heading = new(@"^#{1,6} (?<text>.+)$", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static readonly Regex NotInAnchors = new(@"[^\p{L}\p{N}\- _]", RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>Every page, relative to the repository's root.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(static file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    public static IEnumerable<CodeBlock> Blocks(string page)
    {
        var lines = Read(page).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var fence = i;
            var text = new List<string>();
            while (!lines[++i].StartsWith("```", StringComparison.Ordinal))
            {
                text.Add(lines[i]);
            }

            var marker = fence == 0 ? null : Marker.Match(lines[fence - 1]);
            var marked = marker is { Success: true };
            yield return new CodeBlock(
                page, fence + 1, lines[fence][3..].Trim(), marked ? marker!.Groups["mark"].Value : null, marked ? marker!.Groups["name"].Value : null, string.Join('\n', text));
        }
    }

    /// <summary>What a link into the page may name after its <c>#</c>: the headings, spelled as code hosts spell them.</summary>
    public static IReadOnlySet<string> Anchors(string page)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in WithoutBlocks(page).Split('\n'))
        {
            if (Heading.Match(line) is { Success: true } heading)
            {
                var anchor = NotInAnchors.Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
                for (var number = 1; !anchors.Add(number == 1 ? anchor : $"{anchor}-{number - 1}"); number++)
                {
                    // A heading that is there twice gets a number.
                }
            }
        }

        return anchors;
    }

    /// <summary>The page without its fenced blocks and code spans: what may hold links.</summary>
    public static string Prose(string page) =>
        Regex.Replace(WithoutBlocks(page), "`[^`\n]*`", "", RegexOptions.None, TimeSpan.FromSeconds(5));

    private static string WithoutBlocks(string page) =>
        Regex.Replace(Read(page), "^```.*?^```", "", RegexOptions.Multiline | RegexOptions.Singleline, TimeSpan.FromSeconds(5));
}
