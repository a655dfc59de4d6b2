using Microsoft.Extensions.Logging;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>What one pool may take of its server, and what that allows.</summary>
/// <param name="Server">Tells servers apart: two data sources of one server share what it allows.</param>
/// <param name="DataSource">Whose pool it is.</param>
/// <param name="Pool">The pool's name.</param>
/// <param name="MaxSize">The most connections of the pool.</param>
/// <param name="DataSourceMax">The most of its data source; 0 for no limit.</param>
/// <param name="Allowed">What the server allows.</param>
internal sealed record CapacityShare(string Server, string DataSource, string Pool, int MaxSize, int DataSourceMax, int Allowed);

/// <summary>A server that all processes together may ask for more than it allows.</summary>
internal sealed record CapacityExcess(string Server, int Allowed, long Wanted, string Pools);

/// <summary>
/// Compares, when the host starts, what all processes together may open with what the servers allow, as they say
/// themselves: one short question per node, on a connection of its pool. A server that is full refuses log-ins, and the
/// first to notice would be the next failover.
/// </summary>
internal static class ServerCapacity
{
    /// <summary>Logs a warning per server. A node that cannot be asked is left out: that it is down is logged elsewhere.</summary>
    public static async Task WarnAsync(
        IReadOnlyCollection<DataSourceRuntime> sources, int processMax, int instances, ILogger logger, CancellationToken ct)
    {
        var asked = await Task.WhenAll(sources.SelectMany(source => source.Topology.Current.Nodes.Select(node => AskAsync(source, node, ct)))).ConfigureAwait(false);
        foreach (var excess in Compare([.. asked.OfType<CapacityShare>()], processMax, instances))
        {
            Log.ServerTooSmall(logger, excess.Server, excess.Allowed, instances, excess.Wanted, excess.Pools);
        }
    }

    /// <summary>The servers of which more may be wanted than they allow. Pure.</summary>
    public static IEnumerable<CapacityExcess> Compare(IReadOnlyList<CapacityShare> shares, int processMax, int instances)
    {
        foreach (var server in shares.GroupBy(static share => share.Server, StringComparer.OrdinalIgnoreCase))
        {
            var perProcess = server.GroupBy(static share => share.DataSource).Sum(static source => Most(source.Sum(static share => (long)share.MaxSize), source.First().DataSourceMax));
            var wanted = Most(perProcess, processMax) * instances;
            var allowed = server.Min(static share => share.Allowed);
            if (wanted > allowed)
            {
                yield return new CapacityExcess(server.Key, allowed, wanted, string.Join(", ", server.Select(static share => $"{share.Pool} {share.MaxSize}")));
            }
        }
    }

    private static long Most(long wanted, int limit) => limit == 0 ? wanted : Math.Min(wanted, limit);

    private static async Task<CapacityShare?> AskAsync(DataSourceRuntime source, Node node, CancellationToken ct)
    {
        var pool = source.Pools[node];
        if (node.AlwaysFresh)
        {
            // A file has no server.
            return null;
        }

        try
        {
            var lease = await pool.RentAsync(Lane.Reader, owner: null, async: true, Deadline.After(source.Time, source.Options.Timeouts.Connect), ct).ConfigureAwait(false);
            await using var _ = lease.ConfigureAwait(false);
            return await lease.Physical.ReadMaxConnectionsAsync(ct).ConfigureAwait(false) is { } allowed
                ? new CapacityShare(ServerOf(pool), source.Name, pool.Name, source.Options.Pool.MaxSize, source.Options.MaxConnections, allowed)
                : null;
        }
#pragma warning disable CA1031 // A warning is not worth failing a start for.
        catch (Exception error) when (error is not OutOfMemoryException && !ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.ServerNotAsked(source.Logger, Secrets.Hide(error), pool.Name);
            return null;
        }
    }

    private static string ServerOf(IPool pool) => pool.Driver.Endpoint switch
    {
        { Address: null } => pool.Name,
        { Address: var address, Port: null } => address,
        { Address: var address, Port: var port } => $"{address}:{port}",
    };
}
