using System.Collections.Immutable;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Routes;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Node → pool, by the node's id. Pools are added when a reload adds nodes and live until the data source is disposed.
/// Thread-safe.
/// </summary>
internal sealed class NodePools(string dataSource, TimeProvider time) : IAsyncDisposable
{
    private ImmutableArray<Entry?> _entries = [];

    /// <summary>What errors say about the nodes comes from here; set once, before the first rent.</summary>
    public TopologyStore? Topology { get; set; }

    public IPool this[Node node] => Of(node).Pool;

    public IEnumerable<IPool> All => _entries.OfType<Entry>().Select(static entry => entry.Pool);

    /// <summary>What configuration says about a node's role. It does not change while the process runs.</summary>
    public ConfiguredRole RoleOf(Node node) => Of(node).Role;

    public void Add(Node node, IPool pool, ConfiguredRole role) => ImmutableInterlocked.Update(ref _entries, static (entries, added) =>
    {
        while (entries.Length <= added.Id)
        {
            entries = entries.Add(null);
        }

        return entries.SetItem(added.Id, added.Entry);
    }, (node.Id, Entry: new Entry(pool, role)));

    /// <summary>Rents a connection of the route's node, in the lane that its intent needs.</summary>
    public ValueTask<RoutedLease> RentAsync(
        in Route route, LeaseOwner? owner, RentPriority? priority, StatementTelemetry? telemetry, bool async, Deadline deadline, CancellationToken ct)
    {
        var node = route.Node;
        if (node is null)
        {
            return ValueTask.FromException<RoutedLease>(NoNode(route.Intent));
        }

        var pool = this[node];
        var lane = route.Intent == Intent.Read ? Lane.Reader : Lane.Writer;
        var precedence = priority ?? owner?.Priority ?? RentPriority.Normal;
        node.Load.Begin();
        if (telemetry is not null)
        {
            var started = time.GetTimestamp();
            return MeasuredRentAsync(telemetry, route, pool.RentAsync(lane, owner, precedence, async, deadline, ct), pool.Driver, lane, started);
        }

        var rent = pool.RentAsync(lane, owner, precedence, async, deadline, ct);
        return rent.IsCompletedSuccessfully
            ? new ValueTask<RoutedLease>(new RoutedLease(rent.Result, node, pool.Driver, lane))
            : AwaitRentAsync(rent, node, pool.Driver, lane);
    }

    /// <summary>At the same time: each waits a while for what is rented.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(All.Select(static pool => EndAsync(pool))).ConfigureAwait(false);

    private Entry Of(Node node) =>
        _entries[node.Id] ?? throw CodedErrors.Bug($"node '{dataSource}/{node.Name}' has no pool.");

    private static async Task EndAsync(IPool pool)
    {
        try
        {
            await pool.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await pool.Driver.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<RoutedLease> MeasuredRentAsync(
        StatementTelemetry telemetry, Route route, ValueTask<Lease> rent, IDriver driver, Lane lane, long started)
    {
        try
        {
            var lease = await AwaitRentAsync(rent, route.Node!, driver, lane).ConfigureAwait(false);
            telemetry.OnRoute(route, lease, time.GetElapsedTime(started));
            return lease;
        }
        catch
        {
            telemetry.OnRouteFailed(route, time.GetElapsedTime(started));
            throw;
        }
    }

    private static async ValueTask<RoutedLease> AwaitRentAsync(ValueTask<Lease> rent, Node node, IDriver driver, Lane lane)
    {
        try
        {
            return new RoutedLease(await rent.ConfigureAwait(false), node, driver, lane);
        }
        catch (Exception error)
        {
            node.Load.End();
            FailedNode.Note(error, node);
            throw;
        }
    }

    private NodeUnavailableException NoNode(Intent intent) => intent == Intent.Write
        ? new($"No primary of data source '{dataSource}' is known, so the statement was not sent. A retry is safe. {DescribeNodes()} A node with Role 'Auto' becomes primary when it answers as one.") { Code = ErrorCodes.NoPrimary }
        : new($"No node of data source '{dataSource}' can serve this read, so it was not sent. A retry is safe. {DescribeNodes()} Db.Explain(...) says why each was left out; 'Routing:DataSources:{dataSource}:Reads:WhenNoReplica' = 'Primary' lets the primary serve it.") { Code = ErrorCodes.NoReadableNode };

    private string DescribeNodes() => Topology is { } topology ? $"Its nodes: {string.Join(", ", topology.Current.Nodes.Select(Describe))}." : "";

    private static string Describe(Node node)
    {
        // Less is the usual delay, and would only look like a reason.
        var lag = node.Lag is { TotalSeconds: >= 1 } behind ? $", {Durations.Format(behind)} behind" : "";
        return $"{node.Name} ({node.Role}, {node.State}{lag})";
    }

    private sealed record Entry(IPool Pool, ConfiguredRole Role);
}

/// <summary>Leaves on an error which node it happened on, for the rerun and for whoever logs it.</summary>
internal static class FailedNode
{
    private const string Key = "Routing.Node";

    public static void Note(Exception error, Node node) => error.Data[Key] = node.Name;

    public static string? Of(Exception error) => error.Data[Key] as string;
}
