using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Providers.Sqlite;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Testing;

/// <summary>
/// A data source (<c>fake</c> unless named) over fake drivers, one per node: everything above the driver is the real thing. The first
/// node is the primary. Statements are read by SQLite's classifier.
/// </summary>
public sealed class FakeRouting : IAsyncDisposable
{
    private readonly RoutingDatabase _database;

    /// <summary>Creates it.</summary>
    /// <param name="drivers">One per node, named a, b, ...</param>
    public FakeRouting(params FakeDriver[] drivers)
        : this(TimeProvider.System, configure: null, drivers)
    {
    }

    /// <summary>Creates it on a clock of the test's.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="drivers">One per node, named a, b, ...</param>
    public FakeRouting(TimeProvider time, Action<DataSourceOptions>? configure, params FakeDriver[] drivers)
        : this("fake", time, NullLoggerFactory.Instance, configure, drivers)
    {
    }

    /// <summary>Creates it on a clock of the test's, with its logs.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="drivers">One per node, named a, b, ...</param>
    public FakeRouting(TimeProvider time, ILoggerFactory loggers, Action<DataSourceOptions>? configure, params FakeDriver[] drivers)
        : this("fake", time, loggers, configure, drivers)
    {
    }

    /// <summary>Creates it under a name of the test's.</summary>
    /// <param name="name">The data source's name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="drivers">One per node, named a, b, ...</param>
    public FakeRouting(string name, TimeProvider time, Action<DataSourceOptions>? configure, params FakeDriver[] drivers)
        : this(name, time, NullLoggerFactory.Instance, configure, drivers)
    {
    }

    private FakeRouting(string name, TimeProvider time, ILoggerFactory loggers, Action<DataSourceOptions>? configure, FakeDriver[] drivers)
    {
        var options = new DataSourceOptions { Provider = "Fake" };
        var byNode = new Dictionary<string, FakeDriver>(StringComparer.Ordinal);
        foreach (var driver in drivers)
        {
            var node = ((char)('a' + byNode.Count)).ToString();
            byNode.Add(node, driver);
            options.Nodes[node] = new NodeOptions { Role = byNode.Count == 1 ? ConfiguredRole.Primary : ConfiguredRole.Replica, Resolved = "fake" };
        }

        configure?.Invoke(options);
        var factory = new DataSourceFactory([new Engine(byNode)], time, loggers, monitors: null);
        _database = new RoutingDatabase(factory.Create(name, options));
    }

    /// <summary>The data source.</summary>
    public IRoutingDatabase Database => _database;

    internal DataSourceRuntime Source => _database.Source;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.Source.DisposeAsync();

    private sealed class Engine(Dictionary<string, FakeDriver> drivers) : Sessions.Engine
    {
        public override string Name => "Fake";

        public override bool TextIsProof => true;

        public override IStatementClassifier Classifier { get; } = SqliteSyntax.Classifier;

        public override ConnectionStringRules ConnectionStrings => throw new NotSupportedException("A fake has no connection strings.");

        public override Dialect Dialect => SqliteDialect.Instance;

        public override bool DescribesKeys => drivers.Values.All(static driver => driver.DescribesKeys);

        public override string ExplainPrefix => "EXPLAIN ";

        public override DbProviderFactory NativeFactory => Microsoft.Data.Sqlite.SqliteFactory.Instance;

        public override IDriver CreateDriver(DriverContext node) => drivers[node.Node];
    }
}
