using System.Data;
using System.Data.Common;
using Routing.Diagnostics;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Transactions;

namespace Routing;

/// <summary>A transaction of a <see cref="RoutingConnection"/>. Disposing it without a commit rolls back. Not thread-safe.</summary>
public sealed class RoutingTransaction : DbTransaction
{
    private readonly RoutingConnection _connection;
    private readonly LeaseHolder _holder;
    private readonly HeldLease _held;
    private readonly LocalTransaction _transaction;
    private bool _left;

    internal RoutingTransaction(RoutingConnection connection, HeldLease held, LocalTransaction transaction)
    {
        _connection = connection;
        _holder = connection.Holder;
        _held = held;
        _transaction = transaction;
        IsolationLevel = transaction.Native.IsolationLevel;
        SupportsSavepoints = transaction.Native.SupportsSavepoints;
    }

    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel { get; }

    /// <inheritdoc/>
    public override bool SupportsSavepoints { get; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => _transaction.State == TransactionState.Active ? _connection : null;

    /// <inheritdoc/>
    public override void Commit() => CommitAsync(async: false).Completed();

    /// <summary>Commits. The token is ignored once COMMIT is sent: a cancelled COMMIT would leave its outcome unknown.</summary>
    /// <param name="cancellationToken">Checked before COMMIT is sent.</param>
    /// <exception cref="CommitOutcomeUnknownException">The connection was lost during COMMIT.</exception>
    public override Task CommitAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : CommitAsync(async: true).AsTask();

    /// <summary>Rolls back. Does nothing when the server has rolled it back already.</summary>
    public override void Rollback() => RollbackAsync(async: false).Completed();

    /// <summary>As <see cref="Rollback()"/>.</summary>
    /// <param name="cancellationToken">Ignored: a rollback always runs to its end.</param>
    public override Task RollbackAsync(CancellationToken cancellationToken = default) => RollbackAsync(async: true).AsTask();

    /// <inheritdoc/>
    public override void Save(string savepointName) => RunAsync(Verb.Save, savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync(Verb.Save, savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Rollback(string savepointName) => RunAsync(Verb.RollbackTo, savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync(Verb.RollbackTo, savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Release(string savepointName) => RunAsync(Verb.Release, savepointName, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync(Verb.Release, savepointName, async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await DisposeAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DisposeAsync(async: false).Completed();
        }

        base.Dispose(disposing);
    }

    private enum Verb
    {
        Save,
        RollbackTo,
        Release,
    }

    private async ValueTask CommitAsync(bool async)
    {
        EnsureCanEnd();
        _holder.Enter("COMMIT");
        try
        {
            await TransactionEnds.CommitAsync(_holder, _held, _transaction, async).ConfigureAwait(false);
        }
        finally
        {
            await LeaveAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask RollbackAsync(bool async)
    {
        if (!_left && _transaction.State == TransactionState.RolledBack)
        {
            await DisposeAsync(async).ConfigureAwait(false);
            return;
        }

        EnsureCanEnd();
        _holder.Enter("ROLLBACK");
        try
        {
            await TransactionEnds.RollbackAsync(_holder, _held, _transaction, async).ConfigureAwait(false);
        }
        finally
        {
            await LeaveAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask RunAsync(Verb verb, string savepointName, bool async, CancellationToken ct)
    {
        _transaction.EnsureActive();
        ArgumentNullException.ThrowIfNull(savepointName);
        _holder.Enter("SAVEPOINT");
        var telemetry = StatementTelemetry.StartSavepoint(_holder, _held);
        try
        {
            await SendAsync(verb, savepointName, async, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            _holder.NoteFailure(_held, error);
            throw;
        }
        finally
        {
            telemetry?.End();
            await _holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(Verb verb, string savepointName, bool async, CancellationToken ct) => verb switch
    {
        Verb.Save => _transaction.SaveAsync(savepointName, async, ct),
        Verb.RollbackTo => _transaction.RollbackToAsync(savepointName, async),
        _ => _transaction.ReleaseAsync(savepointName, async, ct),
    };

    /// <summary>Rolls back if it is still open. Does not throw for what the server answers: a connection whose rollback failed is closed, which rolls back there.</summary>
    private async ValueTask DisposeAsync(bool async)
    {
        // A connection that was closed first has rolled back what was open.
        if (_left || _holder.IsClosed)
        {
            return;
        }

        await CloseReadersAsync(async).ConfigureAwait(false);
        if (_holder.IsClosed)
        {
            return;
        }

        _holder.Enter("ROLLBACK");
        await LeaveAsync(async).ConfigureAwait(false);
    }

    /// <summary>Refused before anything is sent, so that the transaction is still there once the reader is closed.</summary>
    private void EnsureCanEnd()
    {
        _transaction.EnsureActive();
        if (_connection.Readers.Newest is not null && !_holder.Source.Engine.EndsTransactionsUnderReaders)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.ReaderKeepsTransaction, "A reader is open on this connection, so its transaction cannot end yet. Close the reader first.");
        }
    }

    /// <summary>
    /// A rollback cannot be sent while rows arrive. Were it left out, later commands of the connection would run inside a transaction
    /// that its owner believes ended.
    /// </summary>
    private async ValueTask CloseReadersAsync(bool async)
    {
        while (_connection.Readers.Newest is { } reader)
        {
            try
            {
                await reader.CloseAsync(async).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // It has noted the failure; the rollback that follows finds out whether the connection can go on.
            }
        }
    }

    /// <summary>Inside the gate, and out of it.</summary>
    private async ValueTask LeaveAsync(bool async)
    {
        _left = true;
        try
        {
            _connection.Forget(this);
            await TransactionEnds.LeaveAsync(_holder, _held, async).ConfigureAwait(false);
        }
        finally
        {
            await _holder.ExitAsync(async).ConfigureAwait(false);
        }
    }
}
