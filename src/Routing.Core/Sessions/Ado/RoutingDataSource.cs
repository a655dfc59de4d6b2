using System.Data.Common;
using Routing.Sessions;

namespace Routing;

/// <summary>
/// A routed data source for anything that speaks ADO.NET: its connections send reads to replicas and writes to the
/// primary over the same pools as <see cref="IRoutingDatabase"/>. Thread-safe. It lives as long as its database; disposing it does nothing.
/// </summary>
public sealed class RoutingDataSource : DbDataSource
{
    private readonly DataSourceRuntime _source;

    internal RoutingDataSource(DataSourceRuntime source)
    {
        _source = source;
        ConnectionString = "Routing=" + source.Name;
        ProviderFactory = new RoutingProviderFactory(this, source.Engine.NativeFactory);
    }

    /// <summary>A short constant that names the data source. It holds no secret and opens nothing by itself.</summary>
    public override string ConnectionString { get; }

    /// <summary>A factory whose connections are those of this data source.</summary>
    public DbProviderFactory ProviderFactory { get; }

    internal DataSourceRuntime Source => _source;

    /// <summary>Creates a closed connection.</summary>
    public new RoutingConnection CreateConnection() => (RoutingConnection)CreateDbConnection();

    /// <summary>Creates and opens a connection. It rents nothing until its first command.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public new async ValueTask<RoutingConnection> OpenConnectionAsync(CancellationToken cancellationToken = default)
    {
        var connection = CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection()
    {
        ObjectDisposedException.ThrowIf(_source.IsDisposed, this);
        return _source.Engine.Dialect.SupportsArrays ? new ArrayConnections.NpgsqlConnection(this) : new RoutingConnection(this);
    }
}
