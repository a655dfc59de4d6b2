using System.Data.Common;
using Npgsql;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.PostgreSql;

/// <summary>PostgreSQL, over Npgsql.</summary>
internal sealed class PostgreSqlEngine : Engine
{
    public override string Name => "PostgreSql";

    public override IStatementClassifier Classifier => PostgreSqlSyntax.Classifier;

    public override ConnectionStringRules ConnectionStrings => PostgreSqlConnectionStrings.Rules;

    public override ICatalogReader Catalogs { get; } = new PostgreSqlCatalog(PostgreSqlSyntax.Classifier);

    public override Dialect Dialect => PostgreSqlDialect.Instance;

    // Npgsql asks on a second connection of its pool, which is a pool of one here.
    public override bool DescribesKeys => false;

    public override string ExplainPrefix => "EXPLAIN ";

    public override DbProviderFactory NativeFactory => NpgsqlFactory.Instance;

    public override IDriver CreateDriver(DriverContext node) => new PostgreSqlDriver(node);
}
