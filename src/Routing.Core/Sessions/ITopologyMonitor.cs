using Routing.Configuration;
using Routing.Drivers;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Keeps one data source's topology true: asks its nodes and publishes what they say. Thread-safe; its creator owns it.
/// Dispose stops everything it started and closes its connections.
/// </summary>
internal interface ITopologyMonitor : INodeSignals, IAsyncDisposable
{
    /// <summary>Begins to watch, in the background. Nodes that come and go later are followed. A second call does nothing.</summary>
    void Start();

    /// <summary>
    /// Starts if need be, and completes when each node whose role must be asked for has answered or failed once: at the
    /// latest after the connect time-out. Does not throw for nodes that fail; callers share one round of probes. A blocking
    /// caller asks for itself, without the thread pool: the task is complete.
    /// </summary>
    ValueTask InitialProbeAsync(bool async, CancellationToken cancellationToken);
}

/// <summary>Makes the monitor of a data source. Implemented by Routing.Health; where none is registered, nothing watches.</summary>
internal interface ITopologyMonitorFactory
{
    /// <param name="driverOf">Called for each connection a monitor opens, from a background loop.</param>
    /// <param name="roleOf">Called under a lock at each verdict: a look-up, nothing more.</param>
    ITopologyMonitor Create(
        string dataSource, TopologyStore store, Func<Node, IDriver> driverOf, Func<Node, ConfiguredRole> roleOf, TimeoutOptions timeouts);
}
