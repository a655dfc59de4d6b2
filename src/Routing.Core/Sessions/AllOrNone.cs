namespace Routing.Sessions;

/// <summary>
/// What one call of a user sends in several pieces: all of it applies or none, and for telemetry it is one operation.
/// Belongs to one call.
/// </summary>
internal abstract class AllOrNone<TResult>
{
    /// <summary>What errors call the session that is opened for it where its caller has none.</summary>
    protected abstract string Tag { get; }

    /// <summary>How many statements its caller gave; 1 where that says nothing.</summary>
    protected virtual int BatchSize => 1;

    /// <summary>Whether it may run inside a transaction begun by SQL text, where nothing can be undone but by its caller. Default false: it is refused.</summary>
    protected virtual bool JoinsTextTransactions => false;

    /// <summary>Runs it: in a transaction of its own, or in a savepoint of the one that is open.</summary>
    public async ValueTask<TResult> RunAsync(Session session, bool async, CancellationToken ct)
    {
        if (!session.IsOneShot)
        {
            return await RunMeasuredAsync(session, async, ct).ConfigureAwait(false);
        }

        var own = session.OpenOwn(Tag);
        try
        {
            return await RunMeasuredAsync(own, async, ct).ConfigureAwait(false);
        }
        finally
        {
            await own.Holder.CloseAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>What telemetry tells about the whole.</summary>
    protected abstract Call AsOneCall(DataSourceRuntime source);

    /// <summary>Sends the pieces. The transaction around them is open.</summary>
    protected abstract ValueTask<TResult> SendAsync(Session session, bool async, CancellationToken ct);

    /// <summary>How many rows the result stands for.</summary>
    protected abstract int RowsOf(TResult result);

    private async ValueTask<TResult> RunMeasuredAsync(Session session, bool async, CancellationToken ct)
    {
        if (session.Around is not null || !StatementTelemetry.IsOn(session.Source))
        {
            return await RunWholeAsync(session, async, ct).ConfigureAwait(false);
        }

        var telemetry = StatementTelemetry.Start(session.Source, AsOneCall(session.Source), BatchSize);
        session.Holder.Around = telemetry;
        try
        {
            var result = await RunWholeAsync(session, async, ct).ConfigureAwait(false);
            if (telemetry is not null)
            {
                telemetry.Rows = RowsOf(result);
            }

            return result;
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

    private ValueTask<TResult> RunWholeAsync(Session session, bool async, CancellationToken ct) =>
        JoinsTextTransactions && session.Held is { HasRawTransaction: true } ? SendAsync(session, async, ct) : RunInTransactionAsync(session, async, ct);

    private async ValueTask<TResult> RunInTransactionAsync(Session session, bool async, CancellationToken ct)
    {
        var transaction = await session.BeginAsync(options: null, async, ct).ConfigureAwait(false);
        try
        {
            var result = await SendAsync(session, async, ct).ConfigureAwait(false);
            await transaction.CommitOnlyAsync(async, ct).ConfigureAwait(false);
            return result;
        }
        finally
        {
            await transaction.DisposeAsync(async).ConfigureAwait(false);
        }
    }
}
