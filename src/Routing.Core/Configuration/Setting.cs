namespace Routing.Configuration;

/// <summary>
/// One setting: where it lives on its options class, what it takes, and whether a reload changes it while running.
/// Binder, validator, reload and schema all read this description, so that none of them can know a setting the others do not.
/// </summary>
/// <param name="Name">The key in the configuration and the name of the property.</param>
/// <param name="Owner">The options class.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Live">Whether a reload changes it while running.</param>
/// <param name="Get">Reads it from its owner.</param>
/// <param name="Set">Writes it to its owner.</param>
internal sealed record Setting(string Name, Type Owner, SettingKind Kind, bool Live, Func<object, object?> Get, Action<object, object?> Set)
{
    public static Setting Of<TOwner, TValue>(string name, SettingKind kind, Func<TOwner, TValue> get, Action<TOwner, TValue> set, bool live = false)
        where TOwner : class =>
        new(name, typeof(TOwner), kind, live, owner => get((TOwner)owner), (owner, value) => set((TOwner)owner, (TValue)value!));
}

/// <summary>A group of settings under one key of a data source.</summary>
/// <param name="Name">The key in the configuration and the name of the property; for a group inside another one, the path: <c>Telemetry:SqlComment</c>.</param>
/// <param name="Type">The options class.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Get">Reads the group from its data source; null only when code set it so.</param>
internal sealed record SettingGroup(string Name, Type Type, IReadOnlyList<Setting> Settings, Func<DataSourceOptions, object?> Get)
{
    /// <summary>The last part of the name.</summary>
    public string Key { get; } = Name[(Name.LastIndexOf(':') + 1)..];

    /// <summary>The name of the group that it is in; empty for none.</summary>
    public string Parent { get; } = Name[..Math.Max(Name.LastIndexOf(':'), 0)];
}

/// <summary>All settings of a data source.</summary>
internal static class Settings
{
    public const string DataSources = nameof(RoutingOptions.DataSources);
    public const string Nodes = nameof(DataSourceOptions.Nodes);

    private const int MostConnections = 1_000_000;

    private static readonly TimeSpan Ms1 = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Ms10 = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan S1 = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan H24 = TimeSpan.FromHours(24);

    /// <summary>What concerns the whole process.</summary>
    public static IReadOnlyList<Setting> Process { get; } =
    [
        Setting.Of<RoutingOptions, int>("MaxConnections", new WholeNumberKind(1, MostConnections, zero: "no limit"), static o => o.MaxConnections, static (o, v) => o.MaxConnections = v),
        Setting.Of<RoutingOptions, int>("Instances", new WholeNumberKind(1, 100_000), static o => o.Instances, static (o, v) => o.Instances = v),
    ];

    public static IReadOnlyList<Setting> DataSource { get; } =
    [
        Setting.Of<DataSourceOptions, string>("Provider", new TextKind(examples: [.. KnownEngines.Names]), static o => o.Provider, static (o, v) => o.Provider = v),
        Setting.Of<DataSourceOptions, int>("MaxConnections", new WholeNumberKind(1, MostConnections, zero: "no limit"), static o => o.MaxConnections, static (o, v) => o.MaxConnections = v),
    ];

    public static IReadOnlyList<Setting> Node { get; } =
    [
        Setting.Of<NodeOptions, string?>("ConnectionString", new TextKind(secret: true), static o => o.ConnectionString, static (o, v) => o.ConnectionString = v),
        Setting.Of<NodeOptions, string?>("ConnectionStringName", new TextKind(), static o => o.ConnectionStringName, static (o, v) => o.ConnectionStringName = v),
        Setting.Of<NodeOptions, string?>("ConnectionStringVariable", new TextKind(), static o => o.ConnectionStringVariable, static (o, v) => o.ConnectionStringVariable = v),
        Setting.Of<NodeOptions, ConfiguredRole>("Role", new ChoiceKind<ConfiguredRole>(), static o => o.Role, static (o, v) => o.Role = v),
        Setting.Of<NodeOptions, int>("Weight", new WholeNumberKind(0, 1000), static o => o.Weight, static (o, v) => o.Weight = v, live: true),
        Setting.Of<NodeOptions, string?>("Zone", new TextKind(), static o => o.Zone, static (o, v) => o.Zone = v),
        Setting.Of<NodeOptions, bool>("Drain", new FlagKind(), static o => o.Drain, static (o, v) => o.Drain = v, live: true),
    ];

    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        new("Pool", typeof(PoolOptions),
        [
            Setting.Of<PoolOptions, int>("MaxSize", new WholeNumberKind(1, 10_000), static o => o.MaxSize, static (o, v) => o.MaxSize = v),
            Setting.Of<PoolOptions, int>("MinIdle", new WholeNumberKind(0, 10_000, "0-MaxSize"), static o => o.MinIdle, static (o, v) => o.MinIdle = v),
            Setting.Of<PoolOptions, TimeSpan>("RentTimeout", new DurationKind(Ms1, TimeSpan.FromMinutes(10), "1 ms-10 min"), static o => o.RentTimeout, static (o, v) => o.RentTimeout = v),
            Setting.Of<PoolOptions, TimeSpan>("MaxLifetime", new DurationKind(S1, H24, "1 s-24 h", zero: "never"), static o => o.MaxLifetime, static (o, v) => o.MaxLifetime = v),
            Setting.Of<PoolOptions, TimeSpan>("MaxIdleTime", new DurationKind(S1, H24, "1 s-24 h", zero: "ever"), static o => o.MaxIdleTime, static (o, v) => o.MaxIdleTime = v),
            Setting.Of<PoolOptions, TimeSpan>("ValidateAfter", new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(1), "0-1 h"), static o => o.ValidateAfter, static (o, v) => o.ValidateAfter = v),
            Setting.Of<PoolOptions, TimeSpan>("KeepAlive", new DurationKind(S1, H24, "1 s-24 h", zero: "never"), static o => o.KeepAlive, static (o, v) => o.KeepAlive = v),
            Setting.Of<PoolOptions, int>("MaxWaiting", new WholeNumberKind(0, 100_000), static o => o.MaxWaiting, static (o, v) => o.MaxWaiting = v),
            Setting.Of<PoolOptions, bool>("Adaptive", new FlagKind(), static o => o.Adaptive, static (o, v) => o.Adaptive = v),
            Setting.Of<PoolOptions, int>("AdaptiveMin", new WholeNumberKind(1, 10_000, "1-MaxSize"), static o => o.AdaptiveMin, static (o, v) => o.AdaptiveMin = v),
            Setting.Of<PoolOptions, ResetMode>("Reset", new ChoiceKind<ResetMode>(), static o => o.Reset, static (o, v) => o.Reset = v),
            Setting.Of<PoolOptions, int>("SampleStackEvery", new WholeNumberKind(1, 1_000_000, zero: "none"), static o => o.SampleStackEvery, static (o, v) => o.SampleStackEvery = v),
        ],
        static o => o.Pool),
        new("Timeouts", typeof(TimeoutOptions),
        [
            Setting.Of<TimeoutOptions, TimeSpan>("Connect", new DurationKind(Ms10, TimeSpan.FromMinutes(5), "10 ms-5 min"), static o => o.Connect, static (o, v) => o.Connect = v),
            Setting.Of<TimeoutOptions, TimeSpan>("Command", new DurationKind(S1, H24, "1 s-24 h", zero: "no limit", wholeSeconds: true), static o => o.Command, static (o, v) => o.Command = v),
            Setting.Of<TimeoutOptions, TimeSpan>("Cancel", new DurationKind(Ms10, TimeSpan.FromMinutes(1), "10 ms-1 min"), static o => o.Cancel, static (o, v) => o.Cancel = v),
        ],
        static o => o.Timeouts),
        new("Reads", typeof(ReadOptions),
        [
            Setting.Of<ReadOptions, ReadPreference>("Prefer", new ChoiceKind<ReadPreference>(), static o => o.Prefer, static (o, v) => o.Prefer = v, live: true),
            Setting.Of<ReadOptions, TimeSpan>("MaxStaleness", new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(1), "0-1 h"), static o => o.MaxStaleness, static (o, v) => o.MaxStaleness = v, live: true),
            Setting.Of<ReadOptions, ConsistencyLevel>("Consistency", new ChoiceKind<ConsistencyLevel>(), static o => o.Consistency, static (o, v) => o.Consistency = v, live: true),
            Setting.Of<ReadOptions, BalancePolicy>("Balance", new ChoiceKind<BalancePolicy>(), static o => o.Balance, static (o, v) => o.Balance = v, live: true),
            Setting.Of<ReadOptions, NoReplicaPolicy>("WhenNoReplica", new ChoiceKind<NoReplicaPolicy>(), static o => o.WhenNoReplica, static (o, v) => o.WhenNoReplica = v, live: true),
        ],
        static o => o.Reads),
        new("Telemetry", typeof(TelemetryOptions),
        [
            Setting.Of<TelemetryOptions, bool>("DriverSpans", new FlagKind(), static o => o.DriverSpans, static (o, v) => o.DriverSpans = v),
        ],
        static o => o.Telemetry),
        new("Telemetry:SlowStatement", typeof(SlowStatementOptions),
        [
            Setting.Of<SlowStatementOptions, TimeSpan>("Threshold", new DurationKind(Ms1, TimeSpan.FromHours(1), "1 ms-1 h", zero: "off"), static o => o.Threshold, static (o, v) => o.Threshold = v),
            Setting.Of<SlowStatementOptions, TimeSpan>("ReportEvery", new DurationKind(S1, H24, "1 s-24 h", zero: "never"), static o => o.ReportEvery, static (o, v) => o.ReportEvery = v),
            Setting.Of<SlowStatementOptions, int>("Top", new WholeNumberKind(1, 100), static o => o.Top, static (o, v) => o.Top = v),
            Setting.Of<SlowStatementOptions, bool>("Explain", new FlagKind(), static o => o.Explain, static (o, v) => o.Explain = v),
            Setting.Of<SlowStatementOptions, TimeSpan>("ExplainEvery", new DurationKind(S1, H24, "1 s-24 h"), static o => o.ExplainEvery, static (o, v) => o.ExplainEvery = v),
        ],
        static o => o.Telemetry?.SlowStatement),
        new("Telemetry:SqlComment", typeof(SqlCommentOptions),
        [
            Setting.Of<SqlCommentOptions, string?>("Application", new TextKind(), static o => o.Application, static (o, v) => o.Application = v),
            Setting.Of<SqlCommentOptions, bool>("DataSource", new FlagKind(), static o => o.DataSource, static (o, v) => o.DataSource = v),
            Setting.Of<SqlCommentOptions, bool>("Node", new FlagKind(), static o => o.Node, static (o, v) => o.Node = v),
            Setting.Of<SqlCommentOptions, bool>("TraceParent", new FlagKind(), static o => o.TraceParent, static (o, v) => o.TraceParent = v),
        ],
        static o => o.Telemetry?.SqlComment),
    ];

    /// <summary>The groups directly inside the group of this name; for "" those of the data source itself.</summary>
    public static IEnumerable<SettingGroup> GroupsIn(string name) => Groups.Where(group => group.Parent == name);
}
