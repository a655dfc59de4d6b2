using System.Data.Common;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Statements;

namespace Routing.Sessions;

/// <summary>
/// What a provider package brings: the engine's name, its reading of SQL, its connection-string rules and its driver.
/// Registered as a singleton by <c>AddPostgreSql()</c> and its siblings. Thread-safe.
/// </summary>
public abstract class Engine
{
    /// <summary>What <c>Provider</c> says in the configuration, e.g. <c>PostgreSql</c>. Compared without case.</summary>
    public abstract string Name { get; }

    /// <summary>Reads SQL texts of this engine.</summary>
    public abstract IStatementClassifier Classifier { get; }

    /// <summary>Checks connection strings.</summary>
    public abstract ConnectionStringRules ConnectionStrings { get; }

    /// <summary>What is written differently in its SQL.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>Whether a transaction can be committed or rolled back while a reader of its connection is open. Default false.</summary>
    public virtual bool EndsTransactionsUnderReaders => false;

    /// <summary>
    /// Whether the driver can tell which columns are keys (<see cref="System.Data.CommandBehavior.KeyInfo"/>) by the connection of the
    /// reader alone, without opening another. Default true.
    /// </summary>
    public virtual bool DescribesKeys => true;

    /// <summary>
    /// What stands before a query to be told its plan, as rows of one text column, without running it (<c>EXPLAIN </c>).
    /// Null where there is no such thing. Default null.
    /// </summary>
    public virtual string? ExplainPrefix => null;

    /// <summary>
    /// Whether a text alone proves that it leaves nothing on its connection, because nothing that a database defines (triggers,
    /// views, functions) can leave anything there. Default false.
    /// </summary>
    public virtual bool TextIsProof => false;

    /// <summary>
    /// Reads the definitions that a proof needs where <see cref="TextIsProof"/> is false. Null when they cannot be read: nothing but
    /// what names no relation and no function of the database is then proven. Default null.
    /// </summary>
    public virtual ICatalogReader? Catalogs => null;

    /// <summary>The driver's own factory: its parameters are what routed commands carry, so that code which casts them keeps working.</summary>
    public abstract DbProviderFactory NativeFactory { get; }

    /// <summary>Makes the driver of one node. Opens nothing.</summary>
    /// <param name="node">Everything about the node.</param>
    public abstract IDriver CreateDriver(DriverContext node);
}

/// <summary>What an <see cref="Engine"/> is told about the node it makes a driver for.</summary>
public sealed class DriverContext
{
    /// <summary>The data source's name.</summary>
    public required string DataSource { get; init; }

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The resolved connection string. A secret.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The data source's options.</summary>
    public required DataSourceOptions Options { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where the driver logs.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }
}
