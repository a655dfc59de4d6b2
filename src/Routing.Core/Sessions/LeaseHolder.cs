using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Routes;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>
/// What a session and an open routed connection have in common: at most one connection kept over several statements, the
/// gate that lets one operation at a time use it, and the scope of their reads. Whoever is inside the gate owns the
/// connection; so <see cref="CloseAsync"/> gives it back itself only when nobody is, else the operation inside does as it
/// leaves. Thread-safe to that extent: two racing callers see each other, and never share the connection.
/// </summary>
internal sealed class LeaseHolder(DataSourceRuntime source, string kind, LeaseOwner owner)
{
    private OperationGate _gate;
    private StatementStream? _stream;
    private bool _closed;

    public DataSourceRuntime Source => source;

    public LeaseOwner Owner => owner;

    /// <summary>What its reads must see; null until something was written, where there is an ambient scope or the process's own to fall back to.</summary>
    public ConsistencyScope? Scope { get; set; }

    public HeldLease? Held { get; private set; }

    /// <summary>The operation that covers everything sent meanwhile, as a batch does; null for none.</summary>
    public StatementTelemetry? Around { get; set; }

    /// <summary>Readers that ADO.NET handed out and that still read from the connection.</summary>
    public int OpenReaders { get; set; }

    /// <summary>Whether it keeps its connection until closed, as ADO.NET promises, even while nothing ties it.</summary>
    public bool KeepsWhenFree { get; set; }

    public bool IsClosed => Volatile.Read(ref _closed);

    public void Enter(string what) => _gate.Enter(what, kind, source.Time);

    public bool TryEnter(string what) => _gate.TryEnter(what, source.Time);

    /// <summary>Opens the gate, after giving back what nothing ties.</summary>
    public ValueTask ExitAsync(bool async)
    {
        if (Held is { IsNeeded: false } && OpenReaders == 0 && !KeepsWhenFree)
        {
            return GiveBackAndExitAsync(async);
        }

        _gate.Exit();
        return IsClosed ? EndIfFreeAsync(async) : ValueTask.CompletedTask;
    }

    /// <summary>Leaves the gate closed behind an operation that ended: rows come over the only connection there is until the stream is left.</summary>
    public void StayIn(StatementStream stream) => Volatile.Write(ref _stream, stream);

    /// <summary>The end of <see cref="StayIn"/>.</summary>
    public ValueTask LeaveStreamAsync(bool async)
    {
        Volatile.Write(ref _stream, null);
        return ExitAsync(async);
    }

    /// <summary>Rents the connection that is kept from now on. None is held yet.</summary>
    public async ValueTask<HeldLease> HoldAsync(Route route, StatementTelemetry? telemetry, bool async, CancellationToken ct) =>
        Keep(await source.Pools.RentAsync(route, owner, priority: null, telemetry, async, Deadline.None, ct).ConfigureAwait(false), route.Intent);

    public HeldLease Keep(RoutedLease lease, Intent intent)
    {
        var held = new HeldLease(source, lease, intent);
        lease.Watch(held, kind);
        return Held = held;
    }

    /// <summary>Begins a transaction on the held connection.</summary>
    public async ValueTask BeginAsync(HeldLease held, System.Data.IsolationLevel isolation, bool readOnly, string tag, bool async, CancellationToken ct)
    {
        try
        {
            held.Begin(await LocalTransaction.BeginAsync(held.Lease.Physical, isolation, readOnly, tag, async, ct).ConfigureAwait(false));
            if (ct.IsCancellationRequested)
            {
                Failure.NoteCancel(held.Lease, error: null);
            }
        }
        catch (Exception error)
        {
            // BEGIN may have reached the server all the same.
            held.Lease.Soil(Dirt.Transaction);
            NoteFailure(held, error);
            throw;
        }
    }

    public async ValueTask ReleaseAsync(bool async)
    {
        if (Held is not { } held)
        {
            return;
        }

        Held = null;
        if (held.IsHandedOut)
        {
            // What was written over the driver's own connection nobody saw; only now is it certain that no more follows.
            await CaptureAsync(held, source.Routes.Options.Consistency, async).ConfigureAwait(false);
        }

        if (OpenReaders > 0)
        {
            // Closed under an open reader: whatever it still does belongs to nobody, so the physical connection goes too.
            OpenReaders = 0;
            held.Lease.Discard();
        }

        await held.ReturnAsync(async).ConfigureAwait(false);
    }

    /// <summary>Refuses what must not run on the held connection; else notes what the statement may leave on it.</summary>
    public void Start(HeldLease held, in Call call)
    {
        held.RefuseBesideTransaction(call.Statement);
        if (held.IsLost)
        {
            held.EndedByLoss(call.Statement);
            throw new RoutingException(
                $"The connection to '{source.Name}/{held.Lease.Node.Name}' that this {kind} kept was lost, and with it what was open or set on it: a transaction, session state, temporary tables. '{call.Statement.Summary}' was not sent. Begin the work again on a new {kind}.")
            {
                Code = ErrorCodes.KeptConnectionLost,
            };
        }

        held.Start(call);
    }

    public void NoteFailure(HeldLease held, Exception error)
    {
        Failure.Note(source, held.Lease, error);
        held.Transaction?.NoteFailure(error);
        if (Failure.Classify(held.Lease.Driver, error) == ErrorClass.ConnectionLost)
        {
            held.Lose();
        }
    }

    /// <summary>After a statement on the held connection failed.</summary>
    public void NoteFailure(HeldLease held, in Call call, Exception error)
    {
        NoteFailure(held, error);
        if (held.IsLost)
        {
            held.EndedByLoss(call.Statement);
        }
        else
        {
            held.Failed(call.Statement);
        }
    }

    /// <summary>After a statement ended well: a write outside a transaction, or the end of one that wrote, leaves its position.</summary>
    public ValueTask NoteOutcomeAsync(HeldLease held, bool wasInTransaction, in Call call, bool async)
    {
        if (held.InTransaction || !(wasInTransaction ? held.Wrote : call.MayWrite))
        {
            return ValueTask.CompletedTask;
        }

        held.Wrote = false;
        return CaptureAsync(held, call.Consistency, async);
    }

    /// <summary>After a write ended: notes the position that readers must reach to see it.</summary>
    public ValueTask CaptureAsync(HeldLease held, ConsistencyLevel consistency, bool async)
    {
        Scope ??= new ConsistencyScope(from: null, makeAmbient: false);
        return Positions.CaptureAsync(source, Scope, held.Lease, consistency, async);
    }

    /// <summary>
    /// Lets nothing new in and gives back what is held; an open transaction is rolled back. While an operation runs, that
    /// one does it as it leaves: closing the connection under it would hand it to somebody else in mid-statement. Rows
    /// that a caller left unread and undisposed are not waited for. Idempotent.
    /// </summary>
    public async ValueTask CloseAsync(bool async)
    {
        if (Interlocked.Exchange(ref _closed, true))
        {
            return;
        }

        if (TryEnter("DISPOSE"))
        {
            await EndAsync(async).ConfigureAwait(false);
        }
        else if (Volatile.Read(ref _stream) is { } stream && stream.TryAbandon())
        {
            // The gate that the stream kept closed is ours now. What its reader left on the wire belongs to nobody.
            Held?.Lease.Discard();
            await EndAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask GiveBackAndExitAsync(bool async)
    {
        try
        {
            await ReleaseAsync(async).ConfigureAwait(false);
        }
        finally
        {
            _gate.Exit();
        }

        if (IsClosed)
        {
            await EndIfFreeAsync(async).ConfigureAwait(false);
        }
    }

    private ValueTask EndIfFreeAsync(bool async) => TryEnter("DISPOSE") ? EndAsync(async) : ValueTask.CompletedTask;

    /// <summary>Inside the gate.</summary>
    private async ValueTask EndAsync(bool async)
    {
        try
        {
            if (Held is { } held)
            {
                if (held.InTransaction)
                {
                    Log.OpenTransactionAtReturn(source.Logger, kind, source.Name, held.Lease.Node.Name);
                }

                await TransactionEnds.LeaveAsync(this, held, async).ConfigureAwait(false);
            }

            await ReleaseAsync(async).ConfigureAwait(false);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
