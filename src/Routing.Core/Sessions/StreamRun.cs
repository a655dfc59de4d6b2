using System.Runtime.CompilerServices;
using Routing.Mappers;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>Runs statements whose rows outlive the call: streams and several result sets. Once rows may have been seen they are not rerun.</summary>
internal static class StreamRun
{
    /// <summary>
    /// Streams rows from a connection of its own (outside a transaction) or the session's. Gives the connection back at
    /// the end, on early exit, on an exception and on cancel.
    /// </summary>
    public static async IAsyncEnumerable<T> StreamAsync<T>(
        Session session, string text, object? arguments, StatementOptions? options, [EnumeratorCancellation] CancellationToken ct)
    {
        var call = await PlanAsync(session, text, arguments, options, ct).ConfigureAwait(false);
        call = call with { Telemetry = StatementTelemetry.Start(session.Source, call) };
        var stream = await OpenMeasuredAsync(session, call, ct).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var rows = MapperOperations.Stream<T>(stream.Lease.Connection, stream.Command, ct).GetAsyncEnumerator(ct);
        try
        {
            while (true)
            {
                bool hasRow;
                try
                {
                    hasRow = await stream.NextAsync(rows, ct).ConfigureAwait(false);
                }
                catch (Exception error) when (stream.MayRunAgain(error))
                {
                    stream.RunAgain(error);
                    rows = MapperOperations.Stream<T>(stream.Lease.Connection, stream.Command, ct).GetAsyncEnumerator(ct);
                    continue;
                }

                if (!hasRow)
                {
                    break;
                }

                yield return rows.Current;
            }
        }
        finally
        {
            await stream.CloseReaderAsync(rows).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a statement whose results are read later; the stream owns the connection until disposed.</summary>
    public static async ValueTask<(StatementStream Stream, TResult Result)> OpenReaderAsync<TResult>(
        Session session, string text, object? arguments, StatementOptions? options, MapperOperation<TResult> operation, CancellationToken ct)
    {
        var call = await PlanAsync(session, text, arguments, options, ct).ConfigureAwait(false);
        call = call with { Telemetry = StatementTelemetry.Start(session.Source, call) };
        var stream = await OpenMeasuredAsync(session, call, ct).ConfigureAwait(false);
        try
        {
            return (stream, await RunAsync(stream, operation, ct).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            stream.Fail(error, ct);
            await stream.DisposeAsync().ConfigureAwait(false);
            stream.ThrowInstead(error);
            throw;
        }
    }

    private static async ValueTask<TResult> RunAsync<TResult>(StatementStream stream, MapperOperation<TResult> operation, CancellationToken ct)
    {
        try
        {
            return await operation.RunAsync(stream.Lease.Connection, stream.Command, async: true, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (stream.MayRunAgain(error))
        {
            stream.RunAgain(error);
            return await operation.RunAsync(stream.Lease.Connection, stream.Command, async: true, ct).ConfigureAwait(false);
        }
    }

    private static async ValueTask<Call> PlanAsync(Session session, string text, object? arguments, StatementOptions? options, CancellationToken ct)
    {
        CallPlan.RefuseAmbientTransaction();
        ct.ThrowIfCancellationRequested();
        var call = CallPlan.Of(session.Source, text, arguments, options);
        await session.Source.Start.RunAsync(async: true, ct).ConfigureAwait(false);
        return session.Require(call);
    }

    /// <summary>From here on the stream ends the telemetry, as it ends itself.</summary>
    private static async ValueTask<StatementStream> OpenMeasuredAsync(Session session, Call call, CancellationToken ct)
    {
        try
        {
            return await OpenAsync(session, call, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            call.Telemetry?.Fail(error);
            call.Telemetry?.End();
            throw;
        }
    }

    private static async ValueTask<StatementStream> OpenAsync(Session session, Call call, CancellationToken ct)
    {
        if (session.IsOneShot)
        {
            CallPlan.RefuseSessionState(call.Statement, oneShot: true);
            return await OpenOnOwnLeaseAsync(session, call, ct).ConfigureAwait(false);
        }

        session.Enter(call.Statement.Summary);
        var staysIn = false;
        try
        {
            if (await session.HoldIfNeededAsync(call, async: true, ct).ConfigureAwait(false) is not { } held)
            {
                return await OpenOnOwnLeaseAsync(session, call, ct).ConfigureAwait(false);
            }

            var stream = await OpenOnHeldAsync(session, held, call, ct).ConfigureAwait(false);
            staysIn = true;
            return stream;
        }
        finally
        {
            if (!staysIn)
            {
                await session.Holder.ExitAsync(async: true).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<StatementStream> OpenOnOwnLeaseAsync(Session session, Call call, CancellationToken ct)
    {
        var (lease, protection) = await session.RentAsync(call, protects: true, async: true, ct).ConfigureAwait(false);
        return StatementStream.OfOwnLease(session, lease, protection, call);
    }

    private static async ValueTask<StatementStream> OpenOnHeldAsync(Session session, HeldLease held, Call call, CancellationToken ct)
    {
        session.Holder.Start(held, call);
        call.Telemetry?.OnHeld(held);
        LocalTransaction? protection;
        try
        {
            protection = session.MustProtectOn(held, call.Statement) ? await Session.ProtectAsync(held.Lease, async: true, ct).ConfigureAwait(false) : null;
        }
        catch (Exception error)
        {
            session.Holder.NoteFailure(held, call, error);
            throw;
        }

        var stream = StatementStream.OfHeldLease(session, held, protection, call);
        session.Holder.StayIn(stream);
        return stream;
    }
}
