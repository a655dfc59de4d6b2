using System.Globalization;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// A session of the engine. A transaction at read committed takes SQLite's write lock with its first write, so that its
/// reads see what others committed until then; one at snapshot begins with its first statement and keeps what it saw.
/// </summary>
internal sealed class TsqlSession : ITdsEngineSession
{
    // After so many of SQLite's instructions it is asked whether somebody interrupted: well below a millisecond.
    private const int InstructionsBetweenQuestions = 1000;

    private static readonly TimeSpan BetweenLooksAtLock = TimeSpan.FromMilliseconds(1);

    private static long _lastTransaction;

    private readonly sqlite3 _database;
    private readonly ManualResetEventSlim _interrupt = new();
    private string _isolation = "";
    private bool _isOpen;
    private bool _isClosed;

    public TsqlSession(TsqlEngine engine, int id, bool isReplica)
    {
        IsReplica = isReplica;
        Engine = engine;
        Id = id;
        if (!TsqlFileSystem.TryOpen(engine.FileName, out _database))
        {
            throw new TdsException(4060, 11, "Cannot open database requested by the login. The login failed.");
        }

        raw.sqlite3_extended_result_codes(_database, 1);
        TsqlFunctions.Register(_database, this);

        // Asked, not told: SQLite forgets an interruption that comes just before a statement's first step.
        raw.sqlite3_progress_handler(_database, InstructionsBetweenQuestions, _ => _interrupt.IsSet ? 1 : 0, v: null);
        ExecuteRaw("PRAGMA synchronous=OFF");
        ExecuteRaw("PRAGMA foreign_keys=ON");
    }

    public TsqlEngine Engine { get; }

    public int Id { get; }

    public bool IsReplica { get; }

    public bool IsReadOnly => IsReplica || Engine.IsReadOnly;

    public TsqlState State { get; } = new();

    public string Database => Engine.Database;

    public long Transaction { get; private set; }

    public bool HasCommitted { get; private set; }

    public void Start() => _interrupt.Reset();

    public void Interrupt() => _interrupt.Set();

    public void Run(string text, IReadOnlyList<TdsParameter> parameters, TdsAnswer answer)
    {
        ThrowIfInterrupted();
        try
        {
            foreach (var statement in TsqlStatement.Split(text))
            {
                new TsqlRun(this, parameters, answer).Run(statement);
            }
        }
        catch (TdsException error) when (Transaction != 0 && (error.RollsBack || State.Settings["xact_abort"] == "on"))
        {
            RollBack("");
            throw;
        }
    }

    public void Begin(byte isolation)
    {
        if (isolation != 0)
        {
            // The level stays when the transaction has ended, as a client finds out that relies on the default.
            State.Isolation = isolation switch { 1 => "read uncommitted", 3 => "repeatable read", 4 => "serializable", 5 => "snapshot", _ => "read committed" };
        }

        if (Transaction != 0)
        {
            throw new TdsException(3989, 16, "New request is not allowed to start because transactions are not nested here.");
        }

        _isolation = State.Isolation;
        Transaction = Interlocked.Increment(ref _lastTransaction);
    }

    public void Commit()
    {
        if (Transaction == 0)
        {
            throw new TdsException(3902, 16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        if (_isOpen)
        {
            ExecuteRaw("COMMIT");
            Engine.NoteCommit();
        }

        End(committed: true);
    }

    public void RollBack(string savepoint)
    {
        if (Transaction == 0)
        {
            throw new TdsException(3903, 16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        if (savepoint.Length > 0)
        {
            ExecuteRaw($"ROLLBACK TO {Quoted(savepoint)}", new TdsException(6401, 16, $"Cannot roll back {savepoint}. No transaction or savepoint of that name was found."));
            return;
        }

        if (_isOpen && raw.sqlite3_get_autocommit(_database) == 0)
        {
            ExecuteRaw("ROLLBACK");
        }

        End(committed: false);
    }

    public void Save(string savepoint)
    {
        if (Transaction == 0)
        {
            throw new TdsException(628, 16, "Cannot issue SAVE TRANSACTION when there is no active transaction.");
        }

        EnsureOpen(forWriting: true);
        ExecuteRaw($"SAVEPOINT {Quoted(savepoint)}");
    }

    public long Load(string text, TdsTable rows) => TsqlLoad.Run(this, text, rows);

    public void Reset(bool keepsTransaction)
    {
        if (Transaction != 0 && !keepsTransaction)
        {
            RollBack("");
        }

        State.Reset();
        ReleaseLocks();
        foreach (var table in Names("SELECT name FROM temp.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"))
        {
            ExecuteRaw($"DROP TABLE temp.\"{table}\"");
        }
    }

    public void Dispose()
    {
        if (!_isClosed)
        {
            // Closing rolls back, and drops what is temporary.
            _isClosed = true;
            ReleaseLocks();
            raw.sqlite3_close_v2(_database);
            _interrupt.Dispose();
        }
    }

    /// <summary>Waits, unless somebody interrupts.</summary>
    public void Wait(TimeSpan time)
    {
        if (_interrupt.Wait(time))
        {
            throw new OperationCanceledException();
        }
    }

    public void ThrowIfInterrupted()
    {
        if (_interrupt.IsSet)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>Prepares one statement; its rest is what stands behind it.</summary>
    public sqlite3_stmt Prepare(string sql)
    {
        // Even this can meet a lock: it reads the tables' definitions, and every connection that closes locks the file for a moment.
        var started = TimeProvider.System.GetTimestamp();
        sqlite3_stmt statement;
        while (raw.sqlite3_prepare_v2(_database, sql, out statement) != raw.SQLITE_OK)
        {
            WaitForLock(started);
        }

        return statement ?? throw TsqlErrors.Syntax(sql);
    }

    /// <summary>Before a statement of SQLite runs: its part of the transaction is opened when it is needed.</summary>
    public void BeforeStep(sqlite3_stmt statement)
    {
        var writes = raw.sqlite3_stmt_readonly(statement) == 0;
        if (writes && IsReadOnly)
        {
            throw new TdsException(3906, 16, $"Failed to update database \"{Database}\" because the database is read-only.");
        }

        if (Transaction != 0)
        {
            EnsureOpen(writes);
        }
    }

    /// <summary>When a statement of SQLite has run: outside of a transaction it was committed.</summary>
    public void AfterStep(sqlite3_stmt statement)
    {
        if (Transaction == 0 && raw.sqlite3_stmt_readonly(statement) == 0)
        {
            Engine.NoteCommit();
        }
    }

    /// <summary>One row further. Waits for another session's transaction as long as the lock time-out says.</summary>
    public bool Step(sqlite3_stmt statement)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ThrowIfInterrupted();
            var code = raw.sqlite3_step(statement);
            if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
            {
                return code == raw.SQLITE_ROW;
            }

            WaitForLock(started);
            raw.sqlite3_reset(statement);
        }
    }

    public long Changes => raw.sqlite3_changes(_database);

    public long LastRowId => raw.sqlite3_last_insert_rowid(_database);

    /// <summary>A variable of the server's: <c>@@trancount</c>.</summary>
    public object? Variable(string name) => name switch
    {
        "trancount" => Transaction == 0 ? 0L : 1L,
        "spid" => (long)Id,
        "rowcount" => State.RowCount,
        "identity" => State.LastIdentity,
        "error" => 0L,
        "max_connections" => 32767L,
        "version" => "Microsoft SQL Server 2022 (not really)",
        _ => State.Settings.TryGetValue(name, out var value) ? (long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : value) : null,
    };

    public void ExecuteRaw(string sql, TdsException? otherwise = null)
    {
        using var statement = Prepare(sql);
        try
        {
            while (Step(statement))
            {
                // Some of them return a row.
            }
        }
        catch (TdsException) when (otherwise is not null)
        {
            throw otherwise;
        }
    }

    /// <summary>What a query would return, without running it.</summary>
    public List<TdsColumn> Describe(string sql)
    {
        using var statement = Prepare(sql);
        return [.. Enumerable.Range(0, raw.sqlite3_column_count(statement)).Select(i => new TdsColumn(
            raw.sqlite3_column_name(statement, i).utf8_to_string(),
            TsqlTypes.Of(raw.sqlite3_column_decltype(statement, i).utf8_to_string()) ?? TdsType.NVarCharMax))];
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void ReleaseLocks()
    {
        foreach (var (resource, holder) in Engine.Locks)
        {
            if (holder == Id)
            {
                Engine.Locks.TryRemove(resource, out _);
            }
        }
    }

    /// <summary>Waits a moment for another session's lock. What is no lock, or was waited for long enough, is the statement's error.</summary>
    private void WaitForLock(long started)
    {
        var code = raw.sqlite3_extended_errcode(_database);
        var isLock = (code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED && code != TsqlErrors.BusySnapshot;
        if (!isLock || LockTimeHasPassed(started))
        {
            throw TsqlErrors.Of(_database);
        }

        Wait(BetweenLooksAtLock);
    }

    private bool LockTimeHasPassed(long started)
    {
        var limit = long.Parse(State.Settings["lock_timeout"], CultureInfo.InvariantCulture);
        return limit >= 0 && TimeProvider.System.GetElapsedTime(started).TotalMilliseconds >= limit;
    }

    private void EnsureOpen(bool forWriting)
    {
        if (_isOpen || (!forWriting && _isolation.StartsWith("read ", StringComparison.Ordinal)))
        {
            return;
        }

        ExecuteRaw(_isolation == "snapshot" ? "BEGIN" : "BEGIN IMMEDIATE");
        _isOpen = true;
    }

    private void End(bool committed)
    {
        _isOpen = false;
        Transaction = 0;
        HasCommitted = committed;
    }

    private List<string> Names(string sql)
    {
        using var statement = Prepare(sql);
        var names = new List<string>();
        while (Step(statement))
        {
            names.Add(raw.sqlite3_column_text(statement, 0).utf8_to_string());
        }

        return names;
    }
}
