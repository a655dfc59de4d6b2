using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>
/// The C# that pages show is compiled: each block repeats the regions of its name in a folder Docs/Snippets, of these tests
/// or of the integration tests, which stand one after another with an empty line between. A block may instead quote a source
/// file, or be a file that a test builds.
/// </summary>
public sealed class SnippetTests
{
    private const string Begin = "#region ";
    private const string End = "#endregion";

    private static readonly string[] Folders = ["tests/Routing.UnitTests/Docs/Snippets", "tests/Routing.IntegrationTests/Docs/Snippets"];

    private static readonly IReadOnlyDictionary<string, string> Compiled = ReadCompiled();

    private static IEnumerable<CodeBlock> Blocks => Markdown.Pages.SelectMany(Markdown.Blocks);

    [Fact]
    public void Every_csharp_block_is_compiled()
    {
        var bare = Blocks.Where(static block => block.Language is "csharp" or "cs" or "c#" && block.Mark is not ("snippet" or "source" or "file"))
            .Select(static block => block.Place);

        Assert.Empty(bare);
    }

    [Fact]
    public void Every_quoted_source_is_in_its_file_line_for_line()
    {
        foreach (var block in Blocks.Where(static block => block.Mark == "source"))
        {
            var source = File.ReadAllLines(Path.Combine(Repository.Root, block.Name!)).Select(static line => line.Trim().Replace(".ConfigureAwait(false)", "", StringComparison.Ordinal)).ToList();
            var at = 0;
            foreach (var line in block.Text.Split('\n').Select(static line => line.Trim()).Where(static line => line is not ("" or "...")))
            {
                var found = source.IndexOf(line, at);
                Assert.True(found >= 0, $"{block.Place}: {block.Name} does not have '{line}' there.");
                at = found + 1;
            }
        }
    }

    [Fact]
    public void Every_snippet_of_a_page_is_what_is_compiled()
    {
        foreach (var block in Blocks.Where(static block => block.Snippet is not null))
        {
            Assert.True(Compiled.ContainsKey(block.Snippet!), $"{block.Place}: there is no region '{block.Snippet}' in {string.Join(" or ", Folders)}.");
            Assert.Equal(Compiled[block.Snippet!], block.Text);
        }
    }

    [Fact]
    public void Every_compiled_snippet_is_on_a_page()
    {
        var shown = Blocks.Select(static block => block.Snippet).ToHashSet();

        Assert.DoesNotContain(Compiled.Keys, name => !shown.Contains(name));
    }

    private static Dictionary<string, string> ReadCompiled()
    {
        var snippets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Folders.SelectMany(Repository.SourcesUnder).Order(StringComparer.Ordinal))
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
