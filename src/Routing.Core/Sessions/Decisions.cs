using System.Collections.Immutable;
using Routing.Routes;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Retells a routing decision in full, for <c>Explain</c>: the same choice as the hot path makes, with every candidate's reason beside it.</summary>
internal static class Decisions
{
    public static RouteDecision Explain(DataSourceRuntime source, Call call, HeldLease? held)
    {
        var shard = source.Shards.Locate();
        var route = held is null
            ? source.Routes.Choose(shard, call.Intent, call.Required, call.Avoid)
            : new Route(held.Lease.Node, call.Intent, RouteReason.HeldConnection);
        return new RouteDecision
        {
            DataSource = source.Name,
            Class = call.Statement.Class.ToString(),
            ClassReason = call.IsExplicit ? "explicit intent" : call.Statement.Reason,
            Intent = call.Intent,
            Node = route.Node?.Name,
            Reason = route.Reason,
            Candidates = [.. Candidates(source, shard, call)],
        };
    }

    private static IEnumerable<RouteCandidate> Candidates(DataSourceRuntime source, Shard shard, Call call)
    {
        foreach (var node in shard.Nodes)
        {
            var exclusion = call.Intent == Intent.Read ? source.Routes.ExcludedFromRead(node, call.Required, call.Avoid) : Exclusion.None;
            yield return new RouteCandidate(node.Name, node.Role, node.State, node.Load.InFlight, exclusion);
        }
    }
}
