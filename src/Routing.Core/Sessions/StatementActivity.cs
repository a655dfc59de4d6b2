using System.Diagnostics;
using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Routes;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>The activity around a statement: what it was, where it went, why, and how long it waited for its connection.</summary>
internal static class StatementActivity
{
    public static async ValueTask<TResult> RunAsync<TResult>(
        Session session, Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        using var activity = Start(session.Source, call);
        try
        {
            return await session.DispatchAsync(call, operation, async, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(activity, error);
            throw;
        }
    }

    /// <summary>Says that the statement failed for its caller, after any rerun.</summary>
    public static void Fail(Activity? activity, Exception error)
    {
        activity?.SetStatus(ActivityStatusCode.Error);
        activity?.SetTag("error.type", error.GetType().FullName);
    }

    /// <summary>Null while nobody listens.</summary>
    public static Activity? Start(DataSourceRuntime source, in Call call)
    {
        if (!Tracing.Source.HasListeners())
        {
            return null;
        }

        var activity = Tracing.Source.StartActivity(call.Statement.Summary, ActivityKind.Client);
        if (activity is not null)
        {
            activity.SetTag("db.namespace", source.Name);
            activity.SetTag("db.query.summary", call.Statement.Summary);
            activity.SetTag("routing.statement.class", call.Statement.Class.ToString());
            activity.SetTag("routing.intent", call.Intent.ToString());
        }

        return activity;
    }

    /// <summary>Says that the statement runs on the connection its session holds.</summary>
    public static void TagHeld(HeldLease held, in Call call)
    {
        if (Tracing.Source.HasListeners())
        {
            TagRoute(new Route(held.Lease.Node, call.Intent, RouteReason.HeldConnection), held.Lease, TimeSpan.Zero);
        }
    }

    /// <summary>Adds the route to the running activity; a rerun overwrites it, so that it names the node that answered.</summary>
    public static void TagRoute(in Route route, in RoutedLease lease, TimeSpan waited)
    {
        if (Activity.Current is { } activity && ReferenceEquals(activity.Source, Tracing.Source) && route.Node is { } node)
        {
            activity.SetTag("routing.node", node.Name);
            activity.SetTag("routing.node.role", node.Role.ToString());
            activity.SetTag("routing.lane", lease.LaneName);
            activity.SetTag("routing.reason", route.Reason.ToString());
            activity.SetTag("routing.pool.wait_ms", waited.TotalMilliseconds);
        }
    }
}
