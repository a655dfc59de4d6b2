using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Docs;

/// <summary>No fenced block of a page goes unchecked: each language has its rule here, and a block without one fails.</summary>
public sealed class BlockTests
{
    // A page whose files and commands a test follows to the letter.
    private const string Followed = "docs/guide/getting-started.md";

    // What a page prints, or draws with characters.
    private static readonly string[] Unchecked = ["", "text"];

    private static readonly string[] Checked = ["csharp", "json", "xml", "sh", "sql", "mermaid"];

    private static readonly string[] Diagrams = ["flowchart ", "sequenceDiagram", "stateDiagram-v2"];

    // Besides what lies in the repository.
    private static readonly string[] Commands = ["cd", "curl", "dotnet", "export", "mkdir"];

    private static IEnumerable<CodeBlock> All => Markdown.Pages.SelectMany(Markdown.Blocks);

    [Fact]
    public void Every_block_has_a_language_that_is_checked() =>
        Assert.Empty(All.Where(static block => !Checked.Contains(block.Language) && !Unchecked.Contains(block.Language))
            .Select(static block => $"{block.Place}: '{block.Language}'"));

    [Fact]
    public void A_block_is_a_file_only_where_a_test_makes_it() =>
        Assert.Empty(All.Where(static block => block.Mark == "file" && block.Page != Followed).Select(static block => block.Place));

    [Fact]
    public void Every_json_block_is_json()
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip };

        Assert.Empty(Wrong("json", text => JsonDocument.Parse(text, options).Dispose()));
    }

    [Fact]
    public void Every_xml_block_is_xml() => Assert.Empty(Wrong("xml", static text => _ = XElement.Parse(text)));

    [Fact]
    public void Every_mermaid_block_begins_with_a_diagram_and_closes_its_brackets() =>
        Assert.Empty(All.Where(static block => block.Language == "mermaid").Where(static block => !IsDiagram(block.Text)).Select(static block => block.Place));

    [Fact]
    public void Every_sql_block_is_run_by_a_test_of_its_name()
    {
        var run = string.Concat(Repository.SourcesUnder("tests/Routing.IntegrationTests").Concat(Repository.SourcesUnder("tests/Routing.UnitTests/Docs"))
            .Select(File.ReadAllText));

        Assert.Empty(All.Where(static block => block.Language == "sql")
            .Where(block => block.Page != Followed && (block.Mark != "sql" || !run.Contains($"\"{block.Name}\"", StringComparison.Ordinal)))
            .Select(static block => block.Place));
    }

    [Fact]
    public void Every_command_exists()
    {
        foreach (var block in All.Where(static block => block.Language == "sh"))
        {
            foreach (var line in block.Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(static line => line.Length > 0 && line[0] != '#'))
            {
                Check(block, line);
            }
        }
    }

    private static void Check(CodeBlock block, string line)
    {
        // NAME=value in front of a command sets its environment.
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(static word => Regex.IsMatch(word, "^[A-Z_]+=", RegexOptions.None, TimeSpan.FromSeconds(1))).ToList();
        Assert.True(
            Commands.Contains(words[0]) || (words[0].StartsWith("./", StringComparison.Ordinal) && File.Exists(Path.Combine(Repository.Root, words[0]))),
            $"{block.Place}: '{words[0]}' is neither a known command nor a file of the repository.");
        if (block.Page == Followed)
        {
            return;
        }

        // A project or solution that a command names is there.
        foreach (var path in words.Where(static word => word.Contains('/', StringComparison.Ordinal) || word.EndsWith(".sln", StringComparison.Ordinal)))
        {
            Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{block.Place}: there is no '{path}'.");
        }
    }

    private static IEnumerable<string> Wrong(string language, Action<string> parse)
    {
        foreach (var block in All.Where(block => block.Language == language))
        {
            Exception? found = null;
            try
            {
                parse(block.Text);
            }
            catch (Exception error) when (error is JsonException or System.Xml.XmlException)
            {
                found = error;
            }

            if (found is not null)
            {
                yield return $"{block.Place}: {found.Message}";
            }
        }
    }

    private static bool IsDiagram(string text)
    {
        // Labels may hold anything between quotes; an arrow's ">" is no bracket.
        var bare = Regex.Replace(text, "\"[^\"]*\"", "", RegexOptions.None, TimeSpan.FromSeconds(1));
        return Diagrams.Any(diagram => text.StartsWith(diagram, StringComparison.Ordinal))
            && "()[]{}".Chunk(2).All(pair => bare.Count(c => c == pair[0]) == bare.Count(c => c == pair[1]))
            && text.Count(static c => c == '"') % 2 == 0;
    }
}
