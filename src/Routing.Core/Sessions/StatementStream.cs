using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>
/// The connection under a reader that outlives its call: one of its own, or the one its session holds. Ends once: gives
/// an own connection back, or opens the session's gate again. Not thread-safe, except that a session which is disposed
/// takes the connection away from a stream that was left lying.
/// </summary>
internal sealed class StatementStream : IAsyncDisposable
{
    private const int Idle = 0;
    private const int Reading = 1;
    private const int Ended = 2;

    private readonly Session _session;
    private readonly HeldLease? _held;
    private readonly Call _call;
    private readonly LocalTransaction? _protection;
    private readonly bool _wasInTransaction;
    private int _state;
    private int? _rows;
    private bool _readToEnd;
    private bool _failed;
    private bool _disposed;
    private bool _ranAgain;

    private StatementStream(Session session, RoutedLease lease, HeldLease? held, LocalTransaction? protection, Call call)
    {
        _session = session;
        _held = held;
        _call = call;
        _protection = protection;
        _wasInTransaction = held is { InTransaction: true };
        Lease = lease;
        Command = call.Command with { DrainsWhenLeft = _wasInTransaction || call.MayWrite };
    }

    public RoutedLease Lease { get; }

    /// <summary>The command. Rows left unread are read past where a cancel would do harm: it would end a transaction, or undo the write whose rows these are.</summary>
    public MapperCommand Command { get; }

    public static StatementStream OfOwnLease(Session session, RoutedLease lease, LocalTransaction? protection, Call call)
    {
        var stream = new StatementStream(session, lease, held: null, protection, call);
        lease.Watch(stream, "stream");
        return stream;
    }

    public static StatementStream OfHeldLease(Session session, HeldLease held, LocalTransaction? protection, Call call) =>
        new(session, held.Lease, held, protection, call);

    /// <summary>Whether an error before the first row may be answered by running the statement once more, see <see cref="RunAgain"/>.</summary>
    public bool MayRunAgain(Exception error) =>
        _rows is null && !_ranAgain && !_wasInTransaction && _protection is null && Failure.IsStalePlan(Lease, _call, error);

    /// <summary>The plan did not fit any more, and has been dropped.</summary>
    public void RunAgain(Exception error)
    {
        _ranAgain = true;
        Lease.Physical.ForgetPlans(error);
        _call.Telemetry?.OnRerun();
    }

    public async ValueTask<bool> NextAsync<T>(IAsyncEnumerator<T> rows, CancellationToken ct)
    {
        BeginReading();
        try
        {
            if (await rows.MoveNextAsync().ConfigureAwait(false))
            {
                _rows = (_rows ?? 0) + 1;
                return true;
            }

            _readToEnd = true;
            _rows ??= 0;
            return false;
        }
        catch (Exception error) when (!MayRunAgain(error))
        {
            Fail(error, ct);
            ThrowInstead(error);
            throw;
        }
        finally
        {
            EndReading();
            NoteCancel(ct);
        }
    }

    /// <summary>After rows were read with this token.</summary>
    public void NoteCancel(CancellationToken ct)
    {
        if (ct.IsCancellationRequested && !_failed && Volatile.Read(ref _state) != Ended)
        {
            Failure.NoteCancel(Lease, error: null);
        }
    }

    /// <summary>Whoever reads owns the connection; see <see cref="TryAbandon"/>.</summary>
    public void BeginReading()
    {
        if (Interlocked.CompareExchange(ref _state, Reading, Idle) == Ended)
        {
            throw CodedErrors.Disposed(
                ErrorCodes.SessionDisposedBeforeRows,
                $"The session of '{_call.Statement.Summary}' was disposed before its rows were read to the end. Dispose the session last.");
        }
    }

    public void EndReading() => Interlocked.CompareExchange(ref _state, Idle, Reading);

    /// <summary>Ends it in place of a caller who left it lying unread, while its session is disposed; false when it is being read, or has ended.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _state, Ended, Idle) == Idle;

    /// <summary>Ends the reader. One that was left early is cancelled by the mapper, so that the rest of its rows is not fetched for nobody, or read past; see <see cref="Command"/>.</summary>
    public async ValueTask CloseReaderAsync(IAsyncDisposable reader)
    {
        var isOurs = Interlocked.CompareExchange(ref _state, Reading, Idle) != Ended;
        if (!isOurs)
        {
            // Its connection went with the session; what remains of the reader has nothing to say.
            _disposed = true;
            await DisposeQuietlyAsync(reader).ConfigureAwait(false);
            EndTelemetry();
            return;
        }

        if (!_readToEnd && !Command.DrainsWhenLeft)
        {
            Lease.Soil(Drivers.Dirt.Cancelled);
        }

        try
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Unless all was read this is the echo of our own cancel, or of the failure that is already on its way to the
            // caller; but the rest of a write that is read past says whether the write succeeded.
            var isEcho = _failed || (!_readToEnd && !Command.DrainsWhenLeft);
            NoteFailure(error);
            if (!isEcho)
            {
                _call.Telemetry?.Fail(error);
                throw;
            }
        }
    }

    /// <summary>Everything was read: nothing needs cancelling.</summary>
    public void Complete() => _readToEnd = true;

    public void Fail(Exception error, CancellationToken ct)
    {
        _call.Telemetry?.Fail(error);
        NoteFailure(error);
        if (ct.IsCancellationRequested)
        {
            Failure.NoteCancel(Lease, error);
        }
    }

    /// <summary>Throws what the caller is told in place of <paramref name="error"/>, if anything.</summary>
    public void ThrowInstead(Exception error) => Failure.ThrowInstead(
        _session.Source, Lease, _call.Statement, _wasInTransaction || _protection is not null, error);

    private void NoteFailure(Exception error)
    {
        _failed = true;
        if (_held is not null)
        {
            _session.Holder.NoteFailure(_held, _call, error);
        }
        else
        {
            Failure.Note(_session.Source, Lease, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Volatile.Write(ref _state, Ended);
        try
        {
            if (_protection is not null)
            {
                await TransactionEnds.EndQuietlyAsync(_session.Source, Lease, _protection, async: true, commit: !_failed).ConfigureAwait(false);
            }

            if (!_failed)
            {
                await NoteOutcomeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            EndTelemetry();
            await GiveBackAsync().ConfigureAwait(false);
        }
    }

    private void EndTelemetry()
    {
        if (_call.Telemetry is { } telemetry)
        {
            telemetry.Rows = _rows;
            telemetry.End();
        }
    }

    private ValueTask GiveBackAsync() => _held is null ? Lease.ReturnAsync(async: true) : _session.Holder.LeaveStreamAsync(async: true);

    private static async ValueTask DisposeQuietlyAsync(IAsyncDisposable reader)
    {
        try
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
        }
    }

    private ValueTask NoteOutcomeAsync()
    {
        if (_held is null)
        {
            return _session.NoteOutcomeAsync(Lease, _call, async: true);
        }

        _held.Ran(_call.Statement);
        return _session.Holder.NoteOutcomeAsync(_held, _wasInTransaction, _call, async: true);
    }
}
