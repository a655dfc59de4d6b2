using System.Data.Common;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Transactions;

/// <summary>Where a transaction stands.</summary>
internal enum TransactionState
{
    Active,
    Committed,
    RolledBack,

    /// <summary>COMMIT was sent and its answer never came.</summary>
    Unknown,
}

/// <summary>
/// A transaction of one database, over one physical connection. It ends once; what comes after its end is refused.
/// Not thread-safe: its session lets one operation at a time through.
/// </summary>
internal sealed class LocalTransaction(PhysicalConnection connection, DbTransaction native, string tag, bool isReadOnly)
{
    // The first is the cause, the last what its caller saw; a loop that fails for ever must not be remembered whole.
    private const int MostFailures = 16;

    private List<Exception>? _failures;
    private List<Exception>? _undone;
    private int _savepoints;
    private bool _mayHaveFailed;

    public TransactionState State { get; private set; }

    public string Tag => tag;

    public bool IsReadOnly => isReadOnly;

    public DbTransaction Native => native;

    /// <summary>What it does outside the database once it is committed.</summary>
    public TransactionEffects Effects { get; } = new();

    /// <summary>What failed in it since it began or was last rolled back to a savepoint, oldest first; on some engines it cannot commit any more after the first.</summary>
    public IReadOnlyList<Exception> Failures => _failures is null ? [] : _failures;

    /// <summary>What failed in it at all: an error that leaves a nested transaction, and then the one around it, is of this one still.</summary>
    public IReadOnlyList<Exception> AllFailures => _undone is null ? Failures : [.. _undone, .. Failures];

    public static async ValueTask<LocalTransaction> BeginAsync(
        PhysicalConnection connection, System.Data.IsolationLevel isolation, bool readOnly, string tag, bool async, CancellationToken ct) =>
        new(connection, await connection.BeginTransactionAsync(isolation, readOnly, async, ct).ConfigureAwait(false), tag, readOnly);

    public void EnsureActive()
    {
        if (State != TransactionState.Active)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.TransactionEnded, $"The {tag} has ended ({State}): nothing more can run in it. Begin a new one.");
        }
    }

    /// <summary>Notes that somebody else used its connection: its commit must ask first.</summary>
    public void MayHaveFailed() => _mayHaveFailed = true;

    /// <summary>
    /// Throws when the server would answer COMMIT by rolling back, which it does without an error once a statement has
    /// failed: the caller would take what is lost for committed. Asks only where something failed. Sends no COMMIT.
    /// </summary>
    public async ValueTask EnsureCommittableAsync(bool async)
    {
        EnsureActive();
        if (!_mayHaveFailed)
        {
            return;
        }

        try
        {
            await connection.EnsureCommittableAsync(async).ConfigureAwait(false);
        }
        catch
        {
            CommitWasRefused();
            throw;
        }
    }

    /// <summary>Sends COMMIT. From here on the caller's token is ignored: a cancelled COMMIT would leave its outcome unknown.</summary>
    public async ValueTask CommitAsync(bool async)
    {
        EnsureActive();
        State = TransactionState.Unknown;
        if (async)
        {
            await native.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            native.Commit();
        }

        State = TransactionState.Committed;
    }

    /// <summary>The server refused COMMIT, or would have, so nothing was applied.</summary>
    public void CommitWasRefused() => State = TransactionState.RolledBack;

    public async ValueTask RollbackAsync(bool async)
    {
        EnsureActive();
        State = TransactionState.RolledBack;
        if (async)
        {
            await native.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            native.Rollback();
        }
    }

    /// <summary>It is over without a word from us: the connection was lost, or its state cannot be told any more.</summary>
    public void Lost() => State = State == TransactionState.Active ? TransactionState.RolledBack : State;

    public void NoteFailure(Exception error)
    {
        _mayHaveFailed = true;
        _failures ??= [];
        if (_failures.Count == MostFailures)
        {
            _failures.RemoveAt(MostFailures - 1);
        }

        _failures.Add(error);
    }

    /// <summary>Numbers grow: a savepoint set later has a greater one, and lies inside those that are open then.</summary>
    public int NextSavepoint() => ++_savepoints;

    public async ValueTask SaveAsync(string name, bool async, CancellationToken ct)
    {
        EnsureActive();
        if (async)
        {
            await native.SaveAsync(name, ct).ConfigureAwait(false);
        }
        else
        {
            native.Save(name);
        }
    }

    public async ValueTask RollbackToAsync(string name, bool async)
    {
        EnsureActive();
        if (async)
        {
            await native.RollbackAsync(name, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            native.Rollback(name);
        }

        if (_failures is { } failures)
        {
            _failures = null;
            _undone ??= [];
            _undone.AddRange(failures.Take(MostFailures - _undone.Count));
        }
    }

    public async ValueTask ReleaseAsync(string name, bool async, CancellationToken ct)
    {
        EnsureActive();
        if (async)
        {
            await native.ReleaseAsync(name, ct).ConfigureAwait(false);
        }
        else
        {
            native.Release(name);
        }
    }

    /// <summary>Ends the driver's own object. Its rollback of an open transaction is part of it.</summary>
    public ValueTask DisposeAsync(bool async)
    {
        if (async)
        {
            return native.DisposeAsync();
        }

        native.Dispose();
        return ValueTask.CompletedTask;
    }
}
