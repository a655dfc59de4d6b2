using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Routing.Configuration;
using Routing.Providers.PostgreSql;
using Routing.Providers.SqlServer;
using Routing.Providers.Sqlite;
using Routing.UnitTests.Configuration;

namespace Routing.UnitTests.Docs;

/// <summary>The configuration that pages show passes the validation that a host runs at its start.</summary>
public sealed class ConfigurationBlockTests
{
    public static TheoryData<string, int> Blocks
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var block in All)
            {
                data.Add(block.Page, block.Line);
            }

            return data;
        }
    }

    private static IEnumerable<CodeBlock> All => Markdown.Pages.SelectMany(Markdown.Blocks)
        .Where(static block => block.Language == "json" && block.Text.Contains("\"Routing\"", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Shown_configuration_is_valid(string page, int line)
    {
        var text = All.Single(block => block.Page == page && block.Line == line).Text;
        var root = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text)))
            .AddInMemoryCollection(ConnectionStringsOf(text))
            .Build();
        var options = new RoutingOptions();
        new RoutingOptionsBinder(root.GetSection("Routing")).Configure(options);
        var validator = new RoutingOptionsValidator(
            "Routing",
            [new EngineRules("PostgreSql", new PostgreSqlConnectionStrings()), new EngineRules("SqlServer", SqlServerConnectionStrings.Rules), new EngineRules("Sqlite", new SqliteConnectionStrings())],
            new ConnectionStringResolver(root, static variable => $"Host={variable}.example"));

        Assert.Empty(validator.Check(options));
    }

    // What a page leaves to the reader: the section "ConnectionStrings".
    private static Dictionary<string, string?> ConnectionStringsOf(string json) =>
        Regex.Matches(json, "\"ConnectionStringName\":\\s*\"(?<name>[^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(static match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal)
            .ToDictionary(static name => "ConnectionStrings:" + name, static name => (string?)$"Host={name}.example", StringComparer.Ordinal);
}
