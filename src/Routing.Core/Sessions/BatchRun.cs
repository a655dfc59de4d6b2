using Routing.Mappers;

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
            return await RunInTransactionAsync(own, batch, ct).ConfigureAwait(false);
        }

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
