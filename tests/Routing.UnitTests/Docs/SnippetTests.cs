using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>
/// The C# that pages show is compiled with these tests: each block repeats the regions of its name in Docs/Snippets, which
/// stand one after another with an empty line between.
/// </summary>
public sealed class SnippetTests
{
    private const string Begin = "#region ";
    private const string End = "#endregion";

    private static readonly IReadOnlyDictionary<string, string> Compiled = ReadCompiled();

    [Fact]
    public void Every_csharp_block_of_the_readme_and_the_guide_is_a_compiled_snippet()
    {
        var bare = Markdown.Pages.Where(static page => page == "README.md" || page.StartsWith("docs/guide/", StringComparison.Ordinal))
            .SelectMany(Markdown.Blocks)
            .Where(static block => block is { Language: "csharp", Snippet: null })
            .Select(static block => $"{block.Page}:{block.Line}");

        Assert.Empty(bare);
    }

    [Fact]
    public void Every_snippet_of_a_page_is_what_is_compiled()
    {
        foreach (var block in Markdown.Pages.SelectMany(Markdown.Blocks).Where(static block => block.Snippet is not null))
        {
            Assert.True(Compiled.ContainsKey(block.Snippet!), $"{block.Page}:{block.Line}: there is no region '{block.Snippet}' in tests/Routing.UnitTests/Docs/Snippets.");
            Assert.Equal(Compiled[block.Snippet!], block.Text);
        }
    }

    [Fact]
    public void Every_compiled_snippet_is_on_a_page()
    {
        var shown = Markdown.Pages.SelectMany(Markdown.Blocks).Select(static block => block.Snippet).ToHashSet();

        Assert.DoesNotContain(Compiled.Keys, name => !shown.Contains(name));
    }

    private static Dictionary<string, string> ReadCompiled()
    {
        var snippets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Repository.SourcesUnder("tests/Routing.UnitTests/Docs/Snippets").Order(StringComparer.Ordinal))
        {
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (lines[i].TrimStart() is not { } line || !line.StartsWith(Begin, StringComparison.Ordinal))
                {
                    continue;
                }

                var first = ++i;
                i = Array.FindIndex(lines, first, static line => line.TrimStart() == End);
                var text = Unindent(lines[first..i]);
                var name = line[Begin.Length..];
                snippets[name] = snippets.TryGetValue(name, out var before) ? before + "\n\n" + text : text;
            }
        }

        return snippets;
    }

    private static string Unindent(string[] lines)
    {
        var indent = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..]));
    }
}
