using System.Data;
using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Topology;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>
/// One connection to a SQLite database. Its commands run on the caller's thread, and nothing in the driver ends them, so
/// it does: a token, a deadline and <see cref="Interrupt"/> all call <c>sqlite3_interrupt</c>, and only under the gate and
/// only while a command runs, so that a late one never hits the next command.
/// </summary>
internal sealed class SqlitePhysicalConnection : PhysicalConnection
{
    // SQLite's own busy timeout climbs the same way, to 100 ms; waiting is cheap, but the lock may be free in 1 ms.
    private const int MaxBusyWaitMs = 25;

    private const Dirt Harmless = Dirt.Failed | Dirt.Cancelled | Dirt.Unproven;

    private readonly SqliteNode _node;
    private readonly LaneConnection _connection;
    private readonly Lane _lane;
    private readonly object _gate = new();
    private readonly GCHandle _self;
    private Armed[] _armed = new Armed[2];
    private int _depth;
    private Ending _ending;
    private int _endingSeconds;
    private bool _isClosed;
    private bool _isCorrupt;
    private bool _hasReadOnlyTransaction;
    private TimeSpan _unarmedLimit;
    private long _busySince;
    private bool _waitedForLock;
    private readonly ConnectionCounts _counts;
    private SqliteCommand? _validate;
    private SqliteBaseline? _baseline;

    public SqlitePhysicalConnection(SqliteNode node, LaneConnection connection, Lane lane, TimeSpan openLimit)
    {
        _node = node;
        _connection = connection;
        _lane = lane;
        _counts = new ConnectionCounts(connection);
        _unarmedLimit = openLimit;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        BusyHandler.Install(connection.Handle!, _self, node.LockLimit);
        node.Watchdog.Add(this);
    }

    private enum Ending
    {
        None,
        Token,
        Deadline,
        Asked,
    }

    public override DbConnection Connection => _connection;

    public override bool IsBroken => _isClosed || _isCorrupt || _connection.State != ConnectionState.Open;

    public override DbTransaction? CurrentTransaction => _connection.CurrentTransaction;

    private bool IsInTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Most PRAGMAs act while they are prepared, so a kept one would do nothing the second time.</summary>
    public override bool KeepsCommand(string text) => !text.Contains("pragma", StringComparison.OrdinalIgnoreCase);

    public override void CommandStarting(int timeoutSeconds, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var seconds = timeoutSeconds < 0 ? (int)_node.CommandTimeout.TotalSeconds : timeoutSeconds;
        var deadline = seconds == 0 ? long.MaxValue : _node.DeadlineIn(seconds);
        lock (_gate)
        {
            if (_depth == 0)
            {
                _ending = Ending.None;
                _waitedForLock = false;
            }

            if (_depth == _armed.Length)
            {
                Array.Resize(ref _armed, _depth * 2);
            }

            _armed[_depth++] = new Armed(deadline, seconds, cancellationToken);
        }

        if (seconds != 0)
        {
            _node.Watchdog.EnsureAwake();
        }

        if (cancellationToken.CanBeCanceled)
        {
            // Outside the gate: a token cancelled just now runs the callback right here.
            _armed[_depth - 1].Registration = cancellationToken.UnsafeRegister(static state => ((SqlitePhysicalConnection)state!).OnToken(), this);
        }
    }

    /// <summary>Disarms the newest command. Two at once are a reader and a command beside it; they end newest first, as a using block does.</summary>
    public override void CommandEnded()
    {
        CancellationTokenRegistration registration;
        lock (_gate)
        {
            registration = _armed[--_depth].Registration;
            _armed[_depth] = default;
        }

        // Outside the gate: Dispose waits for a callback that runs now, and that wants the gate.
        registration.Dispose();
    }

    public override Exception Translate(Exception error, CancellationToken cancellationToken)
    {
        if (error is not SqliteException sqlite)
        {
            return error;
        }

        _isCorrupt |= sqlite.SqliteErrorCode is raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
        if (sqlite.SqliteErrorCode is not (raw.SQLITE_INTERRUPT or raw.SQLITE_BUSY))
        {
            return error;
        }

        return _ending switch
        {
            Ending.Token when cancellationToken.IsCancellationRequested => new OperationCanceledException(
                $"The command on {_node.Name} was cancelled; the statement that ran had no effect.", error, cancellationToken),
            Ending.Deadline => SqliteErrors.TimedOut(_node, _endingSeconds, _waitedForLock, error),
            _ => error,
        };
    }

    public override bool SettlesCancel(Exception? error) => true; // interrupts are sent only while a command runs

    public override void Interrupt()
    {
        lock (_gate)
        {
            if (_depth != 0 && _ending == Ending.None)
            {
                _ending = Ending.Asked;
            }

            InterruptNeedsLock();
        }

        _node.Watchdog.EnsureAwake();
    }

    public override ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken)
    {
        // SQLite knows one level, serializable; a read transaction in WAL mode is a snapshot.
        var level = isolation == IsolationLevel.Snapshot ? IsolationLevel.Serializable : isolation;
        var mustProtect = readOnly && _lane == Lane.Writer;
        CommandStarting(-1, cancellationToken);
        try
        {
            if (mustProtect)
            {
                Execute("PRAGMA query_only=1");
                _hasReadOnlyTransaction = true;
            }

            var transaction = _connection.BeginTransaction(level, deferred: readOnly || _lane == Lane.Reader);
            return new(mustProtect ? new ReadOnlyTransaction(transaction, this) : transaction);
        }
        catch (Exception error)
        {
            EndReadOnlyTransaction();
            var other = Translate(error, cancellationToken);
            if (!ReferenceEquals(other, error))
            {
                throw other;
            }

            throw;
        }
        finally
        {
            CommandEnded();
        }
    }

    /// <summary>
    /// Neutral statements leave nothing behind, and neither does an interrupted or failed one: SQLite ends a statement
    /// before it answers. An open transaction is rolled back, whatever <paramref name="dirt"/> says. Anything else (PRAGMA,
    /// ATTACH, temporary tables, a connection handed out) cannot be undone provably, so the connection closes; only an
    /// in-memory database, which would die with it, is cleaned as well as can be: temporary objects dropped, attached
    /// databases detached, the PRAGMAs that read back set to what they were at birth.
    /// </summary>
    public override ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken) => new(CanKeep(dirt) || Reset(dirt));

    public override bool CanKeep(Dirt dirt) => (dirt & ~Harmless) == Dirt.None && IsAtRest;

    public override void IsolateState()
    {
        if (!_hasReadOnlyTransaction && _lane == Lane.Writer)
        {
            _counts.Isolate();
        }
    }

    public override ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            ReadHeader();
            return new(true);
        }
        catch (Exception error) when (error is DbException or InvalidOperationException)
        {
            return new(false);
        }
    }

    public override ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadHeader();
        return new(new ProbeResult(NodeRole.Primary, Epoch: 0, Position: null, Lag: null, Identity: ""));
    }

    public override ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return default;
            }

            _isClosed = true;
        }

        _node.Watchdog.Remove(this);
        try
        {
            _connection.Dispose();
        }
        catch (Exception error) when (error is DbException or InvalidOperationException)
        {
            // Closing rolls back first, which an I/O error can refuse; the handle is released by its finalizer then.
        }
        finally
        {
            _self.Free();
        }

        return default;
    }

    /// <summary>Ends the set-up at birth: from here waits for a lock outside a command are bounded by the command time-out.</summary>
    internal void Born()
    {
        _unarmedLimit = _node.LockLimit;
        if (_lane == Lane.Writer)
        {
            _counts.SetUp();
        }

        if (_node.Lanes == LaneLayout.OneConnection)
        {
            _baseline = SqliteBaseline.Read(_connection);
        }
    }

    internal void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Called by the watchdog. Returns whether a command runs.</summary>
    internal bool CheckDeadline(long now)
    {
        if (Volatile.Read(ref _depth) == 0)
        {
            return false;
        }

        lock (_gate)
        {
            if (_ending == Ending.None)
            {
                NoteDeadlineNeedsLock(now);
            }

            // Again at each tick: an interrupt that came before the statement had started did nothing.
            if (_ending != Ending.None)
            {
                InterruptNeedsLock();
            }

            return _depth != 0;
        }
    }

    /// <summary>Called by SQLite on the running command's thread. Returns whether to try for the lock again.</summary>
    internal bool WaitForLock(int attempts)
    {
        var now = _node.Time.GetTimestamp();
        lock (_gate)
        {
            _waitedForLock = true;
            if (attempts == 0)
            {
                _busySince = now;
            }

            if (_depth == 0)
            {
                return !_isClosed && _node.Time.GetElapsedTime(_busySince, now) < _unarmedLimit && Pause(attempts);
            }

            if (_ending == Ending.None)
            {
                NoteDeadlineNeedsLock(now);
            }

            return _ending == Ending.None && Pause(attempts) && _ending == Ending.None;
        }
    }

    internal void EndReadOnlyTransaction()
    {
        if (_hasReadOnlyTransaction && !_isClosed)
        {
            Execute("PRAGMA query_only=0");
            _hasReadOnlyTransaction = false;
        }
    }

    private bool IsAtRest => _depth == 0 && !_hasReadOnlyTransaction && !IsBroken && !IsInTransaction && _connection.CurrentTransaction is null;

    private bool Pause(int attempts)
    {
        // Releases the gate; a cancel pulses it.
        Monitor.Wait(_gate, Math.Min(1 << Math.Min(attempts, 8), MaxBusyWaitMs));
        return true;
    }

    private void OnToken()
    {
        lock (_gate)
        {
            for (var i = 0; i < _depth && _ending == Ending.None; i++)
            {
                if (_armed[i].Token.IsCancellationRequested)
                {
                    _ending = Ending.Token;
                }
            }

            if (_ending != Ending.None)
            {
                InterruptNeedsLock();
            }
        }

        _node.Watchdog.EnsureAwake();
    }

    private void NoteDeadlineNeedsLock(long now)
    {
        for (var i = 0; i < _depth; i++)
        {
            if (now >= _armed[i].Deadline)
            {
                _ending = Ending.Deadline;
                _endingSeconds = _armed[i].Seconds;
                return;
            }
        }
    }

    private void InterruptNeedsLock()
    {
        if (_depth == 0 || _isClosed)
        {
            return;
        }

        raw.sqlite3_interrupt(_connection.Handle);
        Monitor.PulseAll(_gate);
    }

    private bool Reset(Dirt dirt)
    {
        if (_depth != 0 || IsBroken)
        {
            return false;
        }

        try
        {
            _connection.CurrentTransaction?.Dispose();
            if (IsInTransaction)
            {
                Execute("ROLLBACK");
            }

            EndReadOnlyTransaction();
            var leavesState = (dirt & (Dirt.SessionState | Dirt.Unknown | Dirt.HandedOut)) != Dirt.None;
            if (!leavesState)
            {
                return IsAtRest;
            }

            _baseline?.Restore(_connection);
            return _baseline is not null && IsAtRest;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException)
        {
            return false;
        }
    }

    // Reads the file's header under a shared lock: finds a file that is gone or unreadable, and costs a few microseconds.
    private void ReadHeader()
    {
        if (_validate is null)
        {
            _validate = _connection.CreateCommand();
            _validate.CommandText = "SELECT 1 FROM sqlite_master LIMIT 1";
        }

        _validate.Transaction = _connection.CurrentTransaction;
        CommandStarting(-1, CancellationToken.None);
        try
        {
            _validate.ExecuteScalar();
        }
        finally
        {
            CommandEnded();
        }
    }

    private record struct Armed(long Deadline, int Seconds, CancellationToken Token)
    {
        public CancellationTokenRegistration Registration { get; set; }
    }
}
