using Routing.Diagnostics;
using Routing.Pools;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// A bulk insert from the caller's call to its end: to the primary, in a transaction of its own or a savepoint of the one
/// that is open, so that nothing half-loaded stays. Belongs to one call.
/// </summary>
internal sealed class BulkRun(string table, BulkSource source, BulkInsertOptions options) : AllOrNone<long>
{
    protected override string Tag => "bulk insert";

    public static ValueTask<long> StartAsync(Session session, string table, BulkSource source, BulkInsertOptions? options, bool async, CancellationToken ct)
    {
        CallPlan.RefuseAmbientTransaction();
        return ct.IsCancellationRequested ? ValueTask.FromCanceled<long>(ct) : new BulkRun(table, source, options ?? new BulkInsertOptions()).RunAsync(session, async, ct);
    }

    protected override Call AsOneCall(DataSourceRuntime source) => CallOf(source, Quoted(source));

    protected override int RowsOf(long result) => (int)Math.Min(result, int.MaxValue);

    protected override async ValueTask<long> SendAsync(Session session, bool async, CancellationToken ct)
    {
        var held = session.Held!;
        var quoted = Quoted(session.Source);
        var target = new BulkTarget(table, quoted, $"{session.Source.Name}/{held.Lease.Node.Name}", session.Source.Engine.Dialect, held.Lease.Driver);

        // One-shot calls in the caller's rows need a second connection; marking the flow lets their pool see that they wait for the
        // very load they are inside of.
        LeaseOwner.Current = session.Holder.Owner;
        var call = CallOf(session.Source, quoted) with { Telemetry = session.Around };
        var stored = await session.DispatchAsync(call, new BulkOperation(target, source, options), async, ct).ConfigureAwait(false);
        BulkMeter.Record(session.Source, held.Lease, stored);
        return stored;
    }

    /// <summary>What the proof that the connection is still clean looks at: an insert into the table, whose triggers may leave anything.</summary>
    private Call CallOf(DataSourceRuntime source, string quoted)
    {
        var call = CallPlan.Of(source, $"INSERT INTO {quoted} VALUES (NULL)", arguments: null, new StatementOptions { Intent = Intent.Write, Timeout = options.Timeout });
        return call with { Statement = call.Statement with { Summary = "BULK " + call.Statement.Summary } };
    }

    private string Quoted(DataSourceRuntime source)
    {
        var parts = options.Schema is { } schema ? [schema, table] : table.Split('.');
        return string.Join('.', parts.Select(source.Engine.Dialect.Quote));
    }
}
