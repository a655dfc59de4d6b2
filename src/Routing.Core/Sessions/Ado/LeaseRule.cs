using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Routes;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Which connection a routed connection's command runs on: the one it has while anything ties it or its node serves the
/// statement as well as any other; else that one is given back before another is rented, so that it never has two.
/// </summary>
internal static class LeaseRule
{
    /// <summary>Also says whether the command has to be protected from writing: an explicit read that only the primary is left to serve.</summary>
    public static async ValueTask<(HeldLease Held, bool MustProtect)> FindAsync(LeaseHolder holder, Call call, bool async, CancellationToken ct)
    {
        if (holder.Held is { } tied && (tied.IsNeeded || call.Statement.Effect == SessionEffect.ReadsConnectionState))
        {
            call.Telemetry?.OnHeld(tied);
            return (tied, false);
        }

        RefuseLostState(holder, call.Statement);
        await DropBrokenAsync(holder, async).ConfigureAwait(false);
        var required = Required(holder, call);
        var route = Choose(holder, call, required);
        var mustProtect = call is { IsExplicit: true, Intent: Intent.Read } && route.Reason == RouteReason.NoReplicaUsable;
        if (holder.Held is { } held && Keeps(holder, held, call, route, required))
        {
            call.Telemetry?.OnHeld(held);
            return (held, mustProtect);
        }

        await holder.ReleaseAsync(async).ConfigureAwait(false);
        return (await holder.HoldAsync(route, call.Telemetry, async, ct).ConfigureAwait(false), mustProtect);
    }

    /// <summary>The connection it has, else one of any node that may read.</summary>
    public static ValueTask<HeldLease> AnyAsync(LeaseHolder holder, bool async, CancellationToken ct) =>
        holder.Held is { } held
            ? new ValueTask<HeldLease>(held)
            : holder.HoldAsync(holder.Source.Routes.Choose(holder.Source.Shards.Locate(), Intent.Read, required: null), telemetry: null, async, ct);

    private static void RefuseLostState(LeaseHolder holder, Statement statement)
    {
        // Another holder of the next connection may have left an answer there, and it would be taken for one's own.
        if (statement.Effect == SessionEffect.ReadsConnectionState && holder is { Held: null, KeepsWhenFree: false })
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.ConnectionStateGone,
                $"'{statement.Summary}' reads what the statement before it left on the connection, but 'ReleaseAfterCommand' gave that connection back. Ways out: RETURNING in the statement itself, one transaction around both, or a connection without 'ReleaseAfterCommand'.");
        }
    }

    /// <summary>Nothing ties it, so nothing is lost with it.</summary>
    private static ValueTask DropBrokenAsync(LeaseHolder holder, bool async) =>
        holder is { OpenReaders: 0, Held.IsLost: true } ? holder.ReleaseAsync(async) : ValueTask.CompletedTask;

    private static Route Choose(LeaseHolder holder, in Call call, NodePosition? required)
    {
        var needsPrimary = call.Statement.SetsState || call.Statement.Effect == SessionEffect.ControlsTransaction;
        var intent = needsPrimary && !call.IsExplicit ? Intent.Write : call.Intent;
        return holder.Source.Routes.Choose(holder.Source.Shards.Locate(), intent, required, call.Avoid);
    }

    /// <summary>What the scope around this flow, else the process, wrote; and what this connection wrote, however long ago.</summary>
    private static NodePosition? Required(LeaseHolder holder, in Call call)
    {
        if (call.Intent != Intent.Read)
        {
            return null;
        }

        var around = Positions.Required(holder.Source, own: null, call.Consistency);
        var own = holder.Scope is { } scope ? Positions.Required(holder.Source, scope, call.Consistency) : null;
        return around is null ? own : own is null ? around : around.Max(own);
    }

    private static bool Keeps(LeaseHolder holder, HeldLease held, in Call call, in Route route, NodePosition? required)
    {
        if (Serves(holder.Source, held, route, required, call.Avoid))
        {
            return true;
        }

        if (holder.OpenReaders == 0)
        {
            return false;
        }

        return MayRunBesideReader(holder.Source, held, route.Intent, required)
            ? true
            : throw CodedErrors.InvalidOperation(
                ErrorCodes.ReaderKeepsNode,
                $"'{call.Statement.Summary}' belongs on {(route.Intent == Intent.Write ? "the primary" : "a node that shows the latest writes")}, but this connection is on '{holder.Source.Name}/{held.Lease.Node.Name}' with an open reader. Close the reader first, or use a second connection.");
    }

    private static bool Serves(DataSourceRuntime source, HeldLease held, in Route route, NodePosition? required, ulong avoid)
    {
        if (route.Node is null)
        {
            return false;
        }

        if (held.Lease.Driver.Lanes == LaneLayout.WriterAndReaders && held.Intent != route.Intent)
        {
            return false;
        }

        // Another equally good replica is no reason to move; a node that no longer qualifies is.
        var node = held.Lease.Node;
        return route.Node.Id == node.Id
            || (route is { Intent: Intent.Read, Reason: RouteReason.ReadGoesToReplica } && Current(source, node) is { } now
                && source.Routes.ExcludedFromRead(now, required, avoid) == Exclusion.None);
    }

    private static bool MayRunBesideReader(DataSourceRuntime source, HeldLease held, Intent intent, NodePosition? required)
    {
        if (Current(source, held.Lease.Node) is not { } node)
        {
            return false;
        }

        return intent == Intent.Read
            ? source.Routes.ExcludedFromRead(node, required, avoid: 0) is not (Exclusion.BehindToken or Exclusion.TooStale)
            : node.Role == NodeRole.Primary && (held.Lease.Driver.Lanes != LaneLayout.WriterAndReaders || held.Intent == Intent.Write);
    }

    private static Node? Current(DataSourceRuntime source, Node held)
    {
        foreach (var node in source.Shards.Locate().Nodes)
        {
            if (node.Id == held.Id)
            {
                return node;
            }
        }

        return null;
    }
}
