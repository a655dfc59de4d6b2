using System.Text.Json.Nodes;
using Routing.Configuration;

namespace Routing.UnitTests.Configuration;

public class RoutingSchemaTests
{
    [Fact]
    public void The_committed_schema_is_the_generated_one() => Snapshot.Check("docs/schema/routing.schema.json", RoutingSchema.Generate());

    [Fact]
    public void The_schema_says_what_the_validator_checks()
    {
        var pool = JsonNode.Parse(RoutingSchema.Generate())!["definitions"]!["pool"]!;

        Assert.False((bool)pool["additionalProperties"]!);
        Assert.Equal(
            """{"description":"The most connections open at once (SQLite: readers; there is one writer besides), 1-10000. Default 32.","type":"integer","minimum":1,"maximum":10000,"default":32}""",
            pool["properties"]!["MaxSize"]!.ToJsonString());
    }
}

/// <summary>Compares a generated text with its committed file, and rewrites the file when asked to.</summary>
internal static class Snapshot
{
    private const string Switch = "ROUTING_UPDATE_SNAPSHOTS";

    public static void Check(string path, string generated)
    {
        var file = PathOf(path);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
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
