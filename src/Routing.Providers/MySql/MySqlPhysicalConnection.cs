using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.Providers.MySql;

/// <summary>
/// One connection to a MySQL or MariaDB server. What a session can hold (variables, locks, temporary tables, statements) no
/// statement takes back, so a connection that may hold any is closed; what only ran proven statements is kept as it is.
/// </summary>
internal sealed class MySqlPhysicalConnection : PhysicalConnection
{
    // Sets the last insert id to 0, as on a new connection, and with it the counts of rows and the warnings.
    private const string Isolation = "SELECT LAST_INSERT_ID(0)";

    // Rows that are read past when nobody wants them: cheaper than a second connection that kills their query.
    private const int MostRowsReadPast = 256;

    private const Dirt Harmless = Dirt.Failed | Dirt.Cancelled | Dirt.Transaction;

    private static readonly TimeSpan MostTimeReadPast = TimeSpan.FromMilliseconds(50);

    private readonly MySqlNode _node;
    private readonly DbConnection _connection;
    private ServerFacts? _server;
    private NodeProbe? _probe;
    private ExceptionDispatchInfo? _rolledBack;
    private bool _isInTransaction;
    private ReadOnlyRule? _readOnly;
    private bool _hasRun;
    private bool _leavesState;
    private bool _mustIsolate;
    private bool _isOpen = true;

    public MySqlPhysicalConnection(MySqlNode node, DbConnection connection)
    {
        _node = node;
        _connection = connection;
        Guard = new CommandGuard(node, connection);
    }

    /// <summary>Whoever asks for it may use it in any way, so no kill may be on its way any more.</summary>
    public override DbConnection Connection
    {
        get
        {
            if (Guard.MustSettle && !Guard.IsLost)
            {
                Guard.SettleAsync(async: false).Ended();
            }

            return _connection;
        }
    }

    public override bool IsBroken => !_isOpen || Guard.IsLost || _connection.State != ConnectionState.Open;

    internal CommandGuard Guard { get; }

    /// <summary>Whether <see cref="GoBeforeAsync"/> has something to do before the next command; also notes that one runs.</summary>
    internal bool MustGoBefore => Guard.MustSettle || _mustIsolate || _rolledBack is not null || !_hasRun;

    public override DbCommand CreateCommand()
    {
        var inner = _connection.CreateCommand();
        inner.CommandTimeout = 0;
        return new GuardedCommand(this, inner);
    }

    public override void CommandStarting(int timeoutSeconds, CancellationToken cancellationToken) =>
        Guard.Arm(timeoutSeconds < 0 ? SecondsOf(_node.Options.Timeouts.Command) : timeoutSeconds, cancellationToken);

    public override void CommandStarting(DbCommand command, int timeoutSeconds, CancellationToken cancellationToken)
    {
        _readOnly?.Check(command);
        MySqlParameters.Refine(command.Parameters);
        CommandStarting(timeoutSeconds, cancellationToken);
    }

    public override void CommandEnded() => Guard.Disarm();

    public override bool TryReadField<T>(DbDataReader reader, int ordinal, [MaybeNullWhen(false)] out T value)
    {
        value = _node.ReadsMoments ? default : MySqlMoments.Read<T>(reader, ordinal);
        return !_node.ReadsMoments;
    }

    public override Exception Translate(Exception error, CancellationToken cancellationToken)
    {
        if (_isInTransaction && MySqlClient.NumberOf(error) == MySqlErrors.Deadlock)
        {
            // The server has rolled all of it back, and would run what follows outside of any transaction.
            _rolledBack = ExceptionDispatchInfo.Capture(error);
        }

        Guard.NoteError(error);

        // MySql.Data says so by an error of the database.
        return !Guard.IsBusy && error is DbException && MySqlClient.NumberOf(error) == 0 && error.InnerException is null
            ? new InvalidOperationException(error.Message, error)
            : Guard.Translate(error);
    }

    public override void Interrupt() => Guard.Interrupt();

    /// <summary>Nothing else runs before the kill has been waited for; one that ended well may still be about to be killed.</summary>
    public override bool SettlesCancel(Exception? error) => error is not null;

    /// <summary>What was proven needs nothing, whether it ended well or the server refused it.</summary>
    public override bool CanKeep(Dirt dirt)
    {
        _hasRun = false;
        return (dirt & ~Dirt.Failed) == Dirt.None && !_isInTransaction && !Guard.MustSettle && !IsBroken;
    }

    public override void LeaveState() => _leavesState = true;

    /// <summary>Goes before the next command.</summary>
    public override void IsolateState()
    {
        _mustIsolate |= _leavesState;
        _leavesState = true;
    }

    public override async ValueTask<ReaderEnding> AbandonAsync(DbDataReader reader, bool async)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var ending = ReaderEnding.Cancelled;
        try
        {
            if (await TryReadPastAsync(reader, async).ConfigureAwait(false))
            {
                ending = ReaderEnding.ReadToEnd;
            }
            else
            {
                // First the kill, so that the rest, which closing reads, is short.
                Guard.Interrupt();
                await Guard.WaitForKillAsync(async).ConfigureAwait(false);
            }

            if (async)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                reader.Dispose();
            }
        }
        catch (Exception error) when (error is DbException or OperationCanceledException or IOException or InvalidOperationException or NullReferenceException)
        {
            // The echo of the interrupt, or of the connection's end.
        }

        return ending;
    }

    public override async ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken)
    {
        var level = MySqlTransaction.LevelOf(isolation);
        var snapshot = isolation == IsolationLevel.Snapshot ? " WITH CONSISTENT SNAPSHOT," : "";
        await ExecuteAsync(
            $"SET TRANSACTION ISOLATION LEVEL {level}; START TRANSACTION{snapshot} {(readOnly ? "READ ONLY" : "READ WRITE")}",
            async,
            cancellationToken).ConfigureAwait(false);
        _isInTransaction = true;
        _readOnly = readOnly ? new ReadOnlyRule(_node.Name) : null;
        return new MySqlTransaction(this, isolation == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : isolation);
    }

    /// <summary>
    /// A deadlock ends the whole transaction on the server, and COMMIT would be answered as if nothing had been lost. So would
    /// one that a statement ended behind our back, as definitions do.
    /// </summary>
    public override async ValueTask EnsureCommittableAsync(bool async)
    {
        _rolledBack?.Throw();
        if (_server!.IsMariaDb && Convert.ToInt32(await ScalarAsync("SELECT @@in_transaction", async, CancellationToken.None).ConfigureAwait(false), CultureInfo.InvariantCulture) == 0)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.TransactionEnded,
                $"The transaction on {_node.Name} had ended on the server before its commit: a statement in it committed it, as definitions do, or rolled it back.");
        }
    }

    /// <summary>Rolls back what is open. What else a session may hold ends only with its connection.</summary>
    public override async ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken)
    {
        _hasRun = false;
        if (IsBroken || (dirt & ~Harmless) != Dirt.None)
        {
            return false;
        }

        try
        {
            _mustIsolate = false;
            if (Guard.MustSettle)
            {
                await Guard.SettleAsync(async).ConfigureAwait(false);
            }

            if (_isInTransaction || dirt.HasFlag(Dirt.Transaction))
            {
                await EndTransactionAsync("ROLLBACK", async, cancellationToken).ConfigureAwait(false);
            }

            _hasRun = false;
            return !IsBroken;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    public override async ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("DO 1", async, cancellationToken, SecondsOf(_node.Options.Timeouts.Connect)).ConfigureAwait(false);
            _hasRun = false;
            return true;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    public override ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken) => _probe!.AskAsync(async, cancellationToken);

    public override ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken) => _probe!.ReadMaxConnectionsAsync(cancellationToken);

    public override ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken) =>
        _probe!.CapturePositionAsync(async, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        var isBusy = Guard.IsBusy || _isInTransaction;
        await Guard.DisposeAsync().ConfigureAwait(false);
        if (Guard.IsLost)
        {
            return;
        }

        try
        {
            if (isBusy)
            {
                // MySql.Data reads an open result to its end when it closes, or fails and leaves the socket open, and with it
                // the locks of the transaction.
                await _node.KillAsync("KILL CONNECTION", Guard.ConnectionId).ConfigureAwait(false);
            }

            var closing = Task.Run(async () => await _connection.DisposeAsync().ConfigureAwait(false));
            await closing.WaitAsync(_node.Options.Timeouts.Cancel, _node.Time).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the server notices that nobody is there any more.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>Brings a newly opened connection to the clean baseline.</summary>
    internal async ValueTask SetUpAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var seconds = SecondsOf(deadline.IsNone ? _node.Options.Timeouts.Connect : deadline.Remaining);
        var mode = await AskServerAsync(seconds, async, cancellationToken).ConfigureAwait(false);
        if (_node.Options.OnPhysicalOpen is { } onOpen)
        {
            await MySqlNode.RunAsync(onOpen(_connection, cancellationToken), async).ConfigureAwait(false);
            mode = Convert.ToString(await ScalarAsync("SELECT @@session.sql_mode", async, cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture)!;
        }

        ServerFacts.RefuseMode(_node.Name, mode);
        _hasRun = false;
    }

    internal async ValueTask EndTransactionAsync(string sql, bool async, CancellationToken cancellationToken)
    {
        _isInTransaction = false;
        _readOnly = null;
        _rolledBack = null;
        await ExecuteAsync(sql, async, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask ExecuteAsync(string sql, bool async, CancellationToken cancellationToken, int seconds = -1)
    {
        CommandStarting(seconds, cancellationToken);
        var command = CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            try
            {
                command.CommandText = sql;
                await Synchronous.RunAsync(command, async).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                ThrowTranslated(error, cancellationToken);
                throw;
            }
            finally
            {
                CommandEnded();
            }
        }
    }

    internal async ValueTask<object?> ScalarAsync(string sql, bool async, CancellationToken cancellationToken) =>
        (await FirstRowsAsync(sql, async, cancellationToken).ConfigureAwait(false))[0]?[0].Value;

    /// <summary>The first row of each result; null for a result without rows.</summary>
    internal async ValueTask<IReadOnlyList<KeyValuePair<string, object?>[]?>> FirstRowsAsync(
        string sql, bool async, CancellationToken cancellationToken, int seconds = -1)
    {
        CommandStarting(seconds, cancellationToken);
        var command = CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            try
            {
                command.CommandText = sql;
                var reader = async ? await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteReader();
                await using (new ReaderScope(reader, async).ConfigureAwait(false))
                {
                    return await FirstRows.ReadAsync(reader, async).ConfigureAwait(false);
                }
            }
            catch (Exception error)
            {
                ThrowTranslated(error, cancellationToken);
                throw;
            }
            finally
            {
                CommandEnded();
            }
        }
    }

    /// <summary>What must be done before a command: refuse it, wait for a kill, hide what earlier holders left.</summary>
    internal async ValueTask GoBeforeAsync(string text, bool async)
    {
        _rolledBack?.Throw();
        if (Guard.MustSettle)
        {
            await Guard.SettleAsync(async).ConfigureAwait(false);
        }

        var isFirst = !_hasRun;
        _hasRun = true;
        if (!_mustIsolate)
        {
            return;
        }

        _mustIsolate = false;
        if (!isFirst && !MentionsInsertId(text))
        {
            // Warnings and counts of rows belong to the statement before, which was this holder's own.
            _mustIsolate = true;
            return;
        }

        var command = _connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = 0;
            command.CommandText = Isolation;
            _ = async ? await command.ExecuteScalarAsync().ConfigureAwait(false) : command.ExecuteScalar();
        }
    }

    internal void GoBefore(string text) => GoBeforeAsync(text, async: false).Ended();

    private static bool MentionsInsertId(string text) =>
        text.Contains("insert", StringComparison.OrdinalIgnoreCase) || text.Contains("identity", StringComparison.OrdinalIgnoreCase);

    private static int SecondsOf(TimeSpan time) => time <= TimeSpan.Zero ? 0 : Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));

    private void ThrowTranslated(Exception error, CancellationToken cancellationToken)
    {
        var other = Translate(error, cancellationToken);
        if (!ReferenceEquals(other, error))
        {
            throw other;
        }
    }

    private async ValueTask<string> AskServerAsync(int seconds, bool async, CancellationToken cancellationToken)
    {
        var row = (await FirstRowsAsync(ServerFacts.Question, async, cancellationToken, seconds).ConfigureAwait(false))[0]!;
        _server = ServerFacts.Of(
            Convert.ToInt64(row[0].Value, CultureInfo.InvariantCulture),
            Convert.ToString(row[1].Value, CultureInfo.InvariantCulture)!,
            Convert.ToString(row[2].Value, CultureInfo.InvariantCulture)!);
        Guard.ConnectionId = _server.ConnectionId;
        _probe = new NodeProbe(this, _server);
        return Convert.ToString(row[3].Value, CultureInfo.InvariantCulture)!;
    }

    /// <summary>Reads what little is left, as long as that takes no time worth speaking of. False when it was not all.</summary>
    private async ValueTask<bool> TryReadPastAsync(DbDataReader reader, bool async)
    {
        // Ends a read that waits for the server, too.
        using var limit = _node.Time.CreateTimer(static state => ((CommandGuard)state!).Interrupt(), Guard, MostTimeReadPast, Timeout.InfiniteTimeSpan);
        for (var i = 0; i < MostRowsReadPast; i++)
        {
            if (!await Synchronous.ReadAsync(reader, async).ConfigureAwait(false)
                && !(async ? await reader.NextResultAsync().ConfigureAwait(false) : reader.NextResult()))
            {
                return true;
            }
        }

        return false;
    }
}
