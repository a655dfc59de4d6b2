using System.Data.Common;
using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.SqlServer;

/// <summary>SQL Server and Azure SQL, over Microsoft.Data.SqlClient.</summary>
internal sealed class SqlServerEngine : Engine
{
    public override string Name => "SqlServer";

    public override IStatementClassifier Classifier => SqlServerSyntax.Classifier;

    public override ConnectionStringRules ConnectionStrings => SqlServerConnectionStrings.Rules;

    public override Dialect Dialect => SqlServerDialect.Instance;

    public override DbProviderFactory NativeFactory => SqlClientFactory.Instance;

    public override IDriver CreateDriver(DriverContext node) => new SqlServerDriver(node);
}
