using System.Text.Json;
using Routing.UnitTests.Configuration;

namespace Routing.ConformanceTests.Matrix;

/// <summary>How many tests of each class passed and failed when they last ran, in <c>artifacts/conformance/results.json</c>.</summary>
internal static class MatrixResults
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static string PathOfFile => Snapshot.PathOf("artifacts/conformance/results.json");

    /// <summary>By the full name of the class.</summary>
    public static SortedDictionary<string, int[]> Read() =>
        File.Exists(PathOfFile) ? JsonSerializer.Deserialize<SortedDictionary<string, int[]>>(File.ReadAllText(PathOfFile))! : [];

    /// <summary>Writes the results of a run over those that are there: a run of some classes leaves what is known of the others.</summary>
    public static void Merge(IReadOnlyDictionary<string, (int Passed, int Failed)> classes)
    {
        var all = Read();
        foreach (var (name, (passed, failed)) in classes)
        {
            all[name] = [passed, failed];
        }

        Directory.CreateDirectory(Path.GetDirectoryName(PathOfFile)!);
        File.WriteAllText(PathOfFile, JsonSerializer.Serialize(all, Indented));
    }
}
