using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Health.Monitors;
using Routing.Topology;

namespace Routing.UnitTests.Health.Monitors;

public sealed class DataSourceMonitorTests
{
    [Fact]
    public async Task The_initial_probe_resolves_roles_states_and_positions()
    {
        await using var f = new HealthFixture("a", "b", "c");
        f.Answers("a", NodeRole.Primary, epoch: 4, position: 20);
        f.Answers("b", NodeRole.Replica, epoch: 4, position: 18, lagMs: 30);
        f.Fails("c");

        await f.Monitor.InitialProbeAsync(async: true, default);

        Assert.Equal("a:Primary:Up b:Replica:Up c:Unknown:Suspect", f.Describe());
        Assert.Equal((4, "@20"), (f["a"].Epoch, f["a"].Position!.ToString()));
        Assert.Equal((4, "@18", TimeSpan.FromMilliseconds(30)), (f["b"].Epoch, f["b"].Position!.ToString(), f["b"].Lag));
        Assert.Equal("a", f.Store.Current.Shards[0].Primary!.Name);
    }

    [Fact]
    public async Task Callers_of_the_initial_probe_share_one_round()
    {
        await using var f = new HealthFixture("a");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => f.Monitor.InitialProbeAsync(async: true, default).AsTask()));

        Assert.Equal(1, f.Driver("a").Asked);
    }

    [Fact]
    public async Task The_initial_probe_ends_at_the_connect_deadline_when_a_node_hangs()
    {
        await using var f = new HealthFixture("a", "b");
        f.Answers("a", NodeRole.Primary);
        f.Driver("b").OnOpen = static ct => Task.Delay(Timeout.Infinite, ct);
        var probing = f.Monitor.InitialProbeAsync(async: true, default).AsTask();
        await f.Time.UntilAsync(() => f["a"].State == NodeState.Up && f.Time.Waits().Contains(f.ConnectTimeout));
        Assert.False(probing.IsCompleted);

        // Again where the wait that was seen was not yet the one for b.
        do
        {
            f.Time.Advance(f.ConnectTimeout);
        }
        while (await Task.WhenAny(probing, Task.Delay(TimeSpan.FromSeconds(5))) != probing);

        await probing;
        Assert.Equal(NodeRole.Unknown, f["b"].Role);
        Assert.Equal(NodeState.Suspect, f["b"].State);
    }

    [Fact]
    public async Task The_initial_probe_does_not_wait_for_nodes_whose_role_is_configured()
    {
        await using var f = new HealthFixture("a", "b");
        f.Roles[f["b"].Id] = ConfiguredRole.Replica;
        f.Driver("b").OnOpen = static ct => Task.Delay(Timeout.Infinite, ct);

        await f.Monitor.InitialProbeAsync(async: true, default);

        Assert.Equal(NodeState.Up, f["a"].State);
    }

    [Fact]
    public async Task The_initial_probe_can_be_given_up()
    {
        await using var f = new HealthFixture("a");
        f.Driver("a").OnOpen = static ct => Task.Delay(Timeout.Infinite, ct);
        using var stop = new CancellationTokenSource();
        var probing = f.Monitor.InitialProbeAsync(async: true, stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
    }

    [Fact]
    public async Task Three_failed_probes_take_a_node_down_and_one_answer_brings_it_back()
    {
        await using var f = new HealthFixture("a", "b");
        f.Answers("a", NodeRole.Primary);
        await f.Monitor.InitialProbeAsync(async: true, default);

        f.Fails("b");
        await f.RoundAsync();
        Assert.Equal("a:Primary:Up b:Replica:Suspect", f.Describe());
        await f.RoundAsync();
        Assert.Equal("a:Primary:Up b:Replica:Suspect", f.Describe());
        await f.RoundAsync();
        Assert.Equal("a:Primary:Up b:Replica:Down", f.Describe());
        await f.RoundAsync();
        Assert.Equal("a:Primary:Up b:Replica:Down", f.Describe());

        f.Works("b");
        await f.RoundAsync();

        Assert.Equal("a:Primary:Up b:Replica:Up", f.Describe());
        Assert.Equal(
            [
                "3001 Node orders/b is suspect (was Up): ScriptedException: gone.",
                "3002 Node orders/b is down after 3 failures in a row; it gets nothing until a probe is answered. Last: ScriptedException: gone.",
                "3000 Node orders/b is up (was Down).",
            ],
            f.Logged().Where(static line => line.Contains("orders/b", StringComparison.Ordinal)).Skip(2));
    }

    [Fact]
    public async Task A_failed_lease_makes_a_node_suspect_and_probes_it_at_once()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        await f.IdleAsync();
        var hold = new TaskCompletionSource();
        f.Driver("a").OnProbe = _ => hold.Task;

        f.Monitor.ReportFailure(f["a"].Id);
        Assert.Equal(NodeState.Suspect, f["a"].State);

        await f.Time.UntilAsync(() => f.Time.Waits().Contains(NodeMonitor.MinSpacing));
        f.Time.Advance(NodeMonitor.MinSpacing);
        hold.SetResult();
        await f.Time.UntilAsync(() => f["a"].State == NodeState.Up);
        Assert.Equal(2, f.Driver("a").Asked);
        Assert.Equal(
            "3001 Node orders/a is suspect (was Up): a statement lost its connection or could not get one.",
            Assert.Single(f.Logged(LogLevel.Warning)));
    }

    [Fact]
    public async Task Many_failed_leases_at_once_do_not_take_a_node_down()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        await f.IdleAsync();

        for (var i = 0; i < 500; i++)
        {
            f.Monitor.ReportFailure(f["a"].Id);
        }

        Assert.Equal(NodeState.Suspect, f["a"].State);
    }

    [Fact]
    public async Task A_failed_lease_of_the_primary_asks_every_other_node_whether_it_has_taken_over()
    {
        await using var f = new HealthFixture("a", "b", "c");
        f.Answers("a", NodeRole.Primary, epoch: 1);
        await f.Monitor.InitialProbeAsync(async: true, default);
        await f.IdleAsync();
        f.Fails("a");
        f.Answers("c", NodeRole.Primary, epoch: 2);

        f.Monitor.ReportFailure(f["a"].Id);
        await f.IdleAsync();

        // Not even the interval has passed.
        Assert.Equal("a:Unknown:Suspect b:Replica:Up c:Primary:Up", f.Describe());
    }

    [Fact]
    public async Task A_failed_lease_of_a_replica_asks_no_other_node()
    {
        await using var f = new HealthFixture("a", "b");
        f.Answers("a", NodeRole.Primary);
        await f.Monitor.InitialProbeAsync(async: true, default);
        await f.IdleAsync();

        f.Monitor.ReportFailure(f["b"].Id);
        await f.IdleAsync();

        Assert.Equal((1, 2), (f.Driver("a").Asked, f.Driver("b").Asked));
    }

    [Fact]
    public async Task Requested_probes_share_one_and_never_come_closer_than_the_spacing()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        await f.IdleAsync();
        f.Answers("a", NodeRole.Replica, position: 7);

        for (var i = 0; i < 100; i++)
        {
            f.Monitor.RequestProbe(f["a"].Id);
        }

        await f.Time.UntilAsync(() => f.Time.Waits() is [var wait] && wait == NodeMonitor.MinSpacing);
        Assert.Equal("@1", f["a"].Position!.ToString());
        f.Time.Advance(NodeMonitor.MinSpacing);
        await f.Time.UntilAsync(() => f["a"].Position!.ToString() == "@7");

        await f.IdleAsync();

        // Requests that came after the first had been taken up are served by one more probe.

        Assert.InRange(f.Driver("a").Asked, 2, 3);
    }

    [Fact]
    public async Task Signals_about_unknown_nodes_and_before_the_start_are_ignored()
    {
        await using var f = new HealthFixture("a");
        f.Monitor.ReportFailure(1);
        f.Monitor.RequestProbe(1);
        await f.Monitor.InitialProbeAsync(async: true, default);
        f.Monitor.ReportFailure(99);
        f.Monitor.RequestProbe(99);

        Assert.Equal("a:Replica:Up", f.Describe());
    }

    [Fact]
    public async Task Nothing_is_published_while_nothing_changes()
    {
        await using var f = new HealthFixture("a", "b");
        await f.Monitor.InitialProbeAsync(async: true, default);
        var before = f.Store.Current;

        for (var i = 0; i < 5; i++)
        {
            await f.RoundAsync();
        }

        Assert.Same(before, f.Store.Current);
    }

    [Fact]
    public async Task A_promotion_moves_the_primary_and_the_old_one_is_fenced_when_it_comes_back()
    {
        await using var f = new HealthFixture("a", "b");
        f.Answers("a", NodeRole.Primary, epoch: 1);
        await f.Monitor.InitialProbeAsync(async: true, default);

        f.Fails("a");
        f.Answers("b", NodeRole.Primary, epoch: 2);
        await f.RoundAsync();
        Assert.Equal("a:Unknown:Suspect b:Primary:Up", f.Describe());

        // The old primary answers again and still takes itself for the writer, while the new one is away.
        f.Works("a");
        f.Fails("b");
        for (var i = 0; i < 3; i++)
        {
            await f.RoundAsync();
        }

        Assert.Equal("a:Unknown:Up b:Primary:Down", f.Describe());
        Assert.Contains(
            "3005 Node orders/a says it is primary under epoch 1, but epoch 2 has been seen; it gets no statements until it follows.",
            f.Logged(LogLevel.Error));

        f.Answers("a", NodeRole.Replica, epoch: 2);
        f.Works("b");
        await f.RoundAsync();
        Assert.Equal("a:Replica:Up b:Primary:Up", f.Describe());
    }

    [Fact]
    public async Task Epochs_of_another_cluster_do_not_fence()
    {
        await using var f = new HealthFixture("a");
        f.Answers("a", NodeRole.Primary, epoch: 5, identity: "first");
        await f.Monitor.InitialProbeAsync(async: true, default);

        f.Answers("a", NodeRole.Primary, epoch: 1, identity: "second");
        await f.RoundAsync();

        Assert.Equal("a:Primary:Up", f.Describe());
    }

    [Fact]
    public async Task Of_two_primaries_at_one_epoch_the_current_one_stays_and_the_other_is_named_once()
    {
        await using var f = new HealthFixture("a", "b");
        f.Answers("b", NodeRole.Primary);
        await f.Monitor.InitialProbeAsync(async: true, default);

        f.Answers("a", NodeRole.Primary);
        await f.RoundAsync();
        await f.RoundAsync();

        Assert.Equal("a:Unknown:Up b:Primary:Up", f.Describe());
        Assert.Equal(
            "3006 Node orders/a says it is primary under epoch 1, but node b is primary; b keeps the writes and a gets no statements. Make one of them follow the other.",
            Assert.Single(f.Logged(LogLevel.Error)));
    }

    [Fact]
    public async Task A_configured_role_wins_and_the_contradiction_is_logged_once()
    {
        await using var f = new HealthFixture("a", "b");
        f.Roles[f["a"].Id] = ConfiguredRole.Primary;
        f.Roles[f["b"].Id] = ConfiguredRole.Replica;
        f.Answers("b", NodeRole.Primary);
        await f.Monitor.InitialProbeAsync(async: true, default);
        f.Monitor.Start();
        await f.RoundAsync();
        await f.RoundAsync();

        Assert.Equal("a:Primary:Up b:Replica:Up", f.Describe());
        Assert.Equal(
            [
                "3004 Node orders/a says it is Replica, but is configured as Primary; the configuration wins. Set its Role to Auto, or correct it.",
                "3004 Node orders/b says it is Primary, but is configured as Replica; the configuration wins. Set its Role to Auto, or correct it.",
            ],
            f.Logged(LogLevel.Warning).Order());
    }

    [Fact]
    public async Task A_full_server_keeps_its_state_and_is_logged_once()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        f.Fails("a", ErrorClass.Capacity);

        for (var i = 0; i < 4; i++)
        {
            await f.RoundAsync();
        }

        Assert.Equal("a:Replica:Up", f.Describe());
        Assert.Equal(
            "3007 The probe of node orders/a ended in an error that does not mean the node is down; its state stays Up: ScriptedException: gone.",
            Assert.Single(f.Logged(LogLevel.Warning)));
    }

    [Fact]
    public async Task A_draining_node_is_watched_but_stays_draining_until_the_configuration_takes_it_back()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        f.Publish(nodes => [nodes[0] with { State = NodeState.Draining }]);
        f.Answers("a", NodeRole.Replica, position: 9);
        await f.RoundAsync();
        Assert.Equal((NodeState.Draining, "@9"), (f["a"].State, f["a"].Position!.ToString()));

        f.Publish(nodes => [nodes[0] with { State = NodeState.Unknown }]);
        await f.RoundAsync();

        Assert.Equal(NodeState.Up, f["a"].State);
    }

    [Fact]
    public async Task A_node_that_comes_is_watched_and_one_that_goes_is_closed()
    {
        await using var f = new HealthFixture("a");
        await f.Monitor.InitialProbeAsync(async: true, default);
        var b = f.Add("b");

        f.Publish(nodes => nodes.Add(b));
        await f.Time.UntilAsync(() => f["b"].State == NodeState.Up && f.Drivers[b.Id].Open == 1);
        Assert.Equal(2, f.Monitor.Count);

        f.Publish(nodes => [nodes[0]]);
        await f.Time.UntilAsync(() => f.Time.Alive == 1);
        Assert.Equal(1, f.Monitor.Count);
        await f.Monitor.DisposeAsync();
        Assert.Equal(0, f.Drivers[b.Id].Open);
    }

    [Fact]
    public async Task After_dispose_nothing_runs_nothing_is_open_and_signals_do_nothing()
    {
        await using var f = new HealthFixture("a", "b");
        await f.Monitor.InitialProbeAsync(async: true, default);

        await f.Monitor.DisposeAsync();
        await f.Monitor.DisposeAsync();
        f.Monitor.Start();
        f.Monitor.ReportFailure(1);
        f.Monitor.RequestProbe(1);
        f.Publish(nodes => nodes.Add(f.Add("c")));

        Assert.Equal(0, f.Monitor.Count);
        await f.Time.NoTimerLeftAsync();
        Assert.All(f.Drivers.Values, static driver => Assert.Equal(0, driver.Open));
        Assert.Equal("a:Replica:Up b:Replica:Up c:Unknown:Unknown", f.Describe());
    }

    [Fact]
    public async Task An_initial_probe_that_is_waiting_ends_when_the_monitor_is_disposed()
    {
        await using var f = new HealthFixture("a");
        f.Driver("a").OnOpen = static ct => Task.Delay(Timeout.Infinite, ct);
        var probing = f.Monitor.InitialProbeAsync(async: true, default).AsTask();

        await f.Monitor.DisposeAsync();

        await probing;
    }

    [Fact]
    public async Task Ten_thousand_cycles_of_start_flap_and_stop_leave_no_connection_loop_or_timer()
    {
        await using var f = new HealthFixture("a", "b");
        var random = new Random(20260101);
        for (var cycle = 0; cycle < 10_000; cycle++)
        {
            await using var monitor = f.NewMonitor();
            var (a, b) = (f.Drivers[1], f.Drivers[2]);
            switch (random.Next(4))
            {
                case 0:
                    monitor.Start();
                    break;
                case 1:
                    await monitor.InitialProbeAsync(async: true, default);
                    break;
                case 2:
                    await monitor.InitialProbeAsync(async: true, default);
                    a.OnProbe = static _ => throw new ScriptedException(ErrorClass.ConnectionLost);
                    monitor.ReportFailure(1);
                    a.OnProbe = static _ => Task.CompletedTask;
                    monitor.RequestProbe(1);
                    break;
                default:
                    b.OnOpen = static ct => Task.Delay(Timeout.Infinite, ct);
                    monitor.Start();
                    monitor.RequestProbe(2);
                    f.Publish(static nodes => [nodes[0]]);
                    f.Publish(nodes => nodes.Add(new Node { Name = "b", Id = 2 }));
                    b.OnOpen = static _ => Task.CompletedTask;
                    break;
            }
        }

        await f.Time.NoTimerLeftAsync();
        Assert.All(f.Drivers.Values, static driver => Assert.Equal(0, driver.Open));
    }
}
