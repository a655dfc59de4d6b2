using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Routes;
using Routing.Shards;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Options → <see cref="DataSourceRuntime"/>: lays the steps of the line end to end. Opens nothing.</summary>
internal sealed class DataSourceFactory(
    IEnumerable<Engine> engines, TimeProvider time, ILoggerFactory loggers, ITopologyMonitorFactory? monitors, ConnectionLimits? limits = null)
{
    // The pools of a data source share one count, also of nodes that a reload adds.
    private readonly ConcurrentDictionary<string, ConnectionLimits.DataSourceLimit?> _limits = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConnectionLimits _all = limits ?? new ConnectionLimits(processMax: 0);

    public DataSourceRuntime Create(string name, DataSourceOptions options)
    {
        var engine = engines.First(engine => string.Equals(engine.Name, options.Provider, StringComparison.OrdinalIgnoreCase));
        var pools = new NodePools(name, time);
        var nodes = ImmutableArray.CreateBuilder<Node>(options.Nodes.Count);
        foreach (var (nodeName, node) in options.Nodes)
        {
            nodes.Add(AddNode(engine, pools, name, options, nodeName, node, nodes.Count));
        }

        RefuseSeveralFiles(name, pools, nodes.Count);
        var topology = new TopologyStore(new TopologySnapshot(name, [new Shard("", nodes.ToImmutable())], Version: 1));
        pools.Topology = topology;
        var roles = monitors is null ? (ITopologyMonitor)new RoleProbes(name, options, topology, pools, loggers.CreateLogger("Routing.Sessions"), time) : Monitor(name, options, topology, pools);
        var logger = loggers.CreateLogger("Routing.Sessions");
        var slow = SlowStatements.Create(name, options.Telemetry.SlowStatement, time, logger);
        var catalogs = options.Pool.Reset == ResetMode.WhenDirty && engine is { TextIsProof: false, Catalogs: { } reader }
            ? new CatalogWatch(name, pools, reader, options.Timeouts.Connect, time, logger)
            : null;
        return new DataSourceRuntime
        {
            Name = name,
            Engine = engine,
            Options = options,
            Time = time,
            Logger = logger,
            Topology = topology,
            Shards = new ShardMap(topology),
            Routes = new Router(options.Reads),
            Pools = pools,
            Statements = new StatementCache(engine.Classifier),
            QueryTexts = new QueryTexts(engine.Classifier),
            SlowStatements = slow,
            ProcessWrites = new ProcessWrites(time),
            Start = new StartOnce((async, ct) => StartAsync(name, topology, roles, async, ct)),
            Signals = roles,
            Catalogs = catalogs,
            Proof = CleanProof.Create(engine, options.Pool.Reset, catalogs),
            Owned = [.. new IAsyncDisposable?[] { roles, slow, catalogs }.OfType<IAsyncDisposable>()],
        };
    }

    /// <summary>Makes a node's driver and pool, and the node as it looks before anybody asked it.</summary>
    public Node AddNode(Engine engine, NodePools pools, string dataSource, DataSourceOptions options, string nodeName, NodeOptions node, int id)
    {
        var driver = engine.CreateDriver(new DriverContext
        {
            DataSource = dataSource,
            Node = nodeName,
            ConnectionString = node.Resolved ?? throw CodedErrors.Bug($"the connection string of '{dataSource}/{nodeName}' was not resolved."),
            Options = options,
            Time = time,
            LoggerFactory = loggers,
        });
        var made = new Node
        {
            Name = nodeName,
            Id = id,
            Role = RoleOf(node, driver),
            State = node.Drain ? NodeState.Draining : NodeState.Unknown,
            Weight = node.Weight,
            Zone = node.Zone,
            AlwaysFresh = driver.AlwaysFresh,
        };
        pools.Add(made, PoolOf(engine, dataSource, nodeName, driver, options), node.Role);
        return made;
    }

    /// <summary>Completes when every node was asked once; a later caller tries again while no role at all is known.</summary>
    private static async ValueTask StartAsync(string name, TopologyStore topology, ITopologyMonitor roles, bool async, CancellationToken ct)
    {
        await roles.InitialProbeAsync(async, ct).ConfigureAwait(false);
        var nodes = topology.Current.Shards[0].Nodes;
        if (nodes.Length > 1 && nodes.All(static node => node.Role == NodeRole.Unknown))
        {
            throw new NodeUnavailableException(
                $"None of the {nodes.Length} nodes of data source '{name}' answered within the connect time-out ('Routing:DataSources:{name}:Timeouts:Connect'), so no role is known. A retry is safe; the log says what each node met.")
            {
                Code = ErrorCodes.NoRoleKnown,
            };
        }
    }

    private NodePool PoolOf(Engine engine, string dataSource, string node, IDriver driver, DataSourceOptions options) =>
        new NodePool(
            $"{dataSource}/{node}", driver, options.Pool, options.Timeouts, time, loggers,
            FacadeOf(engine.Dialect.SupportsArrays, dataSource, SqlComments.Create(options.Telemetry.SqlComment, dataSource, node)),
            _limits.GetOrAdd(dataSource, name => _all.Of(name, options.MaxConnections)));

    private static Func<PhysicalConnection, LeaseConnection> FacadeOf(bool supportsArrays, string dataSource, SqlComments? comments) =>
        physical => LeaseConnection.Create(physical, "Routing=" + dataSource, supportsArrays, comments);

    private ITopologyMonitor Monitor(string name, DataSourceOptions options, TopologyStore topology, NodePools pools) =>
        monitors!.Create(
            name, topology, node => pools[node].Driver, pools.RoleOf, options.Timeouts);

    // A file has no role to ask for: who opens it for writing writes it.
    private static NodeRole RoleOf(NodeOptions node, IDriver driver) => node.Role switch
    {
        ConfiguredRole.Primary => NodeRole.Primary,
        ConfiguredRole.Replica => NodeRole.Replica,
        _ => driver.AlwaysFresh ? NodeRole.Primary : NodeRole.Unknown,
    };

    private static void RefuseSeveralFiles(string name, NodePools pools, int count)
    {
        if (count > 1 && pools.All.Any(static pool => pool.Driver.AlwaysFresh))
        {
            throw new RoutingConfigurationException(
                $"Routing:DataSources:{name}:Nodes: found {count} nodes; a data source of an embedded engine is one file and has exactly one node.")
            {
                Code = ErrorCodes.SeveralFiles,
            };
        }
    }
}
