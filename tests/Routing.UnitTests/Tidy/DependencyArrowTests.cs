using System.Reflection;
using System.Text.RegularExpressions;

namespace Routing.UnitTests.Tidy;

/// <summary>The folders of the core know each other only along the arrows of docs/internals/path-of-a-query.md.</summary>
public sealed class DependencyArrowTests
{
    private static readonly string[] Ground = ["Primitives", "Diagnostics", "Configuration"];

    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Sessions"] = ["Statements", "Shards", "Routes", "Pools", "Drivers", "Mappers", "Transactions", "Topology"],
        ["Transactions"] = ["Pools", "Statements", "Drivers", "Topology"],
        ["Shards"] = ["Pools", "Statements", "Drivers", "Topology"],
        ["Pools"] = ["Drivers"],
        ["Routes"] = ["Topology"],
        ["Drivers"] = ["Statements", "Topology"],
        ["Statements"] = ["Topology"],
        ["Mappers"] = ["Topology"],
        ["Topology"] = [],
        ["Configuration"] = [],
        ["Diagnostics"] = [],
        ["Primitives"] = [],
    };

    private static readonly Assembly Core = typeof(IRoutingDatabase).Assembly;

    [Fact]
    public void Folders_of_the_core_depend_only_along_the_arrows()
    {
        var folders = FoldersByType();
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in Core.GetTypes())
        {
            if (!folders.TryGetValue(TopLevelName(type), out var from))
            {
                continue;
            }

            foreach (var used in TypeUses.Of(type).Where(static used => used.Assembly == Core))
            {
                if (folders.TryGetValue(TopLevelName(used), out var to) && !IsAllowed(from, to))
                {
                    wrong.Add($"{from} -> {to}: {TopLevelName(type)} uses {TopLevelName(used)}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_of_the_core_has_its_arrows_written_down()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src/Routing.Core")).Select(Path.GetFileName)
            .Where(static name => name is not ("bin" or "obj"));
        Assert.Empty(folders.Except(Arrows.Keys));
    }

    [Fact]
    public void The_core_references_no_database_driver()
    {
        var drivers = Core.GetReferencedAssemblies().Select(static name => name.Name!)
            .Where(static name => name.StartsWith("Npgsql", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.Data", StringComparison.Ordinal)
                || name.StartsWith("SQLitePCL", StringComparison.Ordinal)
                || name.StartsWith("MySql", StringComparison.Ordinal));
        Assert.Empty(drivers);
    }

    [Fact]
    public void Only_its_own_package_knows_OpenTelemetry_and_that_only_its_API()
    {
        Assert.DoesNotContain(Core.GetReferencedAssemblies(), static name => name.Name!.StartsWith("OpenTelemetry", StringComparison.Ordinal));
        Assert.Equal(
            ["OpenTelemetry.Api"],
            Assembly.Load("Routing.OpenTelemetry").GetReferencedAssemblies().Select(static name => name.Name!).Where(static name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal)));
    }

    [Fact]
    public void Providers_and_health_never_meet_and_know_only_the_core()
    {
        Assert.Equal(["Routing.Core"], OwnReferences(typeof(Routing.Providers.PostgreSql.PostgreSqlEngine).Assembly));
        Assert.Equal(["Routing.Core"], OwnReferences(typeof(Routing.Providers.SqlServer.SqlServerEngine).Assembly));
        Assert.Equal(["Routing.Core"], OwnReferences(typeof(Routing.Providers.Sqlite.SqliteEngine).Assembly));
        Assert.Equal(["Routing.Core"], OwnReferences(Assembly.Load("Routing.Health")));
        
        // The names it takes from the core are constants, so that nothing of the reference need be left.
        Assert.Empty(OwnReferences(Assembly.Load("Routing.OpenTelemetry")).Except(["Routing.Core"]));
        Assert.Empty(OwnReferences(Core));
    }

    [Fact]
    public void Only_the_mappers_name_Dapper()
    {
        var folders = FoldersByType();
        var users = Core.GetTypes()
            .Where(type => TypeUses.Of(type).Any(static used => used.Assembly.GetName().Name == "Dapper"))
            .Select(type => folders.GetValueOrDefault(TopLevelName(type), TopLevelName(type)))
            .Distinct();
        Assert.Equal(["Mappers"], users);
    }

    private static bool IsAllowed(string from, string to) =>
        from == to
        || Arrows[from].Contains(to)
        || (Ground.Contains(to) && !Ground.Contains(from))
        || (from == "Configuration" && to is "Primitives" or "Diagnostics")
        || (from == "Diagnostics" && to == "Primitives")
        || (from == "Primitives" && to == "Diagnostics");

    private static IEnumerable<string> OwnReferences(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(static name => name.Name!)
            .Where(static name => name.StartsWith("Routing.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    // Nested, compiler-generated and generic types belong to the type they are written in.
    private static string TopLevelName(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        var name = type.Name;
        var tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick];
    }

    private static Dictionary<string, string> FoldersByType()
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Repository.SourcesUnder("src/Routing.Core"))
        {
            var folder = Path.GetRelativePath(Path.Combine(Repository.Root, "src/Routing.Core"), file).Split('/')[0];
            foreach (Match match in Regex.Matches(
                File.ReadAllText(file),
                @"^(?:(?:public|internal|static|sealed|abstract|partial|readonly|ref)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+(?<name>\w+)",
                RegexOptions.Multiline, TimeSpan.FromSeconds(5)))
            {
                folders[match.Groups["name"].Value] = folder;
            }
        }

        return folders;
    }
}
