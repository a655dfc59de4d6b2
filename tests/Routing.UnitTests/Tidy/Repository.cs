using System.Runtime.CompilerServices;

namespace Routing.UnitTests.Tidy;

/// <summary>Where the sources are, seen from this file.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> SourcesUnder(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        // Deterministic CI builds rewrite the caller's path, so the test's own directory is the second way up.
        foreach (var start in new[] { Path.GetDirectoryName(thisFile)!, AppContext.BaseDirectory })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, "Routing.sln")))
                {
                    return directory.FullName;
                }
            }
        }

        throw new InvalidOperationException("Routing.sln was not found above the test's files.");
    }
}
