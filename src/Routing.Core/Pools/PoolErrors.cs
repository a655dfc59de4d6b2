using System.Globalization;
using System.Text;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>A lane as an error describes it: its counts, its oldest holders first, its last failed open, the limit above it that it has met, and its adaptive limit if that held callers back.</summary>
internal sealed record LaneReport(PoolStatistics Counts, IReadOnlyList<Holder> Holders, OpenFault? Fault, MetLimit? Limit, int? Adaptive);

/// <summary>The texts of a lane's errors: what failed, where, the numbers, what to change, whether to retry.</summary>
internal sealed class PoolErrors(PoolContext context, Lane lane)
{
    /// <summary>What errors call the holder of a lease that named no owner.</summary>
    public const string OneShot = "one-shot call";

    private const string Root = "Routing:";
    private const string RetrySafe = "Nothing was sent; a retry is safe.";

    private readonly string _pool = context.Driver.Lanes switch
    {
        LaneLayout.WriterAndReaders => $"Pool '{context.Name}' ({(lane == Lane.Writer ? "writer" : "readers")})",
        _ => $"Pool '{context.Name}'",
    };

    public ObjectDisposedException Disposed() =>
        CodedErrors.Disposed(ErrorCodes.PoolDisposed, $"{_pool} was disposed; it rents no connections any more.");

    public PoolExhaustedException Exhausted(LaneReport report, long waitedMs, bool callersDeadline)
    {
        var text = new StringBuilder(_pool);
        var waited = Durations.Format(waitedMs);
        text.Append(CultureInfo.InvariantCulture, $" gave no connection within {waited}{(callersDeadline ? ", the caller's deadline" : "")}: ");
        AppendCounts(text, report.Counts);
        if (report.Adaptive is { } adaptive)
        {
            text.Append(CultureInfo.InvariantCulture, $"No more are lent at once for now: the adaptive limit is {adaptive} ({Setting("Adaptive")}), because connections are held longer when more are in use, or it is still growing. ");
        }
        else if (report.Limit is { } limit)
        {
            text.Append(CultureInfo.InvariantCulture, $"No more may be opened: all {limit.Max} connections of the {limit.Whose} ({Root}{limit.Setting}) are taken. ");
        }

        AppendHolders(text, report.Holders);
        if (report.Fault is { } fault)
        {
            text.Append(CultureInfo.InvariantCulture, $"The last attempt to open one failed with \"{fault.What}\". ");
        }

        text.Append(Advice(report, callersDeadline)).Append(' ').Append(RetrySafe);
        return new PoolExhaustedException(text.ToString(), report.Fault?.Error) { Code = ErrorCodes.PoolExhausted };
    }

    public PoolExhaustedException QueueFull(LaneReport report)
    {
        var text = new StringBuilder(_pool);
        text.Append(CultureInfo.InvariantCulture, $" lets nobody wait any more, because {report.Counts.Waiting} do: ");
        AppendCounts(text, report.Counts);
        AppendHolders(text, report.Holders);
        text.Append("Send less at once, return connections sooner, ");
        if (MaxSizeSetting is { } setting)
        {
            text.Append(CultureInfo.InvariantCulture, $"raise {setting} (now {context.MaxSize}), ");
        }

        text.Append(CultureInfo.InvariantCulture, $"or raise {Setting("MaxWaiting")} (now {context.MaxWaiting}). ").Append(RetrySafe);
        return new PoolExhaustedException(text.ToString()) { Code = ErrorCodes.QueueFull };
    }

    public PoolExhaustedException NestedDeadlock(LaneReport report, string tag)
    {
        var text = new StringBuilder(_pool);
        text.Append(CultureInfo.InvariantCulture, $" can never serve this wait (nested deadlock): '{tag}' waits for a connection while ");
        text.Append(report.Counts.Max == 1
            ? "it already holds the only one. "
            : string.Create(CultureInfo.InvariantCulture, $"all {report.Counts.Max} are held by owners that themselves wait for one more. "));
        AppendHolders(text, report.Holders);
        text.Append("Run the inner statement on the session or transaction that already holds the connection, or end that one first");
        if (MaxSizeSetting is { } setting)
        {
            text.Append(CultureInfo.InvariantCulture, $", or raise {setting} (now {context.MaxSize})");
        }

        text.Append(". ").Append(RetrySafe);
        return new PoolExhaustedException(text.ToString()) { Code = ErrorCodes.NestedDeadlock };
    }

    public NodeUnavailableException OpenFailed(OpenFault fault) => new(
        $"{_pool} could not open a connection: the attempt failed after {Durations.Format(fault.DurationMs)} with \"{fault.What}\". {RetrySafe}",
        fault.Error)
    {
        Code = ErrorCodes.OpenFailed,
    };

    public NodeUnavailableException FailsFast(OpenFault fault, long nowMs)
    {
        var next = nowMs >= fault.RetryAtMs
            ? "the next one is under way"
            : $"the next one is made in {Durations.Format(fault.RetryAtMs - nowMs)}";
        return new NodeUnavailableException(
            $"{_pool} opens no connection at the moment: {Durations.Format(nowMs - fault.FailedAtMs)} ago an attempt failed after {Durations.Format(fault.DurationMs)} with \"{fault.What}\"; {next}. {RetrySafe}",
            fault.Error)
        {
            Code = ErrorCodes.OpenSuspended,
        };
    }

    /// <summary>What went wrong, in the driver's words; a cancelled open can only have met its own deadline.</summary>
    public string Describe(Exception error) => error is OperationCanceledException
        ? $"no answer within {Durations.Format(context.Connect)}"
        : ErrorCodes.TextOf(error).TrimEnd('.', ' ');

    private string? MaxSizeSetting => context.Driver.Lanes switch
    {
        LaneLayout.Shared => Setting("MaxSize"),
        LaneLayout.WriterAndReaders when lane == Lane.Reader => Setting("MaxSize"),
        _ => null,
    };

    private string Advice(LaneReport report, bool callersDeadline)
    {
        var longer = callersDeadline
            ? "give the call a later deadline"
            : $"raise {Setting("RentTimeout")} (now {Durations.Format(context.RentTimeout)})";
        if (report.Adaptive is not null)
        {
            return $"Return connections sooner, find what slows the server down under load, raise {Setting("AdaptiveMin")} (now {context.AdaptiveMin}), or {longer}.";
        }

        if (report.Limit is { } limit)
        {
            return $"Return connections sooner, raise {Root}{limit.Setting} (now {limit.Max}), or {longer}.";
        }

        if (MaxSizeSetting is { } setting)
        {
            return $"Return connections sooner, raise {setting} (now {context.MaxSize}), or {longer}.";
        }

        return context.OneConnection
            ? $"An in-memory database has one connection: return it sooner, or {longer}."
            : $"A file has one writer: keep write transactions short, or {longer}.";
    }

    private string Setting(string name) => $"{Root}DataSources:{context.DataSource}:Pool:{name}";

    private static void AppendCounts(StringBuilder text, PoolStatistics counts) => text.Append(
        CultureInfo.InvariantCulture,
        $"{counts.Active} active, {counts.Idle} idle, {counts.Opening} opening, at most {counts.Max}; {counts.Waiting} waiting. ");

    private static void AppendHolders(StringBuilder text, IReadOnlyList<Holder> holders)
    {
        if (holders.Count == 0)
        {
            return;
        }

        text.Append("Held longest by ");
        for (var i = 0; i < holders.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}'{holders[i].Tag}' ({Durations.Format(holders[i].AgeMs)}{(holders[i].Stack is { } stack ? ", rented in " + stack : "")})");
        }

        text.Append(". ");
    }
}
