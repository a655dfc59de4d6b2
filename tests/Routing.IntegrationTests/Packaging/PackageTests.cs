using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Routing.IntegrationTests.Packaging;

/// <summary>What <c>dotnet pack</c> makes of the solution: the right packages, and in each what a user relies on.</summary>
[Collection(PackagesCollection.Name)]
public sealed class PackageTests(PackedSolution packed)
{
    private static readonly string[] Expected =
        ["Routing.Core", "Routing.Health", "Routing.OpenTelemetry", "Routing.Providers", "Routing.Providers.PostgreSql", "Routing.Providers.SqlServer", "Routing.Providers.Sqlite"];

    // Carries dependencies only.
    private const string MetaPackage = "Routing.Providers";

    public static TheoryData<string> Packages => [.. Expected];

    public static TheoryData<string> Libraries => [.. Expected.Where(static name => name != MetaPackage)];

    [Fact]
    public void Exactly_the_libraries_are_packed() => Assert.Equal(Expected, packed.Packages.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is(string name)
    {
        var package = packed.Packages[name];

        Assert.Equal(name, package.Metadata("id"));
        Assert.Equal("MIT", package.Metadata("license"));
        Assert.Equal("README.md", package.Metadata("readme"));
        Assert.Equal("icon.png", package.Metadata("icon"));
        Assert.Contains("Routing", package.Metadata("description"), StringComparison.Ordinal);
        Assert.NotEmpty(package.Metadata("tags"));
        Assert.Contains("README.md", package.Files);
        Assert.Contains("icon.png", package.Files);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_is_reproducible_and_carries_symbols_and_documentation(string name)
    {
        var package = packed.Packages[name];

        Assert.Contains($"lib/net10.0/{name}.xml", package.Files);
        using var image = new PEReader(new MemoryStream(package.Read($"lib/net10.0/{name}.dll")));
        var debug = image.ReadDebugDirectory().Select(static entry => entry.Type).ToList();
        Assert.Contains(DebugDirectoryEntryType.EmbeddedPortablePdb, debug);
        Assert.Contains(DebugDirectoryEntryType.Reproducible, debug);
    }

    [Fact]
    public void The_meta_package_has_every_engine_and_no_assembly()
    {
        var package = packed.Packages[MetaPackage];

        Assert.Equal(["Routing.Providers.PostgreSql", "Routing.Providers.SqlServer", "Routing.Providers.Sqlite"], package.Dependencies.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(package.Files, static file => file.StartsWith("lib/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_schema_comes_with_the_core() => Assert.Contains("schema/routing.schema.json", packed.Packages["Routing.Core"].Files);

    [Theory]
    [MemberData(nameof(Packages))]
    public void No_analyzer_becomes_a_dependency(string name) =>
        Assert.DoesNotContain(packed.Packages[name].Dependencies.Keys, static id => id.Contains("Analyzer", StringComparison.Ordinal));

    [Fact]
    public void A_package_asks_for_the_floors_and_not_for_what_this_repository_builds_with()
    {
        var versions = XDocument.Load(Path.Combine(PackedSolution.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(
                static version => (string)version.Attribute("Include")!,
                static version => (string?)version.Attribute("PackFloor") ?? (string)version.Attribute("Version")!,
                StringComparer.Ordinal);
        var asked = packed.Packages.Values.SelectMany(static package => package.Dependencies)
            .Where(static dependency => !Expected.Contains(dependency.Key)).ToList();

        Assert.All(asked, dependency => Assert.Equal((dependency.Key, versions[dependency.Key]), (dependency.Key, dependency.Value)));
        Assert.Equal("6.1.8", packed.Packages["Routing.Providers.SqlServer"].Dependencies["Microsoft.Data.SqlClient"]);
        Assert.Equal("10.0.0", packed.Packages["Routing.Providers.Sqlite"].Dependencies["Microsoft.Data.Sqlite.Core"]);
        Assert.Equal("2.1.11", packed.Packages["Routing.Providers.Sqlite"].Dependencies["SQLitePCLRaw.bundle_e_sqlite3"]);
    }
}
