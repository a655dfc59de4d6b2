using System.Diagnostics;
using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Routes;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// The span and the measurement around one operation, from the caller's call to its end: what it was, where it went and
/// why, how long it waited for its connection, how it ended. Reruns are inside. Made only while somebody listens or slow
/// statements are looked for. Belongs to one operation at a time; <see cref="End"/> counts once, whoever calls it.
/// </summary>
internal sealed class StatementTelemetry
{
    private static readonly Statement Begin = Verb("BEGIN");
    private static readonly Statement Commit = Verb("COMMIT");
    private static readonly Statement Rollback = Verb("ROLLBACK");
    private static readonly Statement Savepoint = Verb("SAVEPOINT");

    private readonly DataSourceRuntime _source;
    private readonly Call _call;
    private readonly string _summary;
    private readonly Activity? _activity;
    private readonly long _started;
    private Route _route;
    private string? _lane;
    private TimeSpan _waited;
    private Exception? _error;
    private int _reruns;
    private bool _ended;

    private StatementTelemetry(DataSourceRuntime source, in Call call, int batchSize)
    {
        _source = source;
        _call = call;
        _summary = source.QueryTexts.SummaryOf(call.Statement);
        _activity = StartActivity(batchSize);
        _started = source.Time.GetTimestamp();
    }

    /// <summary>How many rows were read, or affected; null when nobody counted.</summary>
    public int? Rows { get; set; }

    /// <summary>Asked before each operation: all there is to pay while it says no.</summary>
    public static bool IsOn(DataSourceRuntime source) =>
        Telemetry.IsSupported
        && (RoutingActivitySource.Source.HasListeners() || OperationMeter.Duration.Enabled || source.SlowStatements is not null);

    /// <summary>Null while nobody listens. Must be called by an asynchronous method, which keeps the span from becoming the caller's current one.</summary>
    public static StatementTelemetry? Start(DataSourceRuntime source, in Call call, int batchSize = 1) =>
        IsOn(source) ? new StatementTelemetry(source, call, batchSize) : null;

    /// <summary>As <see cref="Start"/>, for the words that begin and end a transaction. Null inside an operation that covers them.</summary>
    public static StatementTelemetry? StartBegin(LeaseHolder holder) => StartVerb(holder, held: null, Begin);

    public static StatementTelemetry? StartCommit(LeaseHolder holder, HeldLease held) => StartVerb(holder, held, Commit);

    public static StatementTelemetry? StartRollback(LeaseHolder holder, HeldLease held) => StartVerb(holder, held, Rollback);

    /// <summary>For setting a savepoint, releasing it and rolling back to it.</summary>
    public static StatementTelemetry? StartSavepoint(LeaseHolder holder, HeldLease held) => StartVerb(holder, held, Savepoint);

    /// <summary>Runs a buffered statement inside its own telemetry, or as a part of what covers its session's statements.</summary>
    public static async ValueTask<TResult> RunAsync<TResult>(
        Session session, Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        if (session.Around is { } around)
        {
            return await session.DispatchAsync(call with { Telemetry = around }, operation, async, ct).ConfigureAwait(false);
        }

        var telemetry = Start(session.Source, call);
        try
        {
            var result = await session.DispatchAsync(call with { Telemetry = telemetry }, operation, async, ct).ConfigureAwait(false);
            if (telemetry is not null)
            {
                telemetry.Rows = operation.RowsOf(result);
            }

            return result;
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            throw;
        }
        finally
        {
            telemetry?.End();
        }
    }

    /// <summary>It has its connection. A rerun overwrites what the run before it noted, so that the node is the one that answered.</summary>
    public void OnRoute(in Route route, in RoutedLease lease, TimeSpan waited)
    {
        _route = route;
        _lane = lease.LaneName;
        _waited += waited;
    }

    /// <summary>No connection came of it; the node is still the one that was meant.</summary>
    public void OnRouteFailed(in Route route, TimeSpan waited)
    {
        _route = route;
        _waited += waited;
    }

    /// <summary>It runs on the connection that its session holds.</summary>
    public void OnHeld(HeldLease held)
    {
        _route = new Route(held.Lease.Node, _call.Intent, RouteReason.HeldConnection);
        _lane = held.Lease.LaneName;
    }

    public void OnRerun() => _reruns++;

    /// <summary>It failed for its caller, after any rerun.</summary>
    public void Fail(Exception error) => _error ??= error;

    /// <summary>The operation is over. Call it from an asynchronous method, as <see cref="Start"/>.</summary>
    public void End()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        var duration = _source.Time.GetElapsedTime(_started);
        var driver = _route.Node is { } node ? _source.DriverOf(node) : null;
        var ending = new OperationEnding(
            _source, _call, _summary, _route, driver, _error, _error is null ? null : (driver ?? _source.AnyDriver).StatusCodeOf(_error), duration, _waited, Rows);
        OperationMeter.Record(ending);
        EndActivity(ending);
        _source.SlowStatements?.Note(ending);
    }

    private static Statement Verb(string word) =>
        new("", StatementClass.Unknown, SessionEffect.ControlsTransaction, TransactionVerb.Other, word, 1, "ends or begins a transaction");

    private static StatementTelemetry? StartVerb(LeaseHolder holder, HeldLease? held, Statement verb)
    {
        if (!IsOn(holder.Source) || holder.Around is not null)
        {
            return null;
        }

        var intent = held?.Intent ?? Intent.Write;
        var telemetry = new StatementTelemetry(holder.Source, new Call(verb, default, intent, IsExplicit: true, default), batchSize: 1);
        if (held is not null)
        {
            telemetry.OnHeld(held);
        }

        return telemetry;
    }

    /// <summary>What samplers decide by is there from the start; the rest is known at the end.</summary>
    private Activity? StartActivity(int batchSize)
    {
        if (!RoutingActivitySource.Source.HasListeners())
        {
            return null;
        }

        var activity = RoutingActivitySource.Source.StartActivity(
            _summary,
            ActivityKind.Client,
            default(ActivityContext),
            [
                new(Tags.System, _source.AnyDriver.System),
                new(Tags.Summary, _summary),
                new(Tags.DataSource, _source.Name),
            ]);
        if (activity is { IsAllDataRequested: true })
        {
            if (_source.QueryTexts.TextOf(_call.Statement) is { } text)
            {
                activity.SetTag(Tags.Text, text);
            }

            if (batchSize > 1)
            {
                activity.SetTag(Tags.BatchSize, batchSize);
            }

            activity.SetTag(Tags.Class, _call.Statement.Class.ToString());
            activity.SetTag(Tags.Intent, _call.Intent.ToString());
        }

        return activity;
    }

    private void EndActivity(in OperationEnding ending)
    {
        if (_activity is not { } activity)
        {
            return;
        }

        if (activity.IsAllDataRequested)
        {
            TagEnding(activity, ending);
        }

        // So that the span and the measurement say the same.
        activity.SetEndTime(activity.StartTimeUtc + Max(ending.Duration, TimeSpan.FromTicks(1)));
        activity.Stop();
    }

    private void TagEnding(Activity activity, in OperationEnding ending)
    {
        foreach (var (key, value) in ending.Tags())
        {
            activity.SetTag(key, value);
        }

        activity.SetTag(Tags.Lane, _lane);
        activity.SetTag(Tags.Wait, _waited.TotalSeconds);
        if (_reruns > 0)
        {
            activity.SetTag(Tags.Reruns, _reruns);
        }

        if (ending.Error is not null)
        {
            // Without a description: servers put the values they object to into their messages.
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
