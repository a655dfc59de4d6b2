using System.Reflection;
using System.Runtime.CompilerServices;
using Routing.ConformanceTests.Matrix;
using Routing.Sessions;
using Routing.UnitTests.Configuration;
using Routing.UnitTests.Docs;

namespace Routing.ConformanceTests;

/// <summary>Each engine there is has a folder here, and in it each suite once, or a written reason why not.</summary>
public sealed class CoverageTests
{
    private static readonly Assembly Tests = typeof(CoverageTests).Assembly;

    private static readonly Engine[] Engines = [.. LoadEngines()];

    public static TheoryData<string> EngineNames => [.. Engines.Select(static engine => engine.Name)];

    [Fact]
    public void Every_provider_project_brings_an_engine_that_is_tested_here()
    {
        var providers = Directory.EnumerateDirectories(Path.Combine(RepositoryRoot(), "src/Routing.Providers"))
            .Where(static folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .Select(static folder => Path.GetFileName(folder));
        Assert.Equal(providers.Order(), Engines.Select(static engine => engine.Name).Order());
    }

    [Fact]
    public void Every_folder_belongs_to_an_engine()
    {
        var folders = Tests.GetTypes().Where(static type => !type.IsAbstract && type.IsSubclassOf(typeof(ConformanceSuite)))
            .Select(static type => type.Namespace!).Distinct(StringComparer.Ordinal);
        Assert.Equal(Engines.Select(static engine => SuiteCatalog.FolderOf(engine.Name)).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(EngineNames))]
    public void Engine_has_every_suite_once(string engine)
    {
        var omitted = SuiteCatalog.OmissionsOf(engine).Select(static omission => omission.Suite).ToHashSet();
        foreach (var suite in SuiteCatalog.Suites.Where(suite => !omitted.Contains(suite)))
        {
            var found = SuiteCatalog.ClassesOf(suite, engine);
            Assert.True(found.Count == 1, $"{engine} must have one class of {suite.Name}, but has {found.Count}.");
            Assert.True(found[0].IsPublic, $"{found[0]} is not public, so its tests would not run.");
        }
    }

    [Theory]
    [MemberData(nameof(EngineNames))]
    public void Engine_omits_only_optional_suites_and_says_why(string engine)
    {
        foreach (var omission in SuiteCatalog.OmissionsOf(engine))
        {
            Assert.True(omission.Suite.IsDefined(typeof(OptionalSuiteAttribute)), $"{omission.Suite.Name} is not optional; {engine} cannot omit it.");
            Assert.True(omission.Reason.Split(' ').Length > 5, $"{engine} omits {omission.Suite.Name} without a reason that is a sentence.");
            Assert.DoesNotContain(SuiteCatalog.TypesOf(engine), type => type.IsSubclassOf(omission.Suite));
        }
    }

    [Fact]
    public void Suites_hold_tests_that_subclasses_cannot_take_away()
    {
        Assert.NotEmpty(SuiteCatalog.Suites);
        foreach (var suite in SuiteCatalog.Suites)
        {
            var tests = suite.GetMethods().Where(static method => method.IsDefined(typeof(FactAttribute))).ToArray();
            Assert.NotEmpty(tests);
            Assert.All(tests, static test => Assert.False(test.IsVirtual, $"{test.DeclaringType!.Name}.{test.Name} could be overridden with nothing."));
            Assert.All(tests, static test => Assert.Null(test.GetCustomAttribute<FactAttribute>()!.Skip));
        }
    }

    /// <summary>
    /// The page is right when it says that each test there is has passed: one that is new, gone, or failed in the run that wrote the page makes
    /// a difference. While the page is being written there is nothing to compare.
    /// </summary>
    [Fact]
    public void The_published_matrix_has_every_suite_of_every_engine()
    {
        Assert.Equal(Engines.Select(static engine => engine.Name).Order(), MatrixPage.Engines.Order());
        if (Snapshot.IsUpdating)
        {
            return;
        }

        var page = GeneratedPart.Read(MatrixPage.Page, MatrixPage.Part);
        Assert.True(
            page == MatrixPage.Expected(),
            $"{MatrixPage.Page} is not what these suites give. Run those that differ, or all, with {Snapshot.Switch}=1 and commit the page.\nThe page:\n{page}\nThe suites:\n{MatrixPage.Expected()}");
    }

    private static IEnumerable<Engine> LoadEngines() =>
        from file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Routing.Providers.*.dll")
        from type in Assembly.Load(Path.GetFileNameWithoutExtension(file)).GetTypes()
        where !type.IsAbstract && type.IsSubclassOf(typeof(Engine))
        select (Engine)Activator.CreateInstance(type)!;

    private static string RepositoryRoot([CallerFilePath] string thisFile = "")
    {
        // Deterministic builds rewrite the caller's path, so the test's own directory is the second way up.
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

        throw new InvalidOperationException("Routing.sln was not found above the tests.");
    }
}
