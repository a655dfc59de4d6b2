using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Statements;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Sessions;

/// <summary>The life of a data source: its start, the roles of its nodes where nobody watches, its changes, its end.</summary>
public sealed class RuntimeTests
{
    [Fact]
    public async Task A_blocking_caller_gets_the_error_of_a_failed_start_itself_and_the_next_tries_again()
    {
        var starts = 0;
        var start = new StartOnce((_, _) => ++starts == 1 ? ValueTask.FromException(new NodeUnavailableException("nobody answers")) : ValueTask.CompletedTask);
        var error = Assert.Throws<NodeUnavailableException>(() => start.RunAsync(async: false, CancellationToken.None).Completed());
        Assert.Equal("nobody answers", error.Message);
        Assert.False(start.IsDone);
        await start.RunAsync(async: true, CancellationToken.None);
        Assert.True(start.IsDone);
    }

    [Fact]
    public async Task A_start_carries_nothing_of_its_first_caller_along()
    {
        using var scope = new ConsistencyScope(from: null, makeAmbient: true);
        ConsistencyScope? seen = scope;
        var start = new StartOnce((_, _) =>
        {
            seen = ConsistencyScope.Current;
            return ValueTask.CompletedTask;
        });
        await start.RunAsync(async: true, CancellationToken.None);
        Assert.Null(seen);
    }

    [Fact]
    public async Task An_impatient_caller_does_not_cancel_the_start_that_others_wait_for()
    {
        var ended = new TaskCompletionSource();
        var start = new StartOnce((_, _) => new ValueTask(ended.Task));
        using var impatient = new CancellationTokenSource();
        var first = start.RunAsync(async: true, impatient.Token).AsTask();
        var second = start.RunAsync(async: true, CancellationToken.None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        ended.SetResult();
        await second;
    }

    [Fact]
    public async Task Without_monitors_a_failure_makes_all_nodes_tell_their_roles_again_once_a_second()
    {
        var time = new ManualTimeProvider();
        await using var fake = new FakeRouting(time, static options => AllAuto(options), new FakeDriver(), Replica(), Replica());
        var source = fake.Source;
        await source.Start.RunAsync(async: true, CancellationToken.None);
        Assert.Equal("a", source.Shards.Locate().Primary?.Name);

        Promote(source, "b");
        source.Signals.ReportFailure(source.Shards.Locate().Nodes[0].Id);
        await UntilAsync(() => source.Shards.Locate().Primary?.Name == "b");

        Promote(source, "c");
        source.Signals.RequestProbe(source.Shards.Locate().Nodes[0].Id);
        source.Signals.RequestProbe(source.Shards.Locate().Nodes[0].Id);
        Assert.Equal("b", source.Shards.Locate().Primary?.Name);
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return source.Shards.Locate().Primary?.Name == "c";
        });
    }

    [Fact]
    public async Task Without_monitors_dispose_waits_for_the_round_that_runs()
    {
        var driver = new FakeDriver();
        var fake = new FakeRouting(TimeProvider.System, static options => AllAuto(options), driver, Replica());
        await fake.Source.Start.RunAsync(async: true, CancellationToken.None);
        driver.ScriptOpen(FakeSteps.Hang);
        fake.Source.Signals.ReportFailure(0);
        await UntilAsync(() => driver.Attempts == 2);
        await fake.DisposeAsync();
        Assert.Equal(0, driver.OpenNow);
    }

    [Fact]
    public async Task A_new_node_has_its_pool_before_a_route_can_lead_to_it_and_keeps_its_configured_role()
    {
        var options = Options("a", "b");
        var factory = new DataSourceFactory([new OneDriverEngine()], TimeProvider.System, NullLoggerFactory.Instance, monitors: null);
        await using var source = factory.Create("fake", options);
        var broken = 0;
        source.Topology.Changed += snapshot => broken += snapshot.Nodes.Count(node => Record.Exception(() => source.Pools[node]) is not null);
        var changed = Options("a", "b", "c");
        changed.Nodes["b"].Drain = true;
        LiveChanges.Apply(source, changed, factory);
        var nodes = source.Shards.Locate().Nodes;
        Assert.Equal(["a", "b", "c"], nodes.Select(static node => node.Name));
        Assert.Equal(NodeState.Draining, nodes[1].State);
        Assert.Equal(NodeRole.Replica, nodes[2].Role);
        Assert.Equal(ConfiguredRole.Replica, source.Pools.RoleOf(nodes[2]));
        Assert.Equal(0, broken);
        Assert.DoesNotContain("c", options.Nodes.Keys);
    }

    [Fact]
    public async Task A_second_file_does_not_come_in_by_a_reload()
    {
        using var logs = new LogCapture();
        var factory = new DataSourceFactory([new OneDriverEngine(alwaysFresh: true)], TimeProvider.System, logs.Factory, monitors: null);
        await using var source = factory.Create("fake", Options("a"));
        LiveChanges.Apply(source, Options("a", "b"), factory);
        Assert.Single(source.Shards.Locate().Nodes);
        Assert.Contains(
            logs.Events,
            static entry => entry.Message == "Node b was not added to fake: a data source of an embedded engine is one file and has exactly one node.");
    }

    private static void AllAuto(DataSourceOptions options)
    {
        foreach (var node in options.Nodes.Values)
        {
            node.Role = ConfiguredRole.Auto;
        }
    }

    private static FakeDriver Replica() => new() { Probe = static () => new ProbeResult(NodeRole.Replica, 0, null, null, "") };

    private static void Promote(DataSourceRuntime source, string name)
    {
        foreach (var node in source.Shards.Locate().Nodes)
        {
            var role = node.Name == name ? NodeRole.Primary : NodeRole.Replica;
            ((FakeDriver)source.DriverOf(node)).Probe = () => new ProbeResult(role, 0, null, null, "");
        }
    }

    private static DataSourceOptions Options(params string[] nodes)
    {
        var options = new DataSourceOptions { Provider = "Fake" };
        foreach (var name in nodes)
        {
            options.Nodes[name] = new NodeOptions { Role = name == "a" ? ConfiguredRole.Primary : ConfiguredRole.Replica, Resolved = "fake" };
        }

        return options;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class OneDriverEngine(bool alwaysFresh = false) : Engine
    {
        public override string Name => "Fake";

        public override bool TextIsProof => true;

        public override IStatementClassifier Classifier => new NoClassifier();

        public override ConnectionStringRules ConnectionStrings => throw new NotSupportedException();

        public override Dialect Dialect => Routing.Providers.Sqlite.SqliteDialect.Instance;

        public override System.Data.Common.DbProviderFactory NativeFactory => Microsoft.Data.Sqlite.SqliteFactory.Instance;

        public override IDriver CreateDriver(DriverContext node) => new FakeDriver { AlwaysFresh = alwaysFresh };
    }

    private sealed class NoClassifier : IStatementClassifier
    {
        public Statement Classify(string text) => throw new NotSupportedException();
    }
}
