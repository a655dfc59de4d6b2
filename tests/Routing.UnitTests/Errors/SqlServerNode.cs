using Routing.Testing;
using Routing.Testing.Tds;
using Routing.Testing.Tds.Tsql;

namespace Routing.UnitTests.Errors;

/// <summary>The data source <c>db</c> on a protocol server.</summary>
internal sealed class SqlServerNode : IAsyncDisposable
{
    private readonly TdsServer _server = new(new TsqlEngine());
    private readonly RoutedHost _host;

    public SqlServerNode() => _host = RoutedHost.OnSqlServer([_server.ConnectionString("conformance")], health: false);

    public IRoutingDatabase Db => _host.Database;

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _server.Dispose();
    }
}
