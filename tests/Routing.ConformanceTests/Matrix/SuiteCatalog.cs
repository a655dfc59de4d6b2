using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.Sdk;

namespace Routing.ConformanceTests.Matrix;

/// <summary>The suites there are, and which class tests each on an engine. An engine is the name of its folder here, which is its provider's.</summary>
internal static class SuiteCatalog
{
    private static readonly Assembly Tests = typeof(SuiteCatalog).Assembly;

    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<Type> Suites { get; } =
        [.. Tests.GetTypes().Where(static type => type.IsAbstract && type.BaseType == typeof(ConformanceSuite)).OrderBy(static type => type.Name, StringComparer.Ordinal)];

    /// <summary>Its name as words.</summary>
    public static string TitleOf(Type suite) =>
        Regex.Replace(suite.Name[..^"Suite".Length], "(?<=[a-z])(?=[A-Z])", " ", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Replace("Ado Net", "ADO.NET", StringComparison.Ordinal)
            .Replace("Ado ", "ADO.NET ", StringComparison.Ordinal)
            .Replace("Ef Core", "EF Core", StringComparison.Ordinal);

    public static string FolderOf(string engine) => $"{typeof(ConformanceSuite).Namespace}.{engine}";

    public static IEnumerable<Type> TypesOf(string engine) => Tests.GetTypes().Where(type => type.Namespace == FolderOf(engine));

    /// <summary>The classes of a suite on an engine: one, or none where it is omitted.</summary>
    public static IReadOnlyList<Type> ClassesOf(Type suite, string engine) => [.. TypesOf(engine).Where(type => !type.IsAbstract && type.IsSubclassOf(suite))];

    public static IReadOnlyList<OmitsSuiteAttribute> OmissionsOf(string engine) =>
        [.. TypesOf(engine).Single(static type => type.IsSubclassOf(typeof(ConformanceDatabase))).GetCustomAttributes<OmitsSuiteAttribute>()];

    /// <summary>How many tests a class runs, each row of a theory's data for one.</summary>
    public static int CountOf(Type tests) => tests.GetMethods()
        .Where(static method => method.IsDefined(typeof(FactAttribute)))
        .Sum(static method => method.IsDefined(typeof(TheoryAttribute)) ? method.GetCustomAttributes<DataAttribute>().Sum(data => data.GetData(method).Count()) : 1);
}
