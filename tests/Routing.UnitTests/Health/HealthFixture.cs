using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Health.Monitors;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Health;

/// <summary>A data source <c>orders</c> with scripted nodes and the monitor that watches it.</summary>
internal sealed class HealthFixture : IAsyncDisposable
{
    public HealthFixture(params string[] nodes)
    {
        Store = new TopologyStore(new TopologySnapshot("orders", [new Shard("", [.. nodes.Select(Add)])], 0));
        Monitor = NewMonitor();
    }

    public WatchedTime Time { get; } = new();

    public LogCapture Log { get; } = new();

    public Dictionary<int, ScriptedDriver> Drivers { get; } = [];

    public Dictionary<int, ConfiguredRole> Roles { get; } = [];

    public TopologyStore Store { get; }

    public DataSourceMonitor Monitor { get; }

    public TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(2);

    public Node this[string name] => Store.Current.Nodes.First(node => node.Name == name);

    public DataSourceMonitor NewMonitor() => new(
        "orders",
        Store,
        node => Drivers[node.Id],
        node => Roles.GetValueOrDefault(node.Id),
        new TimeoutOptions { Connect = ConnectTimeout },
        Time,
        Log.CreateLogger("health"));

    public ScriptedDriver Driver(string name) => Drivers[this[name].Id];

    /// <summary>Makes a node and its driver; publishes nothing.</summary>
    public Node Add(string name)
    {
        var id = Drivers.Count + 1;
        Drivers[id] = new ScriptedDriver { Answer = new ProbeResult(NodeRole.Replica, 1, new ScriptedPosition(1), TimeSpan.Zero, "c") };
        return new Node { Name = name, Id = id };
    }

    public void Publish(Func<ImmutableArray<Node>, ImmutableArray<Node>> change) => Store.Update(change, static (nodes, f) => f(nodes));

    public void Answers(string name, NodeRole role, long epoch = 1, long position = 1, double lagMs = 0, string identity = "c") =>
        Driver(name).Answer = new ProbeResult(role, epoch, new ScriptedPosition(position), TimeSpan.FromMilliseconds(lagMs), identity);

    public void Fails(string name, ErrorClass errorClass = ErrorClass.ConnectionLost) =>
        Driver(name).OnProbe = Driver(name).OnOpen = _ => throw new ScriptedException(errorClass, "gone");

    public void Works(string name) => Driver(name).OnProbe = Driver(name).OnOpen = static _ => Task.CompletedTask;

    /// <summary>Lets one round of probes happen: waits until every monitor waits, lets its interval pass, and waits again.</summary>
    public async Task RoundAsync()
    {
        await IdleAsync();
        Time.Advance(NodeMonitor.Interval * 1.2);
        await IdleAsync();
    }

    /// <summary>Completes when every monitor waits for its next turn; lets the spacing between two probes pass where one waits for that.</summary>
    public async Task IdleAsync()
    {
        while (!Monitor.IsIdle)
        {
            await Time.UntilAsync(() => Monitor.IsIdle || Time.Waits().Any(static wait => wait <= NodeMonitor.MinSpacing));
            if (!Monitor.IsIdle)
            {
                Time.Advance(NodeMonitor.MinSpacing);
            }
        }
    }

    public string Describe() => string.Join(' ', Store.Current.Nodes.Select(static node => $"{node.Name}:{node.Role}:{node.State}"));

    public string[] Logged(LogLevel minimum = LogLevel.Information) => [.. Log.AtLeast(minimum).Select(static e => $"{e.Id.Id} {e.Message}")];

    public async ValueTask DisposeAsync()
    {
        await Monitor.DisposeAsync();
        Log.Dispose();
    }
}
