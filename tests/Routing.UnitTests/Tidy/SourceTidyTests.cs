using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Routing.Configuration;

namespace Routing.UnitTests.Tidy;

/// <summary>What reviewers would otherwise have to look for in every change.</summary>
public sealed class SourceTidyTests
{
    private const int MaxLines = 450;

    // Written down because they are longer than they should be; the numbers may only fall.
    private static readonly Dictionary<string, int> LongerFiles = new(StringComparer.Ordinal)
    {
        ["PostgreSqlPhysicalConnection.cs"] = 495,
        ["Session.cs"] = 612,
        ["SqlitePhysicalConnection.cs"] = 455,
    };

    private static readonly string[] Roles =
    [
        "ConnectionStrings", "DataSourceOptionsExtensions", "Dialect", "Driver", "Engine", "Errors", "Feature", "Functions",
        "PhysicalConnection", "RoutingBuilderExtensions", "Statements", "Syntax", "Words",
    ];

    [Fact]
    public void No_file_outgrows_a_sitting()
    {
        var tooLong = Repository.SourcesUnder("src")
            .Select(static file => (Name: Path.GetFileName(file), Lines: File.ReadLines(file).Count()))
            .Where(static file => file.Lines > LongerFiles.GetValueOrDefault(file.Name, MaxLines))
            .Select(static file => $"{file.Name}: {file.Lines} lines");

        Assert.Empty(tooLong);
    }

    [Fact]
    public void Nothing_is_left_for_later_in_the_source()
    {
        var left = Repository.SourcesUnder("src")
            .SelectMany(static file => File.ReadLines(file).Select((line, i) => (Text: line, Where: $"{Path.GetFileName(file)}:{i + 1}")))
            .Where(static line => Regex.IsMatch(line.Text, @"\b(TODO|FIXME|HACK|XXX)\b", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            .Select(static line => line.Where);

        Assert.Empty(left);
    }

    [Fact]
    public void Every_log_event_has_a_number_of_its_own()
    {
        var events = Repository.SourcesUnder("src")
            .SelectMany(static file => Regex.Matches(
                File.ReadAllText(file), @"LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d+)", RegexOptions.None, TimeSpan.FromSeconds(5)))
            .Select(static match => match.Groups["id"].Value)
            .ToList();

        Assert.NotEmpty(events);
        Assert.Empty(events.GroupBy(static id => id, StringComparer.Ordinal).Where(static uses => uses.Count() > 1).Select(static uses => uses.Key));
    }

    [Fact]
    public void Every_public_option_is_documented()
    {
        var documented = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")).Descendants("member")
            .Where(static member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value))
            .Select(static member => (string)member.Attribute("name")!)
            .ToHashSet(StringComparer.Ordinal);
        var options = typeof(RoutingOptions).Assembly.GetExportedTypes()
            .Where(static type => type.Namespace == typeof(RoutingOptions).Namespace || type.Name.EndsWith("Options", StringComparison.Ordinal))
            .SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(static property => property.Name != "EqualityContract")
                .Select(property => $"P:{type.FullName}.{property.Name}")
                .Concat(type.IsEnum ? Enum.GetNames(type).Select(name => $"F:{type.FullName}.{name}") : [])
                .Append("T:" + type.FullName))
            .ToList();

        Assert.NotEmpty(options);

        // The parameters of a positional record document its properties.
        Assert.DoesNotContain(options, name => !documented.Contains(name) && !name.StartsWith("P:Routing.Configuration.NodeCredentials.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_engines_have_the_same_files_for_the_same_roles()
    {
        var engines = Directory.GetDirectories(Path.Combine(Repository.Root, "src/Routing.Providers"))
            .Where(static folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .ToList();

        Assert.NotEmpty(engines);
        var missing = engines.SelectMany(static folder => Roles
            .Select(role => Path.Combine(folder, Path.GetFileName(folder) + role + ".cs"))
            .Where(static file => !File.Exists(file)));
        Assert.Empty(missing);
    }
}
