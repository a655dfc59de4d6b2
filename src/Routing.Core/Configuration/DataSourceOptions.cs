using System.Data.Common;

namespace Routing.Configuration;

/// <summary>One data source: a logical database, its engine, its nodes, and how it is used.</summary>
public sealed class DataSourceOptions
{
    private readonly Dictionary<Type, object> _features = [];

    /// <summary>The engine: <c>PostgreSql</c> or <c>Sqlite</c>. Required, without a default; its package must be added (<c>AddPostgreSql()</c>, <c>AddSqlite()</c>).</summary>
    public string Provider { get; set; } = "";

    /// <summary>The nodes by name. At least one. A name is 1-64 letters, digits, <c>-</c>, <c>_</c> or <c>.</c>.</summary>
    public IDictionary<string, NodeOptions> Nodes { get; } = new Dictionary<string, NodeOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The pool of each node. Default: the defaults of <see cref="PoolOptions"/>.</summary>
    public PoolOptions Pool { get; set; } = new();

    /// <summary>
    /// The most connections that the pools of all its nodes have open together, 1-1000000; zero for no limit. Default 0. A pool
    /// that may not open waits as for any connection, and idle ones of the other nodes are closed to make room.
    /// </summary>
    public int MaxConnections { get; set; }

    /// <summary>How long things may take. Default: the defaults of <see cref="TimeoutOptions"/>.</summary>
    public TimeoutOptions Timeouts { get; set; } = new();

    /// <summary>Where reads go and how fresh they are. Default: the defaults of <see cref="ReadOptions"/>.</summary>
    public ReadOptions Reads { get; set; } = new();

    /// <summary>What is told about statements.</summary>
    public TelemetryOptions Telemetry { get; set; } = new();

    /// <summary>
    /// Called once per new physical connection, before its first use; what it sets belongs to the clean baseline. When it
    /// throws, the connection is closed and the rent that needed it fails with that error. Default none.
    /// </summary>
    public Func<DbConnection, CancellationToken, ValueTask>? OnPhysicalOpen { get; set; }

    /// <summary>Supplies user names and passwords at each physical open instead of the connection string. Default none.</summary>
    public ICredentialProvider? CredentialProvider { get; set; }

    /// <summary>Stores an engine's own settings; used by extension methods such as <c>UseNpgsql</c>.</summary>
    /// <typeparam name="T">The feature's type, its key.</typeparam>
    /// <param name="feature">The settings; replaces an earlier one of the same type.</param>
    public void SetFeature<T>(T feature)
        where T : class => _features[typeof(T)] = feature;

    /// <summary>What <see cref="SetFeature{T}"/> stored; null when nothing was.</summary>
    /// <typeparam name="T">The feature's type, its key.</typeparam>
    public T? GetFeature<T>()
        where T : class => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : null;

    /// <summary>A copy whose settings can be changed without changing these; what was set in code is shared.</summary>
    internal DataSourceOptions Copy()
    {
        var copy = new DataSourceOptions
        {
            Provider = Provider,
            Pool = Pool.Copy(),
            MaxConnections = MaxConnections,
            Timeouts = Timeouts.Copy(),
            Reads = Reads.Copy(),
            Telemetry = Telemetry.Copy(),
            OnPhysicalOpen = OnPhysicalOpen,
            CredentialProvider = CredentialProvider,
        };
        foreach (var (type, feature) in _features)
        {
            copy._features[type] = feature;
        }

        foreach (var (name, node) in Nodes)
        {
            copy.Nodes[name] = node.Copy();
        }

        return copy;
    }
}

/// <summary>One node: a server or file.</summary>
public sealed class NodeOptions
{
    /// <summary>The driver's connection string. Exactly one of this, <see cref="ConnectionStringName"/> and <see cref="ConnectionStringVariable"/> is set. Default none.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The name of an entry in the configuration's <c>ConnectionStrings</c> section. Default none.</summary>
    public string? ConnectionStringName { get; set; }

    /// <summary>The name of an environment variable that holds the connection string. Default none.</summary>
    public string? ConnectionStringVariable { get; set; }

    /// <summary>Its role. Default <see cref="ConfiguredRole.Auto"/>: the node is asked.</summary>
    public ConfiguredRole Role { get; set; } = ConfiguredRole.Auto;

    /// <summary>Its share of the reads, 0-1000. Default 1. Live: a reload changes it at once.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>The availability zone it stands in. Default none.</summary>
    public string? Zone { get; set; }

    /// <summary>Whether it gets nothing new while it finishes what runs on it. Default false. Live.</summary>
    public bool Drain { get; set; }

    /// <summary>The connection string that validation found by whichever of the three ways; null before it. A secret.</summary>
    internal string? Resolved { get; set; }

    internal NodeOptions Copy() => (NodeOptions)MemberwiseClone();
}

/// <summary>How a node's role is known.</summary>
public enum ConfiguredRole
{
    /// <summary>The node is asked, at start and by its monitor.</summary>
    Auto,

    /// <summary>The node is the primary, whatever it says.</summary>
    Primary,

    /// <summary>The node is a replica, whatever it says.</summary>
    Replica,
}

/// <summary>The pool of one node.</summary>
public sealed class PoolOptions
{
    /// <summary>The most connections open at once (SQLite: readers; there is one writer besides), 1-10000. Default 32.</summary>
    public int MaxSize { get; set; } = 32;

    /// <summary>How many idle connections are kept ready, 0-<see cref="MaxSize"/>. Default 0.</summary>
    public int MinIdle { get; set; }

    /// <summary>How long a rent may wait for a connection, 1 ms-10 min; from a second on, it may end 50 ms later. Default 5 s.</summary>
    public TimeSpan RentTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The age at which a connection is replaced, 1 s-24 h, less up to 10 % jitter fixed at birth; zero for never. Default 30 min.</summary>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long an idle connection above <see cref="MinIdle"/> is kept, 1 s-24 h; zero for ever. Over the same time the most
    /// connections in use at once are counted, and what idles above these and <see cref="MinIdle"/> is closed. Default 5 min.
    /// </summary>
    public TimeSpan MaxIdleTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>After how long unused a connection proves itself before it is rented, 0-1 h. Default 1 s.</summary>
    public TimeSpan ValidateAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long in silence an idle connection is asked for a sign of life, 1 s-24 h, so that nothing on the way forgets it; zero for never. Default 0 s.</summary>
    public TimeSpan KeepAlive { get; set; }

    /// <summary>The most rents that may wait at once without a connection being opened for them, 0-100000; one more is refused at once. Zero for no limit. Default 0.</summary>
    public int MaxWaiting { get; set; }

    /// <summary>
    /// One of how many sessions, routed connections and streams keeps the call stack of its rent, 1-1000000, for the errors and
    /// log events that name holders; zero for none. Default 0. A stack costs tens of microseconds.
    /// </summary>
    public int SampleStackEvery { get; set; }

    /// <summary>
    /// Whether the pool lends fewer than <see cref="MaxSize"/> at once while connections are held longer the more of them are in
    /// use, which means that statements queue inside the server. Default false. Each rent and return then takes a lock.
    /// </summary>
    public bool Adaptive { get; set; }

    /// <summary>
    /// How many may always be lent at once when <see cref="Adaptive"/> is on, 1-<see cref="MaxSize"/>; the limit begins there.
    /// Default 4. Without effect when it is off, or on a pool that has no more than these.
    /// </summary>
    public int AdaptiveMin { get; set; } = 4;

    /// <summary>When a returned connection's session state is reset. Default <see cref="ResetMode.WhenDirty"/>.</summary>
    public ResetMode Reset { get; set; } = ResetMode.WhenDirty;

    internal PoolOptions Copy() => (PoolOptions)MemberwiseClone();
}

/// <summary>When a returned connection's session state is reset.</summary>
public enum ResetMode
{
    /// <summary>
    /// At each return. For those who cannot accept that a trigger which another process creates is known some seconds later,
    /// and the default wherever tenants share a database by schema or row.
    /// </summary>
    Always,

    /// <summary>
    /// Unless everything that ran on it provably left nothing: by the text, and by what the database's own catalogs say is
    /// behind the names in it. A clean return costs nothing.
    /// </summary>
    WhenDirty,

    /// <summary>Never: for connections whose every holder is trusted to leave no state.</summary>
    Never,
}

/// <summary>How long things may take.</summary>
public sealed class TimeoutOptions
{
    /// <summary>Opening one physical connection, 10 ms-5 min. Default 2 s.</summary>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>One command, 1 s-24 h in whole seconds; zero for no limit. Default 30 s.</summary>
    public TimeSpan Command { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a cancelled command may take to end before its connection is given up, 10 ms-1 min. Default 2 s.</summary>
    public TimeSpan Cancel { get; set; } = TimeSpan.FromSeconds(2);

    internal TimeoutOptions Copy() => (TimeoutOptions)MemberwiseClone();
}

/// <summary>Where reads go and how fresh they are.</summary>
public sealed class ReadOptions
{
    /// <summary>Which role serves reads. Default <see cref="ReadPreference.Replica"/>. Live.</summary>
    public ReadPreference Prefer { get; set; } = ReadPreference.Replica;

    /// <summary>How far a replica may lag before it is left out, and how long a process remembers its own write, 0-1 h. Default 5 s. Live.</summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What a read is sure to see. Default <see cref="ConsistencyLevel.ReadYourWrites"/>. Live.</summary>
    public ConsistencyLevel Consistency { get; set; } = ConsistencyLevel.ReadYourWrites;

    /// <summary>How one of several usable replicas is chosen. Default <see cref="BalancePolicy.LeastInFlight"/>. Live.</summary>
    public BalancePolicy Balance { get; set; } = BalancePolicy.LeastInFlight;

    /// <summary>What happens to a read when no replica is usable. Default <see cref="NoReplicaPolicy.Primary"/>. Live.</summary>
    public NoReplicaPolicy WhenNoReplica { get; set; } = NoReplicaPolicy.Primary;

    internal ReadOptions Copy() => (ReadOptions)MemberwiseClone();
}

/// <summary>Which role serves reads.</summary>
public enum ReadPreference
{
    /// <summary>Replicas; the primary only by <see cref="ReadOptions.WhenNoReplica"/>.</summary>
    Replica,

    /// <summary>The primary, as if there were no replicas; replicas only when it is down and <see cref="ConsistencyLevel.Any"/> allows it.</summary>
    Primary,

    /// <summary>Any usable node.</summary>
    Any,
}

/// <summary>What a read is sure to see.</summary>
public enum ConsistencyLevel
{
    /// <summary>Nothing in particular: any replica within <see cref="ReadOptions.MaxStaleness"/>.</summary>
    Any,

    /// <summary>Everything its own consistency scope wrote before.</summary>
    ReadYourWrites,
}

/// <summary>How one of several usable replicas is chosen.</summary>
public enum BalancePolicy
{
    /// <summary>Two are drawn by weight; the one with fewer statements in flight gets it.</summary>
    LeastInFlight,

    /// <summary>One is drawn by weight.</summary>
    Random,
}

/// <summary>What happens to a read when no replica is usable.</summary>
public enum NoReplicaPolicy
{
    /// <summary>The primary serves it.</summary>
    Primary,

    /// <summary>It fails with an error that says why each replica was left out.</summary>
    Fail,
}
