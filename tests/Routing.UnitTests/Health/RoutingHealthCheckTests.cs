using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Routing.Configuration;
using Routing.Health;
using Routing.Sessions;
using Routing.Topology;

namespace Routing.UnitTests.Health;

public sealed class RoutingHealthCheckTests
{
    // A node is "role state": P primary, R replica, U unknown; Unknown, Up, Suspect, Down, Draining.
    [Theory]
    //          nodes                                 | status       description
    [InlineData("P Up",                                 "Healthy",   "orders: reads and writes.")]
    [InlineData("P Up,R Up,R Up",                       "Healthy",   "orders: reads and writes.")]
    [InlineData("P Unknown,R Unknown",                  "Healthy",   "orders: reads and writes.")]
    [InlineData("P Up,R Draining",                      "Healthy",   "orders: reads and writes.")]
    [InlineData("P Suspect,R Up",                       "Degraded",  "orders: reads and writes (a: Primary Suspect).")]
    [InlineData("P Up,R Suspect",                       "Degraded",  "orders: reads and writes (b: Replica Suspect).")]
    [InlineData("P Up,R Down,R Up",                     "Degraded",  "orders: reads and writes (b: Replica Down).")]
    [InlineData("P Up,U Up",                            "Degraded",  "orders: reads and writes (b: Unknown Up).")]
    [InlineData("P Down,R Up",                          "Degraded",  "orders: reads only, no usable primary (a: Primary Down).")]
    [InlineData("P Draining,R Up",                      "Degraded",  "orders: reads only, no usable primary.")]
    [InlineData("U Up,R Up",                            "Degraded",  "orders: reads only, no usable primary (a: Unknown Up).")]
    [InlineData("P Down",                               "Unhealthy", "orders: neither reads nor writes (a: Primary Down).")]
    [InlineData("P Down,R Down",                        "Unhealthy", "orders: neither reads nor writes (a: Primary Down, b: Replica Down).")]
    [InlineData("P Down,R Draining",                    "Unhealthy", "orders: neither reads nor writes (a: Primary Down).")]
    [InlineData("U Unknown,U Unknown",                  "Unhealthy", "orders: neither reads nor writes (a: Unknown Unknown, b: Unknown Unknown).")]
    public void Nodes_lead_to_a_status(string nodes, string status, string description)
    {
        var result = RoutingHealthCheck.Judge(Topology(nodes), HealthStatus.Unhealthy);

        Assert.Equal((status, description), (result.Status.ToString(), result.Description));
    }

    [Fact]
    public void The_data_are_the_table_of_nodes()
    {
        var load = new NodeLoad();
        load.Begin();
        var node = new Node
        {
            Name = "a",
            Id = 1,
            Role = NodeRole.Replica,
            State = NodeState.Up,
            Weight = 3,
            Epoch = 7,
            Position = new ScriptedPosition(42),
            Lag = TimeSpan.FromMilliseconds(12.5),
            Load = load,
        };

        var result = RoutingHealthCheck.Judge(new TopologySnapshot("orders", [new Shard("", [node])], 0), HealthStatus.Unhealthy);

        Assert.Equal(
            """{"a":{"role":"Replica","state":"Up","lagMs":12.5,"position":"@42","epoch":7,"weight":3,"inFlight":1}}""",
            JsonSerializer.Serialize(result.Data));
    }

    [Fact]
    public async Task AddHealth_registers_a_check_per_data_source_and_the_monitors()
    {
        var registry = new Registry
        {
            ["orders"] = new TopologyStore(Topology("P Up,R Down")),
            ["stock"] = new TopologyStore(Topology("P Down")),
        };
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<ITopologyRegistry>(registry);
        var builder = new Builder(services);
        Assert.Same(builder, builder.AddHealth());
        builder.AddHealth();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(static check => check.Tags.SetEquals(["routing", "ready"]));

        Assert.Equal(
            ["routing:orders Degraded", "routing:stock Unhealthy"],
            report.Entries.Select(static entry => $"{entry.Key} {entry.Value.Status}").Order());
        Assert.Single(provider.GetServices<ITopologyMonitorFactory>());
    }

    [Fact]
    public async Task A_check_of_a_data_source_that_is_not_there_fails_as_registered()
    {
        var check = new RoutingHealthCheck(new Registry(), "gone");
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("x", check, HealthStatus.Degraded, null) };

        var result = await check.CheckHealthAsync(context);

        Assert.Equal((HealthStatus.Degraded, "gone: not a data source of this process."), (result.Status, result.Description));
    }

    private static TopologySnapshot Topology(string nodes) => new(
        "orders",
        [new Shard("", [.. nodes.Split(',').Select(static (text, i) => new Node
        {
            Name = ((char)('a' + i)).ToString(),
            Id = i,
            Role = text[0] switch { 'P' => NodeRole.Primary, 'R' => NodeRole.Replica, _ => NodeRole.Unknown },
            State = Enum.Parse<NodeState>(text[2..]),
        })])],
        0);

    private sealed class Registry : Dictionary<string, TopologyStore>, ITopologyRegistry
    {
        public IReadOnlyList<string> DataSources => [.. Keys];

        public bool TryGet(string dataSource, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TopologyStore? store) =>
            TryGetValue(dataSource, out store);
    }

    private sealed class Builder(IServiceCollection services) : IRoutingBuilder
    {
        public IServiceCollection Services => services;

        public IReadOnlyList<string> DataSources => [];

        public IRoutingBuilder Configure(string dataSource, Action<DataSourceOptions> configure) => this;
    }
}
