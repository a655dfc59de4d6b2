using System.Globalization;
using Routing.LocalServers;
using Routing.Pools;
using Routing.Sessions;
using Routing.Testing;
using Routing.Topology;

namespace Routing.IntegrationTests;

internal static class RoutedHostExtensions
{
    /// <summary>Whether the statement ran on a standby. Classified as a read.</summary>
    public const string OnStandby = "select pg_is_in_recovery()";

    /// <summary>The port of the node the statement ran on. Classified as a read.</summary>
    public const string Port = "select current_setting('port')";

    public static readonly StatementOptions Anything = new() { Consistency = Routing.Configuration.ConsistencyLevel.Any };

    public static readonly StatementOptions Reading = new() { Intent = Intent.Read };

    public static readonly StatementOptions Writing = new() { Intent = Intent.Write };

    public static PoolStatistics Pool(this RoutedHost host, string node) =>
        ((RoutingDatabase)host.Database).Source.Pools[host.Node(node)].GetStatistics();

    public static Node Node(this RoutedHost host, string node) => host.Database.Topology.Nodes.Single(n => n.Name == node);

    public static string PortText(this LocalNode node) => node.Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Nothing is rented and nobody waits, on any node.</summary>
    public static Task AllReturnedAsync(this RoutedHost host) => Eventually.HoldsAsync("every connection is back in its pool", () =>
        host.Database.Topology.Nodes.All(node => host.Pool(node.Name) is { Active: 0, Waiting: 0, Opening: 0 } && node.Load.InFlight == 0));

    public static Task SeesAsync(this RoutedHost host, string node, Routing.Topology.NodeState state) =>
        Eventually.HoldsAsync($"node {node} is {state}", () => host.Node(node).State == state);

    /// <summary>Which ports answered a number of reads.</summary>
    public static async Task<Dictionary<string, int>> ReadPortsAsync(this ISqlRunner runner, int reads)
    {
        var ports = new Dictionary<string, int>();
        for (var i = 0; i < reads; i++)
        {
            var port = await runner.ExecuteScalarAsync<string>(Port) ?? "";
            ports[port] = ports.GetValueOrDefault(port) + 1;
        }

        return ports;
    }
}
