using Routing.UnitTests.Docs;

namespace Routing.ConformanceTests.Types;

/// <summary>The tables of docs/engines/types.md: one per engine, a row per .NET type, as the suite has tested them.</summary>
internal static class TypesPage
{
    /// <summary>Compares an engine's table with the page's.</summary>
    public static void AssertColumn(string engine, IReadOnlyDictionary<string, StoredAs> types)
    {
        var lines = types.Select(static type => $"| {type.Key} | `{type.Value.Column}` | {(type.Value.IsRefused ? "refused: " : "")}{type.Value.Note} |".Replace("|  |", "| |", StringComparison.Ordinal));
        GeneratedPart.Check("docs/engines/types.md", engine, $"| .NET | Column | Difference |\n|-|-|-|\n{string.Join('\n', lines)}\n");
    }
}
