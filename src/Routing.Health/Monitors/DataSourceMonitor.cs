using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Health.Detectors;
using Routing.Health.Probes;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Topology;

namespace Routing.Health.Monitors;

/// <summary>
/// Watches the nodes of one data source: one <see cref="NodeMonitor"/> per node of the topology, started and stopped as
/// nodes come and go. What they and the sessions observe becomes verdicts under one lock; the verdicts are published, and
/// the log is written, outside it. Thread-safe; dispose stops all monitors, waits for them and closes their connections.
/// </summary>
internal sealed class DataSourceMonitor : ITopologyMonitor
{
    private readonly string _dataSource;
    private readonly TopologyStore _store;
    private readonly Func<Node, IDriver> _driverOf;
    private readonly Func<Node, ConfiguredRole> _roleOf;
    private readonly TimeoutOptions _timeouts;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _stopping = [];

    // By cluster identity: epochs of two clusters cannot be compared. One entry per cluster the nodes ever belonged to.
    private readonly Dictionary<string, long> _highestEpochs = [];
    private ImmutableDictionary<int, WatchedNode> _watched = ImmutableDictionary<int, WatchedNode>.Empty;
    private ImmutableDictionary<int, NodeVerdict> _verdicts = ImmutableDictionary<int, NodeVerdict>.Empty;
    private bool _started;
    private bool _disposed;

    public DataSourceMonitor(
        string dataSource,
        TopologyStore store,
        Func<Node, IDriver> driverOf,
        Func<Node, ConfiguredRole> roleOf,
        TimeoutOptions timeouts,
        TimeProvider time,
        ILogger logger)
    {
        _dataSource = dataSource;
        _store = store;
        _driverOf = driverOf;
        _roleOf = roleOf;
        _timeouts = timeouts;
        _time = time;
        _logger = logger;
    }

    /// <summary>The topology as published now.</summary>
    public TopologySnapshot Current => _store.Current;

    /// <summary>How many nodes are watched.</summary>
    public int Count => Volatile.Read(ref _watched).Count;

    /// <summary>Whether no probe runs and none is asked for.</summary>
    public bool IsIdle => Volatile.Read(ref _watched).Values.All(static watched => watched.Monitor.IsIdle);

    public void Start()
    {
        lock (_gate)
        {
            if (_started || _disposed)
            {
                return;
            }

            _started = true;
            _store.Changed += OnChanged;
            HealthMeters.Add(this);
        }

        Reconcile();
    }

    public ValueTask InitialProbeAsync(bool async, CancellationToken cancellationToken)
    {
        Start();
        var monitors = new List<NodeMonitor>();
        foreach (var node in _store.Current.Nodes)
        {
            if (_roleOf(node) == ConfiguredRole.Auto && Volatile.Read(ref _watched).TryGetValue(node.Id, out var watched))
            {
                monitors.Add(watched.Monitor);
            }
        }

        if (async)
        {
            return new ValueTask(Task.WhenAll(monitors.Select(static monitor => monitor.FirstAnswer)).WaitAsync(cancellationToken));
        }

        BlockingWork.ForEach(monitors, BlockingWork.OpenBound(_timeouts.Connect, _timeouts.Cancel), static monitor => monitor.AskHere());
        return ValueTask.CompletedTask;
    }

    public void ReportFailure(int nodeId)
    {
        if (!Volatile.Read(ref _watched).TryGetValue(nodeId, out var watched))
        {
            return;
        }

        Observe(watched, new ProbeAnswer(Observation.LeaseFailed, null, "a statement lost its connection or could not get one"));
        watched.Monitor.Trigger();
    }

    public void RequestProbe(int nodeId)
    {
        if (Volatile.Read(ref _watched).TryGetValue(nodeId, out var watched))
        {
            watched.Monitor.Trigger();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] stopping;
        lock (_gate)
        {
            _disposed = true;
            _store.Changed -= OnChanged;
            HealthMeters.Remove(this);
            StopAllBut_NeedsLock([]);
            stopping = [.. _stopping];
        }

        await Task.WhenAll(stopping).ConfigureAwait(false);
    }

    private void OnChanged(TopologySnapshot published) => Reconcile();

    /// <summary>Makes the monitors match the nodes. Reads the current topology, not the event's: events of two publishers may arrive in either order.</summary>
    private void Reconcile()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            var nodes = _store.Current.Nodes.ToDictionary(static node => node.Id);
            StopAllBut_NeedsLock(nodes);
            foreach (var node in nodes.Values)
            {
                if (!_watched.ContainsKey(node.Id))
                {
                    Watch_NeedsLock(node);
                }
            }
        }
    }

    private void Watch_NeedsLock(Node node)
    {
        var watched = new WatchedNode(node, MonitorOf);
        Volatile.Write(ref _watched, _watched.Add(node.Id, watched));
        watched.Monitor.Start();
        HealthLog.Watching(_logger, _dataSource, node.Name);
    }

    private NodeMonitor MonitorOf(WatchedNode watched)
    {
        var probe = new NodeProbe(() => _driverOf(NodeOf(watched)), _timeouts.Connect, _timeouts.Cancel, _time);
        return new NodeMonitor($"{_dataSource}/{watched.Name}", probe, answer => Observe(watched, answer), _time, _logger);
    }

    private Node NodeOf(WatchedNode watched) => _store.Current.Nodes.First(node => node.Id == watched.Id);

    private void StopAllBut_NeedsLock(Dictionary<int, Node> nodes)
    {
        _stopping.RemoveWhere(static task => task.IsCompleted);
        foreach (var watched in _watched.Values)
        {
            if (nodes.ContainsKey(watched.Id))
            {
                continue;
            }

            Volatile.Write(ref _watched, _watched.Remove(watched.Id));
            Volatile.Write(ref _verdicts, _verdicts.Remove(watched.Id));
            _stopping.Add(watched.Monitor.DisposeAsync().AsTask());
            HealthLog.NotWatching(_logger, _dataSource, watched.Name);
        }
    }

    private void Observe(WatchedNode watched, ProbeAnswer answer)
    {
        List<Action>? events = null;
        bool primaryLost;
        lock (_gate)
        {
            if (!_watched.ContainsKey(watched.Id) || (answer.Observation == Observation.LeaseFailed && watched.Health.LeaseFailureCounted))
            {
                return;
            }

            primaryLost = watched.Role.Role == NodeRole.Primary && answer.Observation is (Observation.Failed or Observation.LeaseFailed);
            ObserveHealth_NeedsLock(watched, answer, ref events);
            ObserveRoles_NeedsLock(watched, answer, ref events);
        }

        Publish();
        foreach (var write in events ?? [])
        {
            write();
        }

        if (primaryLost)
        {
            AskForTheNewPrimary(watched);
        }
    }

    /// <summary>Whoever took over knows it already; waiting for its next turn would only lengthen the outage.</summary>
    private void AskForTheNewPrimary(WatchedNode lost)
    {
        foreach (var other in Volatile.Read(ref _watched).Values)
        {
            if (other != lost)
            {
                other.Monitor.Trigger();
            }
        }
    }

    private void ObserveHealth_NeedsLock(WatchedNode watched, ProbeAnswer answer, ref List<Action>? events)
    {
        var before = watched.Health;
        var after = FailureDetector.Observe(before, answer.Observation);
        watched.Health = after;
        watched.IsObserved = true;
        if (answer.Observation == Observation.Inconclusive && !watched.InconclusiveLogged)
        {
            (events ??= []).Add(() => HealthLog.ProbeInconclusive(_logger, _dataSource, watched.Name, after.State, answer.Error));
        }

        watched.InconclusiveLogged = answer.Observation == Observation.Inconclusive || (watched.InconclusiveLogged && answer.Observation == Observation.LeaseFailed);
        if (after.State != before.State)
        {
            (events ??= []).Add(() => LogState(watched.Name, before, after, answer.Error));
        }
    }

    private void LogState(string node, NodeHealth before, NodeHealth after, string error)
    {
        switch (after.State)
        {
            case NodeState.Up:
                HealthLog.NodeUp(_logger, _dataSource, node, before.State);
                break;
            case NodeState.Suspect:
                HealthLog.NodeSuspect(_logger, _dataSource, node, before.State, error);
                break;
            default:
                HealthLog.NodeDown(_logger, _dataSource, node, after.FailuresInARow, error);
                break;
        }
    }

    private void ObserveRoles_NeedsLock(WatchedNode watched, ProbeAnswer answer, ref List<Action>? events)
    {
        if (answer.Result is { } result)
        {
            watched.Last = result;
            RememberEpoch_NeedsLock(result);
        }

        var nodes = _store.Current.Nodes.Where(node => _watched.ContainsKey(node.Id)).ToArray();
        var candidates = Array.ConvertAll(nodes, node => _watched[node.Id].Candidate(node, _roleOf(node), HighestEpochFor_NeedsLock(node)));
        var roles = RoleResolver.Resolve(candidates);
        var verdicts = _verdicts.ToBuilder();
        for (var i = 0; i < nodes.Length; i++)
        {
            var other = _watched[nodes[i].Id];
            if (!other.IsObserved)
            {
                continue;
            }

            var before = other.Role;
            other.Role = roles[i];
            verdicts[other.Id] = other.Verdict(nodes[i]);
            if (roles[i] != before)
            {
                var (candidate, role) = (candidates[i], roles[i]);
                var primary = PrimaryName(nodes, roles);
                (events ??= []).Add(() => LogRole(other.Name, candidate, before, role, primary));
            }
        }

        Volatile.Write(ref _verdicts, verdicts.ToImmutable());
    }

    private void LogRole(string node, RoleCandidate candidate, RoleVerdict before, RoleVerdict after, string primary)
    {
        if (after.Role != before.Role)
        {
            HealthLog.RoleChanged(_logger, _dataSource, node, after.Role, before.Role, candidate.Epoch);
        }

        switch (after.Conflict)
        {
            case RoleConflict.Configured:
                HealthLog.RoleContradictsConfiguration(_logger, _dataSource, node, candidate.Claimed, after.Role);
                break;
            case RoleConflict.Fenced:
                HealthLog.PrimaryFenced(_logger, _dataSource, node, candidate.Epoch, candidate.HighestEpoch);
                break;
            case RoleConflict.Outranked:
                HealthLog.SecondPrimary(_logger, _dataSource, node, candidate.Epoch, primary);
                break;
        }
    }

    private static string PrimaryName(Node[] nodes, RoleVerdict[] roles)
    {
        var index = Array.FindIndex(roles, static role => role.Role == NodeRole.Primary);
        return index < 0 ? "" : nodes[index].Name;
    }

    private void RememberEpoch_NeedsLock(ProbeResult result)
    {
        if (result.Role == NodeRole.Primary && result.Epoch > _highestEpochs.GetValueOrDefault(result.Identity))
        {
            _highestEpochs[result.Identity] = result.Epoch;
        }
    }

    private long HighestEpochFor_NeedsLock(Node node) =>
        _watched[node.Id].Last is { } last ? _highestEpochs.GetValueOrDefault(last.Identity) : 0;

    /// <summary>
    /// Publishes the newest verdicts, and looks again until there is nothing left to change: a thread that computed
    /// its change from older verdicts may win the swap after one with newer ones found the topology right already.
    /// Ends because each further pass needs a verdict that came in meanwhile.
    /// </summary>
    private void Publish()
    {
        while (_store.Update(this, static (nodes, monitor) => Apply(nodes, Volatile.Read(ref monitor._verdicts))))
        {
        }
    }

    private static ImmutableArray<Node> Apply(ImmutableArray<Node> nodes, ImmutableDictionary<int, NodeVerdict> verdicts)
    {
        ImmutableArray<Node>.Builder? changed = null;
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            var judged = verdicts.TryGetValue(node.Id, out var verdict) ? verdict.ApplyTo(node) : node;
            if (!ReferenceEquals(judged, node))
            {
                changed ??= nodes.ToBuilder();
                changed[i] = judged;
            }
        }

        return changed?.ToImmutable() ?? nodes;
    }
}
