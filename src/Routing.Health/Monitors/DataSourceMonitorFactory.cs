using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Topology;

namespace Routing.Health.Monitors;

/// <summary>Makes a <see cref="DataSourceMonitor"/> per data source. Thread-safe.</summary>
internal sealed class DataSourceMonitorFactory(TimeProvider time, ILoggerFactory loggers) : ITopologyMonitorFactory
{
    public ITopologyMonitor Create(
        string dataSource, TopologyStore store, Func<Node, IDriver> driverOf, Func<Node, ConfiguredRole> roleOf, TimeoutOptions timeouts) =>
        new DataSourceMonitor(dataSource, store, driverOf, roleOf, timeouts, time, loggers.CreateLogger("Routing.Health"));
}
