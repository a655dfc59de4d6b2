using Routing.Diagnostics;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Transactions;

namespace Routing;

/// <summary>
/// A transaction of a <see cref="Session"/>, or a savepoint of one when it is nested. Its statements, and those of its
/// session, run on one connection until it ends. Disposing it without a commit rolls back. Not thread-safe; one
/// operation at a time.
/// </summary>
public sealed class SessionTransaction : ISqlRunner, IAsyncDisposable, IDisposable
{
    private readonly Session _session;
    private readonly HeldLease _held;
    private readonly LocalTransaction _transaction;
    private readonly int _savepoint;
    private bool _ended;

    /// <param name="savepoint">0 for the outermost.</param>
    internal SessionTransaction(Session session, HeldLease held, LocalTransaction transaction, int savepoint, int attempt)
    {
        _session = session;
        _held = held;
        _transaction = transaction;
        _savepoint = savepoint;
        Attempt = attempt;
    }

    /// <summary>Which run of its delegate this is, from 1; always 1 outside <c>TransactAsync</c>.</summary>
    public int Attempt { get; }

    /// <summary>The node it runs on.</summary>
    public string Node => _held.Lease.Node.Name;

    /// <inheritdoc/>
    public Dialect Dialect => _session.Dialect;

    Session ISqlRunner.Session
    {
        get
        {
            EnsureOpen();
            return _session;
        }
    }

    /// <summary>How it ended by the hand of its user; null while it is open.</summary>
    internal CommitOutcome? Outcome { get; private set; }

    /// <summary>What is left to do outside the database once it is committed.</summary>
    internal TransactionEffects Effects => _transaction.Effects;

    /// <summary>What its own statements, and its own verbs, failed with.</summary>
    internal IReadOnlyList<Exception> Failures => _transaction.Failures;

    /// <summary>Those as well that a savepoint has undone.</summary>
    internal IReadOnlyList<Exception> AllFailures => _transaction.AllFailures;

    private bool IsNested => _savepoint != 0;

    /// <summary>
    /// Runs <paramref name="effect"/> after the outermost commit succeeded; never when it did not, nor when the nested
    /// transaction it was asked for in was rolled back. Effects run in the order in which they were asked for.
    /// </summary>
    /// <param name="effect">What has effects outside the database. What it throws comes out of the commit, which stands, once all have run.</param>
    public void OnCommitted(Func<CancellationToken, ValueTask> effect)
    {
        ArgumentNullException.ThrowIfNull(effect);
        EnsureOpen();
        Effects.Add(_savepoint, effect);
    }

    /// <summary>Commits; for a nested one, releases its savepoint.</summary>
    /// <param name="ct">Ignored once COMMIT is sent.</param>
    /// <exception cref="CommitOutcomeUnknownException">The connection was lost during COMMIT.</exception>
    public async ValueTask<CommitResult> CommitAsync(CancellationToken ct = default)
    {
        var result = await CommitOnlyAsync(async: true, ct).ConfigureAwait(false);
        if (!IsNested)
        {
            await Effects.RunAsync(ct).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>As <see cref="CommitAsync(CancellationToken)"/>, blocking.</summary>
    /// <exception cref="InvalidOperationException">There are effects of <see cref="OnCommitted"/>, which only <see cref="CommitAsync(CancellationToken)"/> can run; nothing was sent.</exception>
    public CommitResult Commit()
    {
        if (!IsNested && !Effects.IsEmpty)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.EffectsAreAsynchronous, $"The {_transaction.Tag} has effects of 'OnCommitted', which are asynchronous, so it was not committed. Commit it by 'CommitAsync'.");
        }

        return CommitOnlyAsync(async: false, CancellationToken.None).Completed();
    }

    /// <summary>Rolls back; for a nested one, to its savepoint. Does nothing when the server has rolled it back already.</summary>
    /// <param name="ct">Ignored: a rollback always runs to its end.</param>
    public ValueTask RollbackAsync(CancellationToken ct = default) => RollbackAsync(async: true);

    /// <summary>As <see cref="RollbackAsync(CancellationToken)"/>, blocking.</summary>
    public void Rollback() => RollbackAsync(async: false).Completed();

    /// <summary>Rolls back unless it was committed or rolled back. Idempotent.</summary>
    public ValueTask DisposeAsync() => DisposeAsync(async: true);

    /// <summary>As <see cref="DisposeAsync()"/>, blocking.</summary>
    public void Dispose() => DisposeAsync(async: false).Completed();

    /// <summary>Commits without running the effects, which are the caller's then.</summary>
    internal async ValueTask<CommitResult> CommitOnlyAsync(bool async, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        EnsureOpen();
        _session.Enter("COMMIT");
        try
        {
            _ended = true;
            if (IsNested)
            {
                await ReleaseAsync(async).ConfigureAwait(false);
            }
            else
            {
                await TransactionEnds.CommitAsync(_session.Holder, _held, _transaction, async).ConfigureAwait(false);
            }

            Outcome = CommitOutcome.Committed;
        }
        finally
        {
            await LeaveAsync(async).ConfigureAwait(false);
        }

        return new CommitResult(CommitOutcome.Committed, _session.Scope.Token);
    }

    private async ValueTask ReleaseAsync(bool async)
    {
        await _transaction.EnsureCommittableAsync(async).ConfigureAwait(false);
        var telemetry = StatementTelemetry.StartSavepoint(_session.Holder, _held);
        try
        {
            await _transaction.ReleaseAsync(Name, async, CancellationToken.None).ConfigureAwait(false);
            telemetry?.End();
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            telemetry?.End();

            // Its caller is told that it was not committed, so it must not be applied with the transaction around it.
            _session.Holder.NoteFailure(_held, error);
            Effects.Forget(_savepoint);
            await UndoQuietlyAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask RollbackAsync(bool async)
    {
        if (!_ended && _transaction.State == TransactionState.RolledBack)
        {
            Outcome = CommitOutcome.Aborted;
            await DisposeAsync(async).ConfigureAwait(false);
            return;
        }

        EnsureOpen();
        _session.Enter("ROLLBACK");
        try
        {
            _ended = true;
            Outcome = CommitOutcome.Aborted;
            Effects.Forget(_savepoint);
            if (IsNested)
            {
                await UndoAsync(async).ConfigureAwait(false);
            }
            else
            {
                await TransactionEnds.RollbackAsync(_session.Holder, _held, _transaction, async).ConfigureAwait(false);
            }
        }
        finally
        {
            await LeaveAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="DisposeAsync()"/>; with <paramref name="async"/> false the returned task is complete.</summary>
    internal async ValueTask DisposeAsync(bool async)
    {
        // A session that was disposed first has rolled back what was open.
        if (_ended || _session.Holder.IsClosed)
        {
            return;
        }

        _session.Enter("ROLLBACK");
        try
        {
            _ended = true;
            Effects.Forget(_savepoint);
            if (IsNested && _transaction.State == TransactionState.Active)
            {
                await UndoQuietlyAsync(async).ConfigureAwait(false);
            }
        }
        finally
        {
            await LeaveAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls back to the savepoint. If that fails nobody knows what the transaction around it holds: it goes as a whole.</summary>
    private async ValueTask UndoAsync(bool async)
    {
        var telemetry = StatementTelemetry.StartSavepoint(_session.Holder, _held);
        try
        {
            await _transaction.RollbackToAsync(Name, async).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            _session.Holder.NoteFailure(_held, error);
            _held.Lease.Discard();
            _transaction.Lost();
            throw;
        }
        finally
        {
            telemetry?.End();
        }
    }

    private async ValueTask UndoQuietlyAsync(bool async)
    {
        try
        {
            await UndoAsync(async).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Another exception is on its way, which tells more; and the transaction around it is refused from now on.
        }
    }

    /// <summary>The outermost one takes the driver's transaction with it, rolled back if it is still open.</summary>
    private async ValueTask LeaveAsync(bool async)
    {
        try
        {
            if (!IsNested)
            {
                await TransactionEnds.LeaveAsync(_session.Holder, _held, async).ConfigureAwait(false);
            }
        }
        finally
        {
            await _session.Holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private string Name => Session.SavepointName(_savepoint);

    private void EnsureOpen()
    {
        _transaction.EnsureActive();
        if (_ended)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.NestedTransactionEnded, $"This nested transaction has ended: nothing more can run in it. The {_transaction.Tag} around it is still open.");
        }
    }
}
