using Routing.UnitTests.Docs;

namespace Routing.ConformanceTests.Types;

/// <summary>The tables of docs/engines/types.md: one per engine, a row per .NET type, as the suite has tested them.</summary>
internal static class TypesPage
{
    // The engines' tables are one file, which is written anew where snapshots are updated.
    private static readonly Lock Gate = new();

    /// <summary>Compares an engine's table with the page's.</summary>
    public static void AssertColumn(string engine, IReadOnlyDictionary<string, StoredAs> types)
    {
        var lines = types.Select(static type => $"| {type.Key} | `{type.Value.Column}` | {(type.Value.Refusal is not null ? "refused: " : "")}{type.Value.Note} |".Replace("|  |", "| |", StringComparison.Ordinal));
        lock (Gate)
        {
            GeneratedPart.Check("docs/engines/types.md", engine, $"| .NET | Column | Difference |\n|-|-|-|\n{string.Join('\n', lines)}\n");
        }
    }
}
