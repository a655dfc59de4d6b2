using System.Data.Common;
using Routing.Configuration;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Errors;

/// <summary>A data source <c>orders</c> over fake nodes: <c>a</c> is the primary, <c>b</c> a replica.</summary>
internal sealed class OrdersFixture : IAsyncDisposable
{
    private readonly FakeRouting _routing;

    public OrdersFixture(int nodes = 1, Action<DataSourceOptions>? configure = null)
    {
        Drivers = [.. Enumerable.Range(0, nodes).Select(static _ => new FakeDriver())];
        foreach (var driver in Drivers)
        {
            driver.Answer = static command => command.CommandText.StartsWith("select", StringComparison.Ordinal)
                ? new FakeResult(["value"], [typeof(long)], [[1L], [2L]])
                : FakeResult.Changed(1);
        }

        _routing = new FakeRouting("orders", TimeProvider.System, configure, Drivers);
    }

    public FakeDriver[] Drivers { get; }

    public IRoutingDatabase Db => _routing.Database;

    public FakeRouting Fake => _routing;

    /// <summary>What a monitor would have said about a node.</summary>
    public void See(int node, Func<Node, Node> change) =>
        _routing.Source.Topology.Update((node, change), static (nodes, seen) => nodes.SetItem(seen.node, seen.change(nodes[seen.node])));

    public async Task<RoutingConnection> OpenAsync() => await Db.DataSource.OpenConnectionAsync();

    public static DbCommand Command(DbConnection connection, string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    public ValueTask DisposeAsync() => _routing.DisposeAsync();
}
