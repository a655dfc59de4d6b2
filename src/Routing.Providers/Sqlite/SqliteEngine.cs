using System.Data.Common;
using Microsoft.Data.Sqlite;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.Sqlite;

/// <summary>SQLite, over Microsoft.Data.Sqlite.</summary>
internal sealed class SqliteEngine : Engine
{
    public override string Name => "Sqlite";

    public override IStatementClassifier Classifier => SqliteSyntax.Classifier;

    public override ConnectionStringRules ConnectionStrings { get; } = SqliteConnectionStrings.Rules;

    public override bool TextIsProof => true;

    public override Dialect Dialect => SqliteDialect.Instance;

    public override bool EndsTransactionsUnderReaders => true;

    public override DbProviderFactory NativeFactory => SqliteFactory.Instance;

    public override IDriver CreateDriver(DriverContext node) => new SqliteDriver(node);
}
