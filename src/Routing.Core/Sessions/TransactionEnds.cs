using Routing.Drivers;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>How the transaction of a held connection ends, the same for sessions and for routed connections.</summary>
internal static class TransactionEnds
{
    /// <summary>Sends COMMIT and tells its three ends apart: applied, refused, unknown. The caller leaves the transaction afterwards.</summary>
    public static async ValueTask CommitAsync(LeaseHolder holder, HeldLease held, LocalTransaction transaction, bool async)
    {
        var sent = false;
        var telemetry = StatementTelemetry.StartCommit(holder, held);
        try
        {
            await transaction.EnsureCommittableAsync(async).ConfigureAwait(false);
            sent = true;
            await transaction.CommitAsync(async).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            holder.NoteFailure(held, error);
            held.Lease.Soil(Dirt.Transaction);
            if (!sent || WasRefused(held.Lease.Driver, error))
            {
                transaction.CommitWasRefused();
                throw;
            }

            held.Lease.Discard();
            throw UnknownOutcome.OfCommit(holder.Source, held.Lease.Node, transaction.Tag, error);
        }
        finally
        {
            telemetry?.End();
        }

        if (held.Wrote)
        {
            held.Wrote = false;
            await holder.CaptureAsync(held, holder.Source.Routes.Options.Consistency, async).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls back. A connection that could not is closed, which rolls back on the server.</summary>
    public static async ValueTask RollbackAsync(LeaseHolder holder, HeldLease held, LocalTransaction transaction, bool async)
    {
        var telemetry = StatementTelemetry.StartRollback(holder, held);
        try
        {
            await transaction.RollbackAsync(async).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            holder.NoteFailure(held, error);
            held.Lease.Discard();
            throw;
        }
        finally
        {
            telemetry?.End();
        }
    }

    /// <summary>After the last word, however it went: the driver's object goes, and its connection is nobody's transaction any more.</summary>
    public static async ValueTask LeaveAsync(LeaseHolder holder, HeldLease held, bool async)
    {
        if (held.Transaction is { } transaction)
        {
            var telemetry = transaction.State == TransactionState.Active ? StatementTelemetry.StartRollback(holder, held) : null;
            await EndQuietlyAsync(holder.Source, held.Lease, transaction, async).ConfigureAwait(false);
            telemetry?.End();
            held.LeaveTransaction();
        }
    }

    /// <summary>
    /// Ends it whatever its state. Does not throw: another exception, which tells more, may be on its way, and a COMMIT
    /// that was answered must not be reported as failed. A connection that could not roll back is closed.
    /// </summary>
    /// <param name="commit">For one that only read: keeps what it set on its session.</param>
    public static async ValueTask EndQuietlyAsync(
        DataSourceRuntime source, RoutedLease lease, LocalTransaction transaction, bool async, bool commit = false)
    {
        try
        {
            if (transaction.State == TransactionState.Active)
            {
                await EndAsync(transaction, commit, async).ConfigureAwait(false);
            }

            await transaction.DisposeAsync(async).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Failure.Note(source, lease, error);
            lease.Discard();
        }
    }

    private static ValueTask EndAsync(LocalTransaction transaction, bool commit, bool async) =>
        commit ? transaction.CommitAsync(async) : transaction.RollbackAsync(async);

    /// <summary>Whether the server, or the driver before sending anything, said no. Everything else leaves the outcome open.</summary>
    private static bool WasRefused(IDriver driver, Exception error) =>
        error is System.Data.Common.DbException or InvalidOperationException
        && Failure.Classify(driver, error) is not (ErrorClass.ConnectionLost or ErrorClass.Cancelled or ErrorClass.NotExecuted);
}
