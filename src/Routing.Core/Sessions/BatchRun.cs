using Routing.Mappers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Runs a <see cref="StatementBatch"/>: one statement after the other in one transaction, its own or the one that is open.</summary>
internal static class BatchRun
{
    public static async ValueTask<int> RunAsync(Session session, StatementBatch batch, CancellationToken ct)
    {
        if (batch.Count == 0)
        {
            return 0;
        }

        if (session.IsOneShot)
        {
            var own = session.OpenOwn("batch");
            await using var _ = own.ConfigureAwait(false);
            return await RunMeasuredAsync(own, batch, ct).ConfigureAwait(false);
        }

        return await RunMeasuredAsync(session, batch, ct).ConfigureAwait(false);
    }

    /// <summary>For telemetry a batch is one operation, whatever is sent for it.</summary>
    private static async ValueTask<int> RunMeasuredAsync(Session session, StatementBatch batch, CancellationToken ct)
    {
        if (session.Around is not null || !StatementTelemetry.IsOn(session.Source))
        {
            return await RunAllOrNoneAsync(session, batch, ct).ConfigureAwait(false);
        }

        var telemetry = StatementTelemetry.Start(session.Source, AsOneCall(session.Source, batch), batch.Count);
        session.Holder.Around = telemetry;
        try
        {
            var affected = await RunAllOrNoneAsync(session, batch, ct).ConfigureAwait(false);
            if (telemetry is not null)
            {
                telemetry.Rows = affected;
            }

            return affected;
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            throw;
        }
        finally
        {
            session.Holder.Around = null;
            telemetry?.End();
        }
    }

    private static Call AsOneCall(DataSourceRuntime source, StatementBatch batch)
    {
        List<Statement> statements = [.. batch.Statements.Select(statement => source.Statements.Get(statement.Text))];
        var whole = new Statement(
            CallPlan.TextOfBatch(statements), StatementClass.Unknown, SessionEffect.Unknown, TransactionVerb.None, CallPlan.SummaryOfBatch(statements), statements.Count, "a batch");
        return new Call(whole, default, Intent.Write, IsExplicit: false, default);
    }

    private static async ValueTask<int> RunAllOrNoneAsync(Session session, StatementBatch batch, CancellationToken ct)
    {

        // Inside a transaction begun through the API this is a savepoint, so that all or none holds there as well; inside
        // one begun by SQL text that is the caller's business.
        return session.Held is { HasRawTransaction: true }
            ? await RunStatementsAsync(session, batch, ct).ConfigureAwait(false)
            : await RunInTransactionAsync(session, batch, ct).ConfigureAwait(false);
    }

    private static async ValueTask<int> RunInTransactionAsync(Session session, StatementBatch batch, CancellationToken ct)
    {
        var transaction = await session.BeginTransactionAsync(ct: ct).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        var affected = await RunStatementsAsync(session, batch, ct).ConfigureAwait(false);
        await transaction.CommitAsync(ct).ConfigureAwait(false);
        return affected;
    }

    private static async ValueTask<int> RunStatementsAsync(Session session, StatementBatch batch, CancellationToken ct)
    {
        var affected = 0;
        foreach (var (text, arguments) in batch.Statements)
        {
            affected += Math.Max(0, await session.RunAsync(text, arguments, options: null, MapperOperations.Execute, async: true, ct).ConfigureAwait(false));
        }

        return affected;
    }
}
