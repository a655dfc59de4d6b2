using System.Diagnostics;
using Routing.Sessions;
using Routing.Testing;
using Routing.Topology;

namespace Routing.ConformanceTests;

/// <summary>What a data source knows of its database's definitions.</summary>
public static class Catalogs
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Waits until the definitions are known, so that what is not proven is not merely unknown.</summary>
    public static async Task KnownAsync(RoutedHost host)
    {
        await host.Database.ExecuteScalarAsync<int>("select 1");
        var source = ((RoutingDatabase)host.Database).Source;
        if (source.Catalogs is not { } catalogs)
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        catalogs.Want(source.Topology.Current.Nodes.First(static node => node.Role == NodeRole.Primary));
        while (!catalogs.IsSettled)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(started) < Limit,
                "Not known: " + string.Join('\n', host.Logs.WithId(1221).Select(static entry => $"{entry} {entry.Exception}")));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
