using System.Data;
using Microsoft.Extensions.Logging;
using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Routes;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Asks a replica for the plan of a slow read, now and then, behind the caller's back. Nothing but a proven read is ever
/// explained, nothing is executed, the values go as parameters, and literals are taken out of the plan. Holds one
/// statement with its arguments at most. Thread-safe; owned by its data source.
/// </summary>
internal sealed class SlowReadExplainer : IAsyncDisposable
{
    // Planning takes milliseconds; a replica that is too busy for it is left alone.
    private const int TimeoutSeconds = 5;
    private static readonly TimeSpan RentLimit = TimeSpan.FromSeconds(1);

    private readonly string _dataSource;
    private readonly TimeSpan _every;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SupervisedLoop _loop;
    private readonly Lock _lock = new();
    private Candidate? _next;
    private long? _lastTaken;

    public SlowReadExplainer(string dataSource, TimeSpan every, TimeProvider time, ILogger logger)
    {
        _dataSource = dataSource;
        _every = every;
        _time = time;
        _logger = logger;
        _loop = new SupervisedLoop("explain slow statements of " + dataSource, every, jitter: 0, ExplainAsync, time, logger);
        _loop.Start();
    }

    /// <summary>Nothing is left to explain, and nothing is being explained.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _next is null && _loop.IsIdle;
            }
        }
    }

    /// <summary>Takes the statement if it may be explained and it is time for one.</summary>
    public void Offer(in OperationEnding ending)
    {
        if (TextFor(ending) is not { } text)
        {
            return;
        }

        lock (_lock)
        {
            if (_next is not null || (_lastTaken is { } last && _time.GetElapsedTime(last) < _every))
            {
                return;
            }

            _lastTaken = _time.GetTimestamp();
            _next = new Candidate(ending.Source, ending.Summary, ending.Call.Command with { Text = text, TimeoutSeconds = TimeoutSeconds });
        }

        _loop.Trigger();
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    /// <summary>Null when it must not, or cannot, be explained. The classifier judges what would really be sent.</summary>
    private static string? TextFor(in OperationEnding ending)
    {
        var call = ending.Call;
        var isRead = ending.Error is null && call is { Intent: Intent.Read, Statement: { Class: StatementClass.Read, StatementCount: 1 } };
        if (!isRead || call.Command.Text is not { Length: > 0 } || call.Command.CommandType != CommandType.Text || ending.Source.Engine.ExplainPrefix is not { } prefix)
        {
            return null;
        }

        var text = prefix + call.Command.Text;
        return ending.Source.Engine.Classifier.Classify(text) is { Class: StatementClass.Read, StatementCount: 1 } ? text : null;
    }

    private async ValueTask ExplainAsync(CancellationToken ct)
    {
        Candidate? candidate;
        lock (_lock)
        {
            candidate = _next;
            _next = null;
        }

        if (candidate is null)
        {
            return;
        }

        try
        {
            await ExplainAsync(candidate, ct).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A plan that cannot be had is no reason to disturb anybody.
        catch (Exception error) when (error is not OperationCanceledException || !ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.SlowStatementNotExplained(_logger, candidate.Summary, _dataSource, error.GetType().FullName);
        }
    }

    private async ValueTask ExplainAsync(Candidate candidate, CancellationToken ct)
    {
        var source = candidate.Source;
        var route = source.Routes.Choose(source.Shards.Locate(), Intent.Read, required: null);
        if (route.Node is not { Role: NodeRole.Replica } node)
        {
            // The primary has enough to do.
            return;
        }

        var lease = await source.Pools.RentAsync(route, owner: null, RentPriority.Low, telemetry: null, async: true, Deadline.After(_time, RentLimit), ct).ConfigureAwait(false);
        try
        {
            var lines = await MapperOperations.Query<string>().RunAsync(lease.Connection, candidate.Command, async: true, ct).ConfigureAwait(false);
            Log.SlowStatementPlan(_logger, candidate.Summary, _dataSource, node.Name, PlanRedactor.Redact(lines, source.QueryTexts));
        }
        catch (Exception error)
        {
            Failure.Note(source, lease, error);
            throw;
        }
        finally
        {
            await lease.ReturnAsync(async: true).ConfigureAwait(false);
        }
    }

    private sealed record Candidate(DataSourceRuntime Source, string Summary, MapperCommand Command);
}
