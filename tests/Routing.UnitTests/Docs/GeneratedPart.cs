using Routing.UnitTests.Configuration;

namespace Routing.UnitTests.Docs;

/// <summary>A part of a page that is written from the code, between <c>&lt;!-- name:begin --&gt;</c> and <c>&lt;!-- name:end --&gt;</c>.</summary>
internal static class GeneratedPart
{
    public static void Check(string page, string name, string generated)
    {
        var text = File.ReadAllText(Snapshot.PathOf(page));
        var begin = text.IndexOf($"<!-- {name}:begin -->", StringComparison.Ordinal);
        var end = text.IndexOf($"<!-- {name}:end -->", StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"{page} has no part '{name}'.");

        begin += $"<!-- {name}:begin -->".Length;
        Snapshot.Check(page, text[..begin] + "\n" + generated + text[end..]);
    }
}
