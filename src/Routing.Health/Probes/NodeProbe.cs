using System.Globalization;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Health.Detectors;
using Routing.Primitives;

namespace Routing.Health.Probes;

/// <summary>
/// Asks one node who it is and how far it has come, over a connection of its own that no pool counts; it is kept between
/// probes and opened anew after a failure. The deadline is hard: a driver that hangs is left behind, its work cancelled and
/// whatever it still brings closed in the background, and no more than <see cref="MaxHanging"/> are left behind at once.
/// One caller of <see cref="AskAsync"/> at a time; owned by its <see cref="Monitors.NodeMonitor"/>.
/// </summary>
internal sealed class NodeProbe(Func<IDriver> driver, TimeSpan connectTimeout, TimeSpan closeTimeout, TimeProvider time) : IAsyncDisposable
{
    public const int MaxHanging = 4;

    /// <summary>The longest that a kept connection may take to answer; the connect time-out when that is shorter.</summary>
    public static readonly TimeSpan MaxAnswerTime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<Task> _hanging = [];
    private PhysicalConnection? _connection;

    /// <summary>Asks. Never throws for what the node or its driver does.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<ProbeAnswer> AskAsync(CancellationToken cancellationToken)
    {
        if (Hanging() >= MaxHanging)
        {
            return Failed(string.Create(CultureInfo.InvariantCulture, $"{MaxHanging} earlier probes have not ended although they were cancelled"));
        }

        var kept = _connection;
        _connection = null;
        var timeout = kept is null || connectTimeout < MaxAnswerTime ? connectTimeout : MaxAnswerTime;
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = cancel.Token;

        // On another thread: a driver may block before its first await (name resolution, a file lock), and then the
        // deadline would never be looked at.
        var attempt = Task.Run(() => AttemptAsync(kept, timeout, async: true, token).AsTask(), CancellationToken.None);
        await ((Task)attempt).WaitAsync(timeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!attempt.IsCompleted)
        {
            LeaveBehind(attempt, cancel);
            cancellationToken.ThrowIfCancellationRequested();
            return Failed(string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalMilliseconds:0} ms"));
        }

        cancel.Dispose();
        var (connection, answer) = await attempt.ConfigureAwait(false);
        _connection = connection;
        if (answer.Result is null)
        {
            // An error of the driver's that came of the cancel is not the node's.
            cancellationToken.ThrowIfCancellationRequested();
        }

        return answer;
    }

    /// <summary>
    /// Asks on the caller's thread, over a connection made for this question; how long that takes is the driver's to say. Never
    /// throws for what the node or its driver does; thread-safe.
    /// </summary>
    public ProbeAnswer AskHere()
    {
        var (connection, answer) = AttemptAsync(kept: null, connectTimeout, async: false, CancellationToken.None).Completed();
        CloseBehind(connection);
        return answer;
    }

    /// <summary>Closes the kept connection and waits for what hangs, both no longer than the close time-out.</summary>
    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        _connection = null;
        CloseBehind(connection);
        Task[] hanging;
        lock (_gate)
        {
            hanging = [.. _hanging];
        }

        // The limit's own timer, ended here: one that a wait makes for itself may stay when the wait ends while it begins.
        using var limit = new CancellationTokenSource(closeTimeout, time);
        await Task.WhenAll(hanging).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask<(PhysicalConnection? Connection, ProbeAnswer Answer)> AttemptAsync(
        PhysicalConnection? kept, TimeSpan timeout, bool async, CancellationToken cancellationToken)
    {
        var connection = kept;
        IDriver? source = null;
        try
        {
            source = driver();

            // The writer lane everywhere: where a file does not exist yet, only it may create it.
            connection ??= await source.OpenAsync(Lane.Writer, async, Deadline.After(time, timeout), cancellationToken).ConfigureAwait(false);
            var result = await connection.ProbeAsync(async, cancellationToken).ConfigureAwait(false);
            return (connection, new ProbeAnswer(Observation.Answered, result, ""));
        }
#pragma warning disable CA1031 // Whatever a driver throws is an observation about its node.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var answer = Judge(source, connection, error);
            if (connection is not null && async)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                CloseBehind(connection);
            }

            return (null, answer);
        }
    }

    /// <summary>A server that is full, or that understood the question and refused it, is alive: such errors never eject.</summary>
    private static ProbeAnswer Judge(IDriver? source, PhysicalConnection? connection, Exception error)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{error.GetType().Name}: {Secrets.Hide(error.Message)}");
        if (source is null || error is TimeoutException or OperationCanceledException)
        {
            return Failed(text);
        }

        var errorClass = source.Classify(error);
        var speaks = connection is { IsBroken: false };
        return errorClass == ErrorClass.Capacity || (speaks && errorClass is not (ErrorClass.NotExecuted or ErrorClass.ConnectionLost))
            ? new ProbeAnswer(Observation.Inconclusive, null, text)
            : Failed(text);
    }

    private static ProbeAnswer Failed(string error) => new(Observation.Failed, null, error);

    private void LeaveBehind(Task<(PhysicalConnection? Connection, ProbeAnswer Answer)> attempt, CancellationTokenSource cancel) =>
        Track(Task.Run(() => CleanUpAsync(attempt, cancel)));

    private static async Task CleanUpAsync(Task<(PhysicalConnection? Connection, ProbeAnswer Answer)> attempt, CancellationTokenSource cancel)
    {
        // Asynchronously: a driver's cancel callback may itself talk to the server that hangs.
        await cancel.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var (connection, _) = await attempt.ConfigureAwait(false);
        cancel.Dispose();
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void CloseBehind(PhysicalConnection? connection)
    {
        if (connection is not null)
        {
            Track(Task.Run(() => connection.DisposeAsync().AsTask()));
        }
    }

    private int Hanging()
    {
        lock (_gate)
        {
            _hanging.RemoveWhere(static task => task.IsCompleted);
            return _hanging.Count;
        }
    }

    private void Track(Task task)
    {
        lock (_gate)
        {
            _hanging.Add(task);
        }
    }
}
