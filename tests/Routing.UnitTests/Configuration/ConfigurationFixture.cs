using System.Data.Common;
using System.Text;
using Microsoft.Extensions.Configuration;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.UnitTests.Configuration;

/// <summary>What the tests of this folder share: options from JSON, and an engine that knows nothing but its rules.</summary>
internal static class ConfigurationFixture
{
    public static readonly EngineRules Fake = new("Fake", new FakeRules());

    public static IConfigurationRoot Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    /// <summary>A configuration with one data source <c>orders</c> of these members, after <c>Provider</c> and node <c>a</c>.</summary>
    public static IConfigurationRoot Orders(string members) => Json(
        $$"""{ "Routing": { "DataSources": { "orders": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=one" } } {{(members.Length == 0 ? "" : ", " + members)}} } } } }""");

    /// <summary>A configuration with one data source <c>orders</c> with these nodes.</summary>
    public static IConfigurationRoot Nodes(string nodes) =>
        Json($$"""{ "Routing": { "DataSources": { "orders": { "Provider": "Fake", "Nodes": { {{nodes}} } } } } }""");

    public static RoutingOptions Bind(IConfigurationRoot root)
    {
        var options = new RoutingOptions();
        new RoutingOptionsBinder(root.GetSection("Routing")).Configure(options);
        return options;
    }

    public static RoutingOptions Load(IConfigurationRoot root, params EngineRules[] engines)
    {
        var options = Bind(root);
        ValidatorOf(root, engines).Validate(null, options);
        return options;
    }

    public static RoutingOptionsValidator ValidatorOf(IConfiguration? root, params EngineRules[] engines) =>
        new("Routing", engines.Length == 0 ? [Fake] : engines, new ConnectionStringResolver(root, static name => name == "SET" ? "Server=variable" : null));

    /// <summary>The whole error text without its code; empty when the configuration is good.</summary>
    public static string Problems(IConfigurationRoot root, params EngineRules[] engines)
    {
        try
        {
            Load(root, engines);
            return "";
        }
        catch (RoutingConfigurationException e)
        {
            const string Code = " [RTG0001]";
            Assert.EndsWith(Code, e.Message, StringComparison.Ordinal);
            return e.Message[..^Code.Length];
        }
    }

    /// <summary>The only problem's line, without its dash.</summary>
    public static string Problem(IConfigurationRoot root, params EngineRules[] engines)
    {
        const string Header = "The Routing configuration has 1 problem(s):\n- ";
        var text = Problems(root, engines);
        Assert.StartsWith(Header, text, StringComparison.Ordinal);
        return text[Header.Length..];
    }
}

/// <summary>Accepts every connection string that does not say <c>Bad</c>; <c>Pool=</c> is overridden.</summary>
internal sealed class FakeRules : ConnectionStringRules
{
    public override IReadOnlyList<ConnectionStringKey> Keys { get; } = [new("Pool", KeyRule.Ours, "use Pool:MaxSize")];

    public override IReadOnlyList<string> Validate(string connectionString) =>
        connectionString.Contains("Bad", StringComparison.Ordinal) ? ["\"Bad\" is refused; remove it."] : [];

    public override string Redact(string connectionString) => "redacted";

    public override IReadOnlyList<ConnectionStringKey> FindOverridden(string connectionString) =>
        connectionString.Contains("Pool=", StringComparison.Ordinal) ? Keys : [];
}

internal sealed class FakeEngine : Engine
{
    public override string Name => "Fake";

    public override bool TextIsProof => true;

        public override IStatementClassifier Classifier => Routing.Providers.Sqlite.SqliteSyntax.Classifier;

    public override ConnectionStringRules ConnectionStrings { get; } = new FakeRules();

    public override Dialect Dialect => Routing.Providers.Sqlite.SqliteDialect.Instance;

    public override DbProviderFactory NativeFactory => Microsoft.Data.Sqlite.SqliteFactory.Instance;

    public override IDriver CreateDriver(DriverContext node) => new Routing.Testing.FakeDriver();
}
