using System.Data.Common;
using Routing.Drivers;
using Routing.Pools;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>A lease and the node it is on; ending it takes the statement off the node's load. End it once.</summary>
internal readonly struct RoutedLease(Lease lease, Node node, IDriver driver, Lane lane) : IAsyncDisposable
{
    public bool IsHeld => lease.IsHeld;

    public Node Node { get; } = node;

    public IDriver Driver { get; } = driver;

    /// <summary>In words, for traces: engines without lanes have one that is shared.</summary>
    public string LaneName => Driver.Lanes != LaneLayout.WriterAndReaders ? "shared" : lane == Lane.Reader ? "reader" : "writer";

    public DbConnection Connection => lease.Connection;

    public PhysicalConnection Physical => lease.Physical;

    /// <summary>Says which object returns it: where that is lost, the lease ends with it.</summary>
    public void Watch(object holder, string tag) => lease.Watch(holder, tag, Node.Load.OnLost);

    public void Soil(Dirt dirt) => lease.Soil(dirt);

    public void Discard() => lease.Discard();

    public ValueTask ReturnAsync(bool async)
    {
        // First the return, which throws when there was one before: then the node's load was taken off already.
        var returned = lease.ReturnAsync(async);
        Node.Load.End();
        return returned;
    }

    public ValueTask DisposeAsync() => ReturnAsync(async: true);
}
