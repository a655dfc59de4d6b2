using Routing.UnitTests.Configuration;

namespace Routing.UnitTests.Docs;

/// <summary>A part of a page that is written from the code, between <c>&lt;!-- name:begin --&gt;</c> and <c>&lt;!-- name:end --&gt;</c>.</summary>
internal static class GeneratedPart
{
    public static void Check(string page, string name, string generated)
    {
        var (before, _, after) = Split(page, name);
        Snapshot.Check(page, before + generated + after);
    }

    /// <summary>What is there now.</summary>
    public static string Read(string page, string name) => Split(page, name).Part;

    /// <summary>Writes it, whether snapshots are updated or not.</summary>
    public static void Write(string page, string name, string generated)
    {
        var (before, _, after) = Split(page, name);
        File.WriteAllText(Snapshot.PathOf(page), before + generated + after);
    }

    private static (string Before, string Part, string After) Split(string page, string name)
    {
        var text = File.ReadAllText(Snapshot.PathOf(page));
        var begin = text.IndexOf($"<!-- {name}:begin -->\n", StringComparison.Ordinal);
        var end = text.IndexOf($"<!-- {name}:end -->", StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"{page} has no part '{name}'.");

        begin += $"<!-- {name}:begin -->\n".Length;
        return (text[..begin], text[begin..end], text[end..]);
    }
}
