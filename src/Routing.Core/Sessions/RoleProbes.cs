using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Stands in for monitors where the health package is not added: asks each node for its role once before the first
/// statement, and again when a statement met a wrong role or a lost connection. It sees no replay positions, so
/// within a consistency scope that wrote, reads go to the primary. Thread-safe.
/// </summary>
internal sealed class RoleProbes(
    string dataSource, DataSourceOptions options, TopologyStore topology, NodePools pools, ILogger logger, TimeProvider time) : ITopologyMonitor
{
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private Task _rounds = Task.CompletedTask;
    private bool _isWanted;
    private bool _isAsking;
    private long? _endedAt;

    /// <summary>Nothing runs in the background until a statement reports something.</summary>
    public void Start()
    {
    }

    public ValueTask InitialProbeAsync(bool async, CancellationToken cancellationToken)
    {
        if (async)
        {
            return new ValueTask(AskAllAsync(cancellationToken));
        }

        var bound = BlockingWork.OpenBound(options.Timeouts.Connect, options.Timeouts.Cancel);
        BlockingWork.ForEach([.. Asked], bound, node => AskAsync(node, async: false, CancellationToken.None).Completed());
        return ValueTask.CompletedTask;
    }

    public void ReportFailure(int nodeId) => RequestProbe(nodeId);

    /// <summary>
    /// Asks all nodes: where one has lost its role or died, another has probably taken it over. One round at a time, and
    /// rounds a second apart, whatever the number of failures.
    /// </summary>
    public void RequestProbe(int nodeId)
    {
        lock (_lock)
        {
            _isWanted = true;
            if (_isAsking || _stopped.IsCancellationRequested)
            {
                return;
            }

            // The rounds outlive the statement that asked for them.
            _isAsking = true;
            using (DetachedFlow.Begin())
            {
                _rounds = Task.Run(AskWhileWantedAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Ends what runs: afterwards no connection of it is open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        Task rounds;
        lock (_lock)
        {
            rounds = _rounds;
        }

        await rounds.ConfigureAwait(false);
    }

    private async Task AskWhileWantedAsync()
    {
        try
        {
            while (TakeWanted(out var pause))
            {
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, time, _stopped.Token).ConfigureAwait(false);
                }

                await AskAllAsync(_stopped.Token).ConfigureAwait(false);
                _endedAt = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // The data source is going; nobody asks any more.
        }
    }

    private bool TakeWanted(out TimeSpan pause)
    {
        lock (_lock)
        {
            _isAsking = _isWanted && !_stopped.IsCancellationRequested;
            _isWanted = false;
            pause = _endedAt is { } ended ? AtMostEvery - time.GetElapsedTime(ended) : TimeSpan.Zero;
            return _isAsking;
        }
    }

    private IEnumerable<Node> Asked => topology.Current.Nodes.Where(static node => !node.AlwaysFresh);

    private Task AskAllAsync(CancellationToken ct) => Task.WhenAll(Asked.Select(node => AskAsync(node, async: true, ct).AsTask()));

    private async ValueTask AskAsync(Node node, bool async, CancellationToken ct)
    {
        PhysicalConnection? physical = null;
        try
        {
            using var deadline = new CancellationTokenSource(options.Timeouts.Connect, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            physical = await pools[node].Driver.OpenAsync(
                Lane.Writer, async, Deadline.After(time, options.Timeouts.Connect), either.Token).ConfigureAwait(false);
            Publish(node, await physical.ProbeAsync(async, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The data source is going; nobody asks any more.
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Log.RoleUnknown(logger, Secrets.Hide(error), dataSource, node.Name);
        }

        if (physical is not null)
        {
            await physical.CloseAsync(async).ConfigureAwait(false);
        }
    }

    private void Publish(Node asked, ProbeResult answer)
    {
        var role = pools.RoleOf(asked) == ConfiguredRole.Auto ? answer.Role : asked.Role;
        topology.Update((asked.Id, role, answer.Epoch), static (nodes, found) =>
        {
            for (var i = 0; i < nodes.Length; i++)
            {
                if (nodes[i].Id == found.Id && (nodes[i].Role != found.role || nodes[i].Epoch != found.Epoch))
                {
                    return nodes.SetItem(i, nodes[i] with { Role = found.role, Epoch = found.Epoch });
                }
            }

            return nodes;
        });
    }
}
