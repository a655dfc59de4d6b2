using System.Text.RegularExpressions;
using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Reports;

namespace Routing.BenchmarkTests.Figures;

public sealed class FigureCatalogTests
{
    public static TheoryData<string> WithoutServer => [.. Names.Where(static name => !name.StartsWith("pg-", StringComparison.Ordinal) && !name.Contains("npgsql", StringComparison.Ordinal) && !name.Contains("mysql", StringComparison.Ordinal)
        && !name.StartsWith("bulk-insert-pg", StringComparison.Ordinal) && !name.StartsWith("bulk-insert-mariadb", StringComparison.Ordinal))];

    private static IEnumerable<string> Names => FigureCatalog.All.Select(static figure => figure.Name);

    [Fact]
    public void Names_are_unique_lower_case_words()
    {
        Assert.Equal(Names.Distinct(), Names);
        Assert.All(Names, static name => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", name));
    }

    [Fact]
    public async Task The_documented_figures_are_those_of_the_catalog()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(ResultFolders.Find().Root, ResultFolders.Page));
        var table = page.Split("## Figures")[1].Split("\n## ")[0];
        var documented = Regex.Matches(table, @"^\| `(?<name>[^`]+)` \|", RegexOptions.Multiline, TimeSpan.FromSeconds(5))
            .Select(static match => match.Groups["name"].Value);

        Assert.Equal(Names, documented);
    }

    [Theory]
    [MemberData(nameof(WithoutServer))]
    public async Task A_figure_without_a_server_sets_up_and_runs(string name)
    {
        await using var figure = FigureCatalog.All.Single(figure => figure.Name == name);

        await figure.SetUpAsync();
        await figure.RunOnceAsync();
    }
}
