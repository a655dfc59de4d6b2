using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>
/// The same line for ADO.NET: statement → node → the connection's lease → the driver. A failed command runs once more
/// where a session's would, as long as nothing ties the connection and no row was seen.
/// </summary>
internal static class AdoLine
{
    /// <param name="opensReader">Whether the result is a reader, whose end is the command's end; else that is the return of <paramref name="execute"/>.</param>
    public static async ValueTask<(AdoRun Run, TResult Result)> RunAsync<TState, TResult>(
        LeaseHolder holder,
        Call call,
        TState state,
        Func<HeldLease, TState, bool, CancellationToken, ValueTask<TResult>> execute,
        bool opensReader,
        bool async,
        CancellationToken ct)
    {
        holder.Enter(call.Statement.Summary);
        try
        {
            var telemetry = StatementTelemetry.Start(holder.Source, call, call.BatchSize);
            call = call with { Telemetry = telemetry };
            for (var reruns = 0; ; reruns++)
            {
                HeldLease? held = null;
                LocalTransaction? protection = null;
                var isUndone = false;
                try
                {
                    (held, var mustProtect) = await LeaseRule.FindAsync(holder, call, async, ct).ConfigureAwait(false);
                    holder.Start(held, call);
                    var wasInTransaction = held.InTransaction;
                    isUndone = wasInTransaction || mustProtect;
                    protection = mustProtect ? await Session.ProtectAsync(held.Lease, async, ct).ConfigureAwait(false) : null;
                    var result = await execute(held, state, async, ct).ConfigureAwait(false);
                    held.Ran(call.Statement);
                    if (ct.IsCancellationRequested)
                    {
                        Failure.NoteCancel(held.Lease, error: null);
                    }

                    var run = new AdoRun(holder, held, call, wasInTransaction, protection);
                    if (opensReader)
                    {
                        holder.OpenReaders++;
                    }
                    else
                    {
                        await run.EndAsync(succeeded: true, async).ConfigureAwait(false);
                        telemetry?.End();
                    }

                    return (run, result);
                }
                catch (Exception error)
                {
                    if (reruns == 0 && protection is null && DropsPlan(holder, held, call, error))
                    {
                        telemetry?.OnRerun();
                        continue;
                    }

                    if (!await MayRerunAsync(holder, held, protection, call, error, async, ct).ConfigureAwait(false)
                        || !Failure.TryReroute(holder.Source, call, error, reruns, out var next))
                    {
                        telemetry?.Fail(error);
                        telemetry?.End();
                        if (held is not null)
                        {
                            Failure.ThrowInstead(holder.Source, held.Lease, call.Statement, isUndone, error);
                        }

                        throw;
                    }

                    call = next;
                    telemetry?.OnRerun();
                    Log.Rerun(holder.Source.Logger, error, holder.Source.Name, call.Statement.Summary, FailedNode.Of(error));
                }
            }
        }
        finally
        {
            await holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Drops a plan that does not fit any more, so that the command may run once more on the same connection.</summary>
    private static bool DropsPlan(LeaseHolder holder, HeldLease? held, Call call, Exception error)
    {
        if (held is null || held.InTransaction || holder.OpenReaders > 0 || !Failure.IsStalePlan(held.Lease, call, error))
        {
            return false;
        }

        held.Lease.Physical.ForgetPlans(error);
        return true;
    }

    /// <summary>Notes the failure, and gives up a connection that nothing ties, so that the command may run on another.</summary>
    private static async ValueTask<bool> MayRerunAsync(
        LeaseHolder holder, HeldLease? held, LocalTransaction? protection, Call call, Exception error, bool async, CancellationToken ct)
    {
        if (held is null)
        {
            return true;
        }

        holder.NoteFailure(held, call, error);
        if (ct.IsCancellationRequested)
        {
            Failure.NoteCancel(held.Lease, error);
        }

        if (protection is not null)
        {
            await TransactionEnds.EndQuietlyAsync(holder.Source, held.Lease, protection, async).ConfigureAwait(false);
        }

        var endsHere = Failure.Classify(held.Lease.Driver, error) is ErrorClass.Statement or ErrorClass.Cancelled;
        if (endsHere || held.IsNeeded || holder.OpenReaders > 0)
        {
            return false;
        }

        await holder.ReleaseAsync(async).ConfigureAwait(false);
        return true;
    }
}
