namespace Routing.UnitTests.Configuration;

/// <summary>Compares a generated text with its committed file, and rewrites the file when asked to.</summary>
internal static class Snapshot
{
    public const string Switch = "ROUTING_UPDATE_SNAPSHOTS";

    /// <summary>Whether files are to be rewritten.</summary>
    public static bool IsUpdating => Environment.GetEnvironmentVariable(Switch) == "1";

    public static void Check(string path, string generated)
    {
        var file = PathOf(path);
        if (IsUpdating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, generated);
        }

        var committed = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(committed == generated, $"{path} is not what the code generates. Run the tests with {Switch}=1, look at the difference, and commit it.");
    }

    /// <summary>A file of the repository. Found from the test's own folder: a deterministic build hides source paths.</summary>
    public static string PathOf(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Routing.sln")))
        {
            folder = folder.Parent;
        }

        Assert.True(folder is not null, "The tests do not run inside the repository.");
        return Path.Combine(folder.FullName, path);
    }
}
