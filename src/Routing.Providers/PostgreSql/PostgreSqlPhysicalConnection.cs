using System.Data;
using System.Data.Common;
using Npgsql;
using NpgsqlTypes;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Topology;

namespace Routing.Providers.PostgreSql;

/// <summary>One connection to a PostgreSQL server, with the Npgsql data source that serves its reset.</summary>
internal sealed class PostgreSqlPhysicalConnection : PhysicalConnection
{
    // Prepared by name at birth: when the holder dropped Npgsql's prepared statements (DISCARD ALL, DEALLOCATE ALL), this one
    // is gone too, and running it says so. It answers the statements that the holder prepared in SQL and left behind.
    private const string FlushText = "SELECT name FROM pg_prepared_statements WHERE from_sql";

    private readonly DataSourceOptions _options;
    private readonly TimeProvider _time;
    private readonly NpgsqlConnection _connection;
    private NodeProbe _probe;
    private NpgsqlCommand? _flush;
    private NpgsqlCommand? _validate;
    private readonly ResetPrefix _prefix;
    private volatile ResettingCommand? _running;
    private bool _hadTransaction;
    private bool _isOneRead;
    private int _processId;
    private bool _isReplaced;
    private volatile bool _mayBeCancelled;
    private Task? _abandoned;
    private PendingReset _pending;
    private bool _hasSequences;
    private bool _mustIsolate;

    public PostgreSqlPhysicalConnection(DataSourceOptions options, TimeProvider time, NpgsqlDataSource source, NpgsqlConnection connection)
    {
        _options = options;
        _time = time;
        Source = source;
        _connection = connection;
        _probe = new NodeProbe(connection);
        _prefix = new ResetPrefix(connection);
    }

    private enum PendingReset
    {
        None,

        /// <summary>Nothing is prepared yet: the next command carries it, or <see cref="EnsureReset"/> hands it to the driver.</summary>
        Ours,

        /// <summary>The driver sends it with whatever runs next.</summary>
        Drivers,
    }

    /// <summary>Whoever asks for it may use it in any way, so it is reset before.</summary>
    public override DbConnection Connection
    {
        get
        {
            EnsureReset();
            if (_mustIsolate)
            {
                // Whoever asks for it has time for a round trip.
                _mustIsolate = false;
                Execute(ResetPrefix.Isolation);
            }

            return _connection;
        }
    }

    public override bool IsBroken => _isReplaced || _mayBeCancelled || _abandoned is not null || !_connection.FullState.HasFlag(ConnectionState.Open);

    /// <summary>The driver's pool of one, in which the connection is closed and opened to be reset.</summary>
    internal NpgsqlDataSource Source { get; }

    /// <summary>Npgsql's commands heed tokens and time-outs by themselves, so nothing must happen at their ends.</summary>
    public override bool WatchesCommands => false;

    public override bool HasPendingReset => _pending != PendingReset.None;

    public override void CommandStarting(DbCommand command, int timeoutSeconds, CancellationToken cancellationToken)
    {
        _running = command as ResettingCommand;
        if (_pending == PendingReset.Drivers)
        {
            _pending = PendingReset.None;
        }
    }

    /// <summary>What was proven needs nothing, whether it ended well or the server refused it.</summary>
    public override bool CanKeep(Dirt dirt) => (dirt & ~Dirt.Failed) == Dirt.None && _connection.FullState == ConnectionState.Open;

    public override void LeaveState() => _hasSequences = true;

    /// <summary>Goes in front of the next command; a pending reset does the same.</summary>
    public override void IsolateState()
    {
        _mustIsolate |= _hasSequences && _pending == PendingReset.None;
        _hasSequences = true;
    }

    /// <summary>Whether something has to go in front of the next command.</summary>
    internal bool HasPrefix => _pending != PendingReset.None || _mustIsolate;

    /// <summary>It matters to a reset that is pending, and must not outlive one that is not.</summary>
    public override void ExpectOneRead() => _isOneRead = _pending == PendingReset.Ours;

    /// <summary>
    /// A plan that the table outgrew (0A000) Npgsql has dropped by itself, with the error. A statement that the server does not
    /// know (26000) was deallocated behind its back, and the others may have been too.
    /// </summary>
    public override void ForgetPlans(Exception error)
    {
        if (_isOneRead)
        {
            // The statement that failed may have taken the reset in front of it down.
            _pending = PendingReset.Ours;
        }

        if (error is PostgresException { SqlState: PostgresErrorCodes.InvalidSqlStatementName })
        {
            DropPlans();
        }
    }

    public override DbCommand CreateCommand() => new ResettingCommand(this, _connection.CreateCommand());

    /// <summary>What carries the reset that is pending; null when none is, or when the driver sends it before a command that cannot carry it.</summary>
    internal async ValueTask<ResetPrefix?> TakePrefixAsync(bool fits, bool async, CancellationToken cancellationToken)
    {
        if (_mustIsolate)
        {
            _mustIsolate = false;
            if (fits)
            {
                _prefix.Kind = PrefixKind.Isolation;
                return _prefix;
            }

            await ExecuteAsync(ResetPrefix.Isolation, async, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (_pending == PendingReset.Ours && fits)
        {
            _pending = PendingReset.None;
            _prefix.Kind = _isOneRead ? PrefixKind.Shared : PrefixKind.Guarded;
            return _prefix;
        }

        EnsureReset();
        return null;
    }

    /// <summary>
    /// Before something other than a command of ours uses the connection: a pending reset is handed to the driver. Does no
    /// I/O: closing and opening within the private pool of one only marks the connection. Only when Npgsql dropped the
    /// server connection meanwhile (it may, after a cancel that the server was slow to take) does it make another.
    /// </summary>
    internal void EnsureReset()
    {
        var isOurs = _pending == PendingReset.Ours;
        _pending = PendingReset.None;
        if (isOurs)
        {
            _connection.Close();
            _connection.Open();
            if (_connection.ProcessID != _processId)
            {
                // Nothing was begun on the lost one, so its holder need not know. What users set at birth needs no care:
                // with OnPhysicalOpen a reset is never left pending.
                _processId = _connection.ProcessID;
                _flush!.Prepare();
            }
        }
    }

    /// <summary>Npgsql returns when the server has closed the cancel's own connection, so a late cancel does not reach the next command.</summary>
    public override void Interrupt()
    {
        if (_running is not { } running)
        {
            return;
        }

        var started = _time.GetTimestamp();
        running.Cancel();

        // Npgsql gives up waiting for the server to take the cancel when its time-out for connecting has passed, and does not
        // say so. Then it may still arrive: not at somebody else's command. Half of it, because a new birth's time-out may be short.
        _mayBeCancelled |= _time.GetElapsedTime(started) * 2 >= TimeSpan.FromSeconds(_connection.ConnectionTimeout);
    }

    /// <summary>
    /// A token's cancel is Npgsql's doing, which does not say how it went. It did reach the server when the server answered
    /// it; after a time-out Npgsql breaks the connection unless the server took the cancel.
    /// </summary>
    public override bool SettlesCancel(Exception? error) => error is
        CopyStoppedException
        or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }
        or OperationCanceledException { InnerException: PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } }
        or NpgsqlException { InnerException: TimeoutException };

    /// <summary>Reads past what has arrived, cancels what has not, and leaves what does not end then; see <see cref="AbandonedResult"/>.</summary>
    public override async ValueTask<ReaderEnding> AbandonAsync(DbDataReader reader, bool async)
    {
        var result = new AbandonedResult(this, reader, _time, _options.Timeouts.Cancel);
        var ending = await result.EndAsync(async).ConfigureAwait(false);
        if (ending == ReaderEnding.Left)
        {
            _abandoned = result.Rest;
        }
        else if (async)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            reader.Dispose();
        }

        return ending;
    }

    public override async ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken)
    {
        EnsureReset();
        _hadTransaction = true;

        // Never left to the session's default, which an earlier holder may have set. Npgsql sends BEGIN with the next command.
        var level = isolation == IsolationLevel.Unspecified ? IsolationLevel.ReadCommitted : isolation;
        var transaction = async
            ? await _connection.BeginTransactionAsync(level, cancellationToken).ConfigureAwait(false)
            : _connection.BeginTransaction(level);
        if (!readOnly)
        {
            return transaction;
        }

        try
        {
            await ExecuteAsync("SET TRANSACTION READ ONLY", async, cancellationToken).ConfigureAwait(false);
            return transaction;
        }
        catch
        {
            // Its dispose rolls back on the wire, which a synchronous caller must not leave unfinished.
            if (async)
            {
                await transaction.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                transaction.Dispose();
            }

            throw;
        }
    }

    /// <summary>Any statement is refused (25P02) in a transaction that has failed; its COMMIT is not, it rolls back and says so only in its command tag.</summary>
    public override ValueTask EnsureCommittableAsync(bool async) => ExecuteAsync("SELECT 1", async, CancellationToken.None);

    /// <summary>
    /// After neutral statements only, nothing is sent now: the reset (session authorization, settings, cursors, LISTEN,
    /// advisory locks, temporary objects, sequences) goes in front of the next command, whoever's it is, and prepared
    /// statements stay. After anything else the Npgsql connection is closed and opened, which rolls back an open
    /// transaction and resets likewise, and that is sent at once, so that locks do not linger.
    /// <para>
    /// The connection is given up when a command still runs, when the server connection is not the same afterwards, and
    /// when the holder dropped what Npgsql had prepared. What a holder prepared in SQL is deallocated; LOAD is not undone.
    /// Settings made in <c>OnPhysicalOpen</c> would be undone by the reset, so it is called again after each: settings
    /// given as <c>Options=-c name=value</c> or <c>Search Path</c> in the connection string come back by themselves and cost nothing.
    /// </para>
    /// </summary>
    public override async ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken)
    {
        _isOneRead = false;
        _mustIsolate = false;
        _hasSequences = false;
        if (_connection.FullState != ConnectionState.Open || dirt.HasFlag(Dirt.Lasting))
        {
            return false;
        }

        try
        {
            if (dirt == Dirt.None && !_hadTransaction && _options.OnPhysicalOpen is null)
            {
                _pending = PendingReset.Ours;
                return true;
            }

            _hadTransaction = false;
            if (dirt.HasFlag(Dirt.Transaction))
            {
                // Npgsql would roll back by itself, but without a limit to its wait for a server that hangs.
                await RollBackAsync(async, cancellationToken).ConfigureAwait(false);
            }

            if (!await ReopenAsync(async, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (dirt.HasFlag(Dirt.Plans))
            {
                // Prepared under another search path or role, they would be planned anew, and fail where their columns differ.
                DropPlans();
            }

            if (dirt != Dirt.None)
            {
                await FlushAsync(async, cancellationToken).ConfigureAwait(false);
            }

            await UserCode.OpenedAsync(_options, _connection, async, cancellationToken).ConfigureAwait(false);

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
            _validate ??= new NpgsqlCommand("SELECT 1", _connection) { CommandTimeout = SecondsOf(_options.Timeouts.Connect) };
            EnsureReset();
            _ = async ? await _validate.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : _validate.ExecuteNonQuery();
            return true;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    public override ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken)
    {
        EnsureReset();
        return _probe.AskAsync(async, cancellationToken);
    }

    public override ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken)
    {
        EnsureReset();
        return _probe.ReadMaxConnectionsAsync(cancellationToken);
    }

    public override async ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken)
    {
        EnsureReset();
        return await _probe.CapturePositionAsync(async, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (_abandoned is { } abandoned)
            {
                // Two readers at once would break the driver, and Close is one.
                await abandoned.ConfigureAwait(false);
            }

            if (_connection.FullState == ConnectionState.Open)
            {
                // Close rolls back without a limit to its wait; a ROLLBACK that times out breaks the connection instead.
                await RollBackAsync(async: true, CancellationToken.None).ConfigureAwait(false);
            }
            else if (!IsBroken)
            {
                // Close reads an open result to its end; a cancelled one ends soon.
                Interrupt();
            }

            Source.Clear();
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the socket is closed below.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        await Source.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Brings a newly opened connection to the clean baseline.</summary>
    internal async ValueTask SetUpAsync(bool async, CancellationToken cancellationToken)
    {
        _processId = _connection.ProcessID;

        // Npgsql does not heed a token while it waits for the answer to a pending reset, so a server that hangs there is
        // given up by these commands' own time-outs.
        _flush = new NpgsqlCommand(FlushText, _connection) { CommandTimeout = SecondsOf(_options.Timeouts.Cancel) };
        if (async)
        {
            await _flush.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _flush.Prepare();
        }

        await UserCode.OpenedAsync(_options, _connection, async, cancellationToken).ConfigureAwait(false);
    }

    private static int SecondsOf(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));

    private async ValueTask<bool> ReopenAsync(bool async, CancellationToken cancellationToken)
    {
        if (async)
        {
            await _connection.CloseAsync().ConfigureAwait(false);
            await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _connection.Close();
            _connection.Open();
        }

        // Npgsql noticed that the server connection had died and made another, which was never set up.
        _isReplaced = _connection.ProcessID != _processId;
        _pending = _isReplaced ? PendingReset.None : PendingReset.Drivers;
        return !_isReplaced;
    }

    private async ValueTask FlushAsync(bool async, CancellationToken cancellationToken)
    {
        _pending = PendingReset.None;
        List<string>? left = null;
        var reader = async ? await _flush!.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : _flush!.ExecuteReader();
        await using (new ReaderScope(reader, async).ConfigureAwait(false))
        {
            while (async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read())
            {
                (left ??= []).Add(reader.GetString(0));
            }
        }

        foreach (var name in left ?? [])
        {
            await ExecuteAsync($"DEALLOCATE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", async, cancellationToken).ConfigureAwait(false);
        }
    }

    private void DropPlans()
    {
        EnsureReset();
        _connection.UnprepareAll();
        _flush!.Prepare();

        // These still hold on to names that other statements get now.
        _validate = null;
        _probe = new NodeProbe(_connection);
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        command.ExecuteNonQuery();
    }

    private ValueTask RollBackAsync(bool async, CancellationToken cancellationToken) =>
        ExecuteAsync("ROLLBACK", async, cancellationToken, SecondsOf(_options.Timeouts.Cancel));

    private async ValueTask ExecuteAsync(string sql, bool async, CancellationToken cancellationToken, int? timeoutSeconds = null)
    {
        _pending = PendingReset.None;
        var command = new NpgsqlCommand(sql, _connection);
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = timeoutSeconds ?? command.CommandTimeout;
            _ = async ? await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteNonQuery();
        }
    }
}
