using System.Diagnostics;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Sessions;

/// <summary>What the failing step throws.</summary>
public enum Fault
{
    Statement,
    ConnectionLost,
    RolledBack,
    NotExecuted,
    StalePlan,
    WrongRole,

    /// <summary>An error of the server's, for a time-out or a cancel.</summary>
    Cancelled,

    /// <summary>As if the caller's token had ended the step.</summary>
    Token,

    /// <summary>Nothing that a driver should throw.</summary>
    Foreign,
}

/// <summary>Which nodes there are.</summary>
public enum Nodes
{
    PrimaryAndReplica,

    /// <summary>So that reads fall back to the primary.</summary>
    ReplicaIsDown,
    PrimaryAlone,
}

/// <summary>
/// A primary and a replica over fake drivers, in which one step on the wire can be made to fail; and what must hold
/// afterwards, whichever step it was.
/// </summary>
internal sealed class FaultyRouting : IAsyncDisposable
{
    private static readonly FakeResult Rows = new(["value"], [typeof(long)], [[1L], [2L], [3L]]);

    private readonly FakeDriver[] _drivers;
    private int _failAt;
    private int _steps;
    private Fault _fault;

    public FaultyRouting(Nodes nodes = Nodes.PrimaryAndReplica, Action<DataSourceOptions>? configure = null)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _drivers = nodes == Nodes.PrimaryAlone ? [Driver()] : [Driver(), Driver()];
        Fake = new FakeRouting(TimeProvider.System, configure, _drivers);
        if (nodes == Nodes.ReplicaIsDown)
        {
            Fake.Source.Topology.Update(0, static (all, _) => all.SetItem(1, all[1] with { State = NodeState.Down }));
        }
    }

    public FakeRouting Fake { get; }

    public IRoutingDatabase Database => Fake.Database;

    public FakeDriver Primary => _drivers[0];

    public FakeDriver Replica => _drivers[1];

    public int ActiveOnPrimary => Fake.Source.Pools[Fake.Source.Topology.Current.Shards[0].Nodes[0]].GetStatistics().Active;

    /// <summary>The name of the step that failed; null when the scenario had fewer steps.</summary>
    public string? Failed { get; private set; }

    public List<string> Steps { get; } = [];

    public async Task StartAsync() => await Fake.Source.Start.RunAsync(async: true, CancellationToken.None);

    public void FailAt(int step, Fault fault)
    {
        _steps = 0;
        _failAt = step;
        _fault = fault;
        Failed = null;
        Steps.Clear();
    }

    public void StopFailing() => FailAt(0, Fault.Statement);

    /// <summary>What a monitor would have seen.</summary>
    public void SetReplicaPosition(long value) =>
        Fake.Source.Topology.Update(value, static (nodes, position) => nodes.SetItem(1, nodes[1] with { Position = new FakePosition(position) }));

    /// <summary>Forgets what the pools remember of a failed open, and their connections.</summary>
    public void ClearPools()
    {
        foreach (var pool in Fake.Source.Pools.All)
        {
            pool.Clear();
        }
    }

    /// <summary>No lease, load or wait is left, and no connection that may be lent again has an open transaction.</summary>
    public void AssertAtRest(string after)
    {
        foreach (var node in Fake.Source.Topology.Current.Nodes)
        {
            var counts = Fake.Source.Pools[node].GetStatistics();
            Assert.True(
                node.Load.InFlight == 0 && counts is { Active: 0, Waiting: 0, Opening: 0 },
                $"After {after}: node {node.Name} has {node.Load.InFlight} in flight, its pool {counts}.");
        }

        foreach (var connection in _drivers.SelectMany(static driver => driver.Connections).Where(static connection => connection.Closes == 0))
        {
            Assert.True(
                connection.Transactions.All(static transaction => transaction.Committed is not null),
                $"After {after}: connection {connection.Number} went back to its pool with an open transaction.");
        }
    }

    public ValueTask DisposeAsync() => Fake.DisposeAsync();

    private FakeDriver Driver() => new()
    {
        GoesAsync = true,
        ClassOfOthers = ErrorClass.Statement,
        OnStep = OnStep,
        Capture = static () => new FakePosition(1),
        Answer = static command => command.CommandText.StartsWith("select", StringComparison.Ordinal) || command.CommandText.Contains("returning", StringComparison.Ordinal)
            ? Rows
            : command.CommandText == "SELECT 1" ? new FakeResult(["x"], [typeof(long)], [[1L]]) : FakeResult.Changed(1),
    };

    private void OnStep(string step)
    {
        lock (Steps)
        {
            Steps.Add(step);
            if (++_steps != _failAt)
            {
                return;
            }

            Failed = step;
        }

        throw _fault switch
        {
            Fault.ConnectionLost => new FakeDbException($"lost at {step}", ErrorClass.ConnectionLost),
            Fault.RolledBack => new FakeDbException($"rolled back at {step}", ErrorClass.RolledBack),
            Fault.NotExecuted => new FakeDbException($"not executed at {step}", ErrorClass.NotExecuted),
            Fault.StalePlan => new FakeDbException($"stale at {step}", ErrorClass.StalePlan),
            Fault.WrongRole => new FakeDbException($"wrong role at {step}", ErrorClass.WrongRole),
            Fault.Cancelled => new FakeDbException($"cancelled at {step}", ErrorClass.Cancelled),
            Fault.Token => new OperationCanceledException($"token at {step}"),
            Fault.Foreign => new FormatException($"foreign at {step}"),
            _ => new FakeDbException($"refused at {step}", ErrorClass.Statement),
        };
    }
}

/// <summary>A position on a line.</summary>
internal sealed class FakePosition(long value) : NodePosition
{
    public long Value { get; } = value;

    public override bool Covers(NodePosition required) => required is FakePosition other && Value >= other.Value;
}

/// <summary>Everything is traced while it lives.</summary>
internal sealed class TracedStatements : IDisposable
{
    private readonly ActivityListener _listener;

    public TracedStatements(Action<Activity>? stopped = null)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Routing",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();
}
