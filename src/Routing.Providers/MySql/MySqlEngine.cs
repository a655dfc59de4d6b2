using System.Data.Common;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>MySQL and MariaDB, over MySqlConnector or MySql.Data.</summary>
internal sealed class MySqlEngine : Engine
{
    private readonly MySqlClient? _client;

    /// <summary>Over the driver that is deployed with the application.</summary>
    public MySqlEngine()
        : this(MySqlClient.Find())
    {
    }

    public MySqlEngine(MySqlClient? client)
    {
        _client = client;
        ConnectionStrings = client is null ? new NoClientRules() : new MySqlConnectionStrings(client);
    }

    public override string Name => "MySql";

    public override IStatementClassifier Classifier => MySqlSyntax.Classifier;

    public override ConnectionStringRules ConnectionStrings { get; }

    public override ICatalogReader Catalogs { get; } = new MySqlCatalog(MySqlSyntax.Classifier);

    public override Dialect Dialect => MySqlDialect.Instance;

    public override string ExplainPrefix => "EXPLAIN FORMAT=JSON ";

    public override DbProviderFactory NativeFactory => Client.Factory;

    private MySqlClient Client => _client ?? throw MySqlClient.Missing();

    public override IDriver CreateDriver(DriverContext node) => new MySqlDriver(node, Client);

    /// <summary>Without a driver every connection string has the same problem, and its keys cannot be known.</summary>
    private sealed class NoClientRules : ConnectionStringRules
    {
        public override IReadOnlyList<ConnectionStringKey> Keys => [];

        public override IReadOnlyList<string> Validate(string connectionString) => [MySqlClient.MissingText];

        public override string Redact(string connectionString) => "(a connection string that cannot be read)";
    }
}
