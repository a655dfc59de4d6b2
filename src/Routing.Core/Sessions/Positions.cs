using System.Collections.Immutable;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Which position a read must see, and where a write ended, told to everyone whose reads must see it.</summary>
internal static class Positions
{
    /// <summary>A read with the position its node must have reached.</summary>
    /// <param name="own">The caller's scope; null for the ambient one, else the process's.</param>
    public static Call Require(DataSourceRuntime source, ConsistencyScope? own, Call call) =>
        call.Intent == Intent.Read && Required(source, own, call.Consistency) is { } required ? call with { Required = required } : call;

    public static NodePosition? Required(DataSourceRuntime source, ConsistencyScope? own, ConsistencyLevel consistency)
    {
        if (consistency == ConsistencyLevel.Any)
        {
            return null;
        }

        return (own ?? ConsistencyScope.Current) is { } scope
            ? scope.Required(source.Name)
            : source.ProcessWrites.Required(source.Routes.Options.MaxStaleness);
    }

    /// <summary>What a session that stands in for a one-shot call must see: what the call itself would.</summary>
    public static ConsistencyToken? TokenOfOneShot(DataSourceRuntime source) => ConsistencyScope.Current is { } scope
        ? scope.Token
        : source.ProcessWrites.Required(source.Routes.Options.MaxStaleness) is { } position
            ? new ConsistencyToken(ImmutableDictionary<string, NodePosition>.Empty.Add(source.Name, position))
            : null;

    /// <summary>After a success: a write leaves its position; a read that had to go to the primary asks whether the replicas have caught up.</summary>
    public static ValueTask NoteOutcomeAsync(DataSourceRuntime source, ConsistencyScope? own, RoutedLease lease, Call call, bool async)
    {
        if (call.Intent == Intent.Write)
        {
            return CaptureAsync(source, own, lease, call.Consistency, async);
        }

        if (call.Required is not null && lease.Node.Role == NodeRole.Primary)
        {
            RequestFreshPositions(source);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Reads the position that a write reached, where a replica exists that must reach it too. What ran on a replica wrote nothing.</summary>
    public static ValueTask CaptureAsync(DataSourceRuntime source, ConsistencyScope? own, RoutedLease lease, ConsistencyLevel consistency, bool async) =>
        consistency != ConsistencyLevel.Any && lease.Node.Role != NodeRole.Replica && source.Shards.Locate().HasReplicas && !lease.Driver.AlwaysFresh
            ? AskAndNoteAsync(source, own, lease, async)
            : ValueTask.CompletedTask;

    private static async ValueTask AskAndNoteAsync(DataSourceRuntime source, ConsistencyScope? own, RoutedLease lease, bool async)
    {
        if (await AskAsync(source, lease, async).ConfigureAwait(false) is not { } position)
        {
            return;
        }

        // All three may read later: one-shots without a scope, the scope around this flow, the writer's own.
        source.ProcessWrites.Wrote(position);
        ConsistencyScope.Current?.Wrote(source.Name, position);
        own?.Wrote(source.Name, position);
    }

    private static async ValueTask<NodePosition?> AskAsync(DataSourceRuntime source, RoutedLease lease, bool async)
    {
        try
        {
            // The write is done, so the caller's token no longer counts: giving up here would only lose the position.
            return await lease.Physical.CapturePositionAsync(async, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The write succeeded and must be reported so; its readers go to the primary until they know better.
            lease.Discard();
            Log.PositionUnknown(source.Logger, error, source.Name, lease.Node.Name);
            return UnknownPosition.Instance;
        }
    }

    private static void RequestFreshPositions(DataSourceRuntime source)
    {
        foreach (var node in source.Shards.Locate().Nodes)
        {
            // A replica without a position has nobody who watches it, or an engine without positions: asking changes nothing.
            if (node is { Role: NodeRole.Replica, Position: not null })
            {
                source.Signals.RequestProbe(node.Id);
            }
        }
    }
}
