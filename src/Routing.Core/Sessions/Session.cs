using System.Data;
using System.Globalization;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Mappers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Routes;
using Routing.Sessions;
using Routing.Statements;
using Routing.Topology;
using Routing.Transactions;

namespace Routing;

/// <summary>
/// The user's unit of work: its reads see its writes, and it keeps a connection only while a transaction, session state
/// or a pin needs one. Outside of those each statement goes its own way: tenant → shard → node → connection → rows.
/// For one operation at a time; a second one started before the first ended throws. Exception: outside a transaction
/// statements may run while its own <c>StreamAsync</c> is open, on a second connection. Dispose gives back what it holds.
/// </summary>
public sealed class Session : ISqlRunner, IAsyncDisposable, IDisposable
{
    private readonly DataSourceRuntime _source;
    private readonly LeaseHolder? _holder;
    private readonly bool _readOnly;

    private Session(DataSourceRuntime source) => _source = source;

    /// <param name="owner">Who waits when this session waits; null for nobody.</param>
    internal Session(DataSourceRuntime source, SessionOptions options, LeaseOwner? owner = null)
    {
        _source = source;
        _holder = new LeaseHolder(source, "session", new LeaseOwner(options.Tag, owner, options.Priority)) { Scope = new ConsistencyScope(options.Token, makeAmbient: false) };
        _readOnly = options.ReadOnly;
    }

    /// <summary>What its reads are sure to see, and what its commits add to.</summary>
    public ConsistencyScope Scope => Holder.Scope!;

    /// <inheritdoc/>
    public Dialect Dialect => _source.Engine.Dialect;

    Session ISqlRunner.Session => this;

    internal DataSourceRuntime Source => _source;

    internal LeaseHolder Holder => _holder ?? throw CodedErrors.Bug("a one-shot call holds nothing.");

    internal HeldLease? Held => _holder?.Held;

    /// <summary>The operation that covers what it sends meanwhile; null for none.</summary>
    internal StatementTelemetry? Around => _holder?.Around;

    /// <summary>Whether it is the shared stand-in of one-shot calls, which holds nothing and serves any number of them at once.</summary>
    internal bool IsOneShot => _holder is null;

    /// <summary>A session for what a one-shot call needs one for. It sees what the call's scope saw, and what it writes goes back there.</summary>
    internal Session OpenOwn(string tag) => new(_source, new SessionOptions { Tag = tag, Token = Positions.TokenOfOneShot(_source) });

    internal static Session ForOneShots(DataSourceRuntime source) => new(source);

    /// <summary>Runs one buffered statement: on the connection the session holds, if any, else down the straight line.</summary>
    internal ValueTask<TResult> RunAsync<TResult>(
        string text, object? arguments, StatementOptions? options, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        CallPlan.RefuseAmbientTransaction();
        if (ct.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(ct);
        }

        var call = CallPlan.Of(_source, text, arguments, options);
        return StatementTelemetry.IsOn(_source)
            ? StatementTelemetry.RunAsync(this, call, operation, async, ct)
            : DispatchAsync(call, operation, async, ct);
    }

    internal ValueTask<TResult> DispatchAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        if (!_source.Start.IsDone)
        {
            return StartThenDispatchAsync(call, operation, async, ct);
        }

        return IsOneShot ? RunOneShotAsync(call, operation, async, ct) : RunInSessionAsync(call, operation, async, ct);
    }

    /// <summary>The straight line: who → which shard → which node → which connection → rows.</summary>
    private async ValueTask<TResult> RunLineAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        var shard = _source.Shards.Locate();
        var route = _source.Routes.Choose(shard, call.Intent, call.Required, call.Avoid);
        var lease = await _source.Pools.RentAsync(route, _holder?.Owner, call.Priority, call.Telemetry, async, Deadline.None, ct).ConfigureAwait(false);
        var catalogs = call.Statement.Aftermath.HasFlag(StatementAftermath.Schema) ? _source.Catalogs : null;
        catalogs?.Suspend();
        try
        {
            HeldLease.Announce(_source, call.Statement, lease);
            var result = MustProtect(call, route)
                ? await RunProtectedAsync(lease, call, operation, async, ct).ConfigureAwait(false)
                : await operation.RunAsync(lease.Connection, call.Command, async, ct).ConfigureAwait(false);
            await NoteOutcomeAsync(lease, call, async).ConfigureAwait(false);
            if (ct.IsCancellationRequested)
            {
                Failure.NoteCancel(lease, error: null);
            }

            return result;
        }
        catch (Exception error) when (Failure.IsStalePlan(lease, call, error))
        {
            return await RunOnFreshPlanAsync(lease, error, call, MustProtect(call, route), operation, async, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            NoteFailure(lease, error, ct);
            Failure.ThrowInstead(_source, lease, call.Statement, MustProtect(call, route), error);
            throw;
        }
        finally
        {
            catalogs?.Resume();
            await lease.ReturnAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>Once more on the same connection, whose own plans were the trouble; each other connection finds out about its own.</summary>
    private async ValueTask<TResult> RunOnFreshPlanAsync<TResult>(
        RoutedLease lease, Exception stale, Call call, bool mustProtect, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        try
        {
            lease.Physical.ForgetPlans(stale);
            call.Telemetry?.OnRerun();
            var result = mustProtect
                ? await RunProtectedAsync(lease, call, operation, async, ct).ConfigureAwait(false)
                : await operation.RunAsync(lease.Connection, call.Command, async, ct).ConfigureAwait(false);
            await NoteOutcomeAsync(lease, call, async).ConfigureAwait(false);
            return result;
        }
        catch (Exception error)
        {
            NoteFailure(lease, error, ct);
            Failure.ThrowInstead(_source, lease, call.Statement, mustProtect, error);
            throw;
        }
    }

    private void NoteFailure(in RoutedLease lease, Exception error, CancellationToken ct)
    {
        Failure.Note(_source, lease, error);
        if (ct.IsCancellationRequested)
        {
            Failure.NoteCancel(lease, error);
        }
    }

    private ValueTask<TResult> RunOneShotAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        CallPlan.RefuseSessionState(call.Statement, oneShot: true);
        return RunRoutedAsync(Require(call), operation, async, ct);
    }

    private async ValueTask<TResult> StartThenDispatchAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        await _source.Start.RunAsync(async, ct).ConfigureAwait(false);
        return await DispatchAsync(call, operation, async, ct).ConfigureAwait(false);
    }

    /// <summary>The line, and once more where the error allows it.</summary>
    private ValueTask<TResult> RunRoutedAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        var run = RunLineAsync(call, operation, async, ct);
        return run.IsCompletedSuccessfully ? run : AwaitOrRerunAsync(run, call, operation, async, ct);
    }

    private async ValueTask<TResult> AwaitOrRerunAsync<TResult>(
        ValueTask<TResult> run, Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        for (var reruns = 0; ; reruns++)
        {
            try
            {
                return await run.ConfigureAwait(false);
            }
            catch (Exception error) when (Failure.TryReroute(_source, call, error, reruns, out call))
            {
                call.Telemetry?.OnRerun();
                Log.Rerun(_source.Logger, error, _source.Name, call.Statement.Summary, FailedNode.Of(error));
            }

            run = RunLineAsync(call, operation, async, ct);
        }
    }

    private async ValueTask<TResult> RunInSessionAsync<TResult>(Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        Enter(call.Statement.Summary);
        try
        {
            return await HoldIfNeededAsync(call, async, ct).ConfigureAwait(false) is { } held
                ? await RunOnHeldAsync(held, call, operation, async, ct).ConfigureAwait(false)
                : await RunRoutedAsync(Require(call), operation, async, ct).ConfigureAwait(false);
        }
        finally
        {
            await Holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<TResult> RunOnHeldAsync<TResult>(
        HeldLease held, Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        Holder.Start(held, call);
        call.Telemetry?.OnHeld(held);
        var wasInTransaction = held.InTransaction;
        try
        {
            var result = await RunStatementOnHeldAsync(held, call, operation, wasInTransaction, async, ct).ConfigureAwait(false);
            held.Ran(call.Statement);
            await Holder.NoteOutcomeAsync(held, wasInTransaction, call, async).ConfigureAwait(false);
            if (ct.IsCancellationRequested)
            {
                Failure.NoteCancel(held.Lease, error: null);
            }

            return result;
        }
        catch (Exception error)
        {
            Holder.NoteFailure(held, call, error);
            if (ct.IsCancellationRequested)
            {
                Failure.NoteCancel(held.Lease, error);
            }

            Failure.ThrowInstead(_source, held.Lease, call.Statement, wasInTransaction || _readOnly, error);
            throw;
        }
    }

    private async ValueTask<TResult> RunStatementOnHeldAsync<TResult>(
        HeldLease held, Call call, MapperOperation<TResult> operation, bool wasInTransaction, bool async, CancellationToken ct)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                return MustProtectOn(held, call.Statement)
                    ? await RunProtectedAsync(held.Lease, call, operation, async, ct).ConfigureAwait(false)
                    : await operation.RunAsync(held.Lease.Connection, call.Command, async, ct).ConfigureAwait(false);
            }
            catch (Exception error) when (!again && !wasInTransaction && Failure.IsStalePlan(held.Lease, call, error))
            {
                held.Lease.Physical.ForgetPlans(error);
            }
        }
    }

    /// <summary>
    /// Begins a transaction. With one open already it becomes a savepoint of it. Disposing it without a commit rolls back.
    /// </summary>
    /// <param name="options">Isolation and the like; null for the defaults.</param>
    /// <param name="ct">Gives up; nothing is then open.</param>
    public ValueTask<SessionTransaction> BeginTransactionAsync(TransactionOptions? options = null, CancellationToken ct = default) =>
        BeginAsync(options, async: true, ct);

    /// <summary>As <see cref="BeginTransactionAsync"/>, blocking.</summary>
    /// <param name="options">Isolation and the like; null for the defaults.</param>
    public SessionTransaction BeginTransaction(TransactionOptions? options = null) =>
        BeginAsync(options, async: false, CancellationToken.None).Completed();

    internal ValueTask<SessionTransaction> BeginAsync(TransactionOptions? options, bool async, CancellationToken ct) =>
        BeginAsync(options ?? new TransactionOptions { ReadOnly = _readOnly }, attempt: 1, async, ct);

    internal async ValueTask<SessionTransaction> BeginAsync(TransactionOptions options, int attempt, bool async, CancellationToken ct)
    {
        CallPlan.RefuseAmbientTransaction();
        await _source.Start.RunAsync(async, ct).ConfigureAwait(false);
        Enter("BEGIN");
        try
        {
            if (Held is { HasRawTransaction: true })
            {
                throw CodedErrors.InvalidOperation(ErrorCodes.TextTransactionOpen, "A transaction begun by SQL text is open on this session. End it by SQL text too, or begin it with 'BeginTransactionAsync'.");
            }

            return Held is { Transaction: { } outer } held
                ? await NestAsync(held, outer, options, attempt, async, ct).ConfigureAwait(false)
                : await BeginOutermostAsync(options, attempt, async, ct).ConfigureAwait(false);
        }
        finally
        {
            await Holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<SessionTransaction> BeginOutermostAsync(TransactionOptions options, int attempt, bool async, CancellationToken ct)
    {
        var readOnly = options.ReadOnly || _readOnly;
        // A standby refuses serializable transactions, so those go to the primary even when read-only.
        var intent = readOnly && options.Isolation != IsolationLevel.Serializable ? Intent.Read : Intent.Write;
        var telemetry = StatementTelemetry.StartBegin(Holder);
        try
        {
            var held = Held ?? await HoldAsync(intent, "BEGIN", async, ct).ConfigureAwait(false);
            telemetry?.OnHeld(held);
            await Holder.BeginAsync(held, options.Isolation, readOnly, options.Tag, async, ct).ConfigureAwait(false);
            return new SessionTransaction(this, held, held.Transaction!, savepoint: 0, attempt);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            throw;
        }
        finally
        {
            telemetry?.End();
        }
    }

    private async ValueTask<SessionTransaction> NestAsync(
        HeldLease held, LocalTransaction outer, TransactionOptions options, int attempt, bool async, CancellationToken ct)
    {
        outer.EnsureActive();
        if (options.Isolation != IsolationLevel.Unspecified || (options.ReadOnly && !outer.IsReadOnly))
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.NestedTransactionOptions,
                $"A nested transaction is a savepoint: its isolation and whether it may write are those of the {outer.Tag} around it. Drop 'Isolation' and 'ReadOnly' from its options, or set them on the outer one.");
        }

        var savepoint = outer.NextSavepoint();
        var telemetry = StatementTelemetry.StartSavepoint(Holder, held);
        try
        {
            await outer.SaveAsync(SavepointName(savepoint), async, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            Holder.NoteFailure(held, error);
            throw;
        }
        finally
        {
            telemetry?.End();
        }

        return new SessionTransaction(this, held, outer, savepoint, attempt);
    }

    internal static string SavepointName(int savepoint) => string.Create(CultureInfo.InvariantCulture, $"rt_{savepoint}");

    /// <summary>
    /// Keeps one connection until the pin is disposed: every statement of the session runs on it, so that statements that
    /// read or set connection state work, and the driver's own connection can be handed to code that insists on it.
    /// </summary>
    /// <param name="intent">Where to: <see cref="Intent.Write"/> (default) is the primary, <see cref="Intent.Read"/> a replica by the usual rules.</param>
    /// <param name="ct">Gives up.</param>
    public async ValueTask<SessionPin> PinAsync(Intent intent = Intent.Write, CancellationToken ct = default)
    {
        CallPlan.RefuseAmbientTransaction();
        await _source.Start.RunAsync(async: true, ct).ConfigureAwait(false);
        Enter("PIN");
        try
        {
            var held = Held ?? await HoldAsync(_readOnly ? Intent.Read : intent, "PIN", async: true, ct).ConfigureAwait(false);
            held.Pins++;
            return new SessionPin(this, held);
        }
        finally
        {
            await Holder.ExitAsync(async: true).ConfigureAwait(false);
        }
    }

    /// <summary>Where a statement would go now, and why; nothing is sent.</summary>
    internal RouteDecision Explain(string text, object? arguments, StatementOptions? options)
    {
        var call = Require(CallPlan.Of(_source, text, arguments, options));
        return Decisions.Explain(_source, call, Held);
    }

    /// <summary>
    /// Gives back what it holds; an open transaction is rolled back. While an operation of it still runs, that happens when
    /// the operation ends. Idempotent.
    /// </summary>
    public ValueTask DisposeAsync() => _holder?.CloseAsync(async: true) ?? ValueTask.CompletedTask;

    /// <summary>As <see cref="DisposeAsync()"/>, blocking.</summary>
    public void Dispose() => _holder?.CloseAsync(async: false).Completed();

    /// <summary>After a pin went. A running operation gives the connection back itself, as it leaves.</summary>
    internal ValueTask UnpinAsync() => Holder.TryEnter("UNPIN") ? Holder.ExitAsync(async: true) : ValueTask.CompletedTask;

    internal void RefuseHandingOut()
    {
        if (_readOnly)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.ReadOnlySessionHandsOut,
                "This session is read-only, and what is sent over the driver's own connection could not be kept from writing. Hand out the connection of a session without 'ReadOnly'.");
        }
    }

    internal void Enter(string what)
    {
        ObjectDisposedException.ThrowIf(Holder.IsClosed, this);
        Holder.Enter(what);
    }

    internal Call Require(Call call) => Positions.Require(_source, _holder?.Scope, call);

    internal ValueTask NoteOutcomeAsync(RoutedLease lease, Call call, bool async) =>
        Positions.NoteOutcomeAsync(_source, _holder?.Scope, lease, call, async);

    /// <summary>The connection that a statement of this session runs on: the one it has, one it keeps from now on, or null for one of its own.</summary>
    internal async ValueTask<HeldLease?> HoldIfNeededAsync(Call call, bool async, CancellationToken ct)
    {
        var statement = call.Statement;
        if (_readOnly && statement.Effect == SessionEffect.ControlsTransaction && Held?.Transaction is null)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.TextTransactionInReadOnlySession,
                $"'{statement.Summary}' would begin a transaction that may write, but this session is read-only. Use 'BeginTransactionAsync', which begins a read-only one.");
        }

        if (Held is { } held)
        {
            return held;
        }

        if (NeedsHold(statement))
        {
            return await HoldAsync(Intent.Write, statement.Summary, async, ct).ConfigureAwait(false);
        }

        CallPlan.RefuseSessionState(statement, oneShot: false);
        return null;
    }

    /// <summary>Rents a connection for what outlives the call; where <paramref name="protects"/> asks for it and the route needs it, inside a transaction that refuses writes.</summary>
    internal async ValueTask<(RoutedLease Lease, LocalTransaction? Protection)> RentAsync(Call call, bool protects, bool async, CancellationToken ct)
    {
        for (var reruns = 0; ; reruns++)
        {
            try
            {
                var route = _source.Routes.Choose(_source.Shards.Locate(), call.Intent, call.Required, call.Avoid);
                var lease = await _source.Pools.RentAsync(route, _holder?.Owner, call.Priority, call.Telemetry, async, Deadline.None, ct).ConfigureAwait(false);
                lease.Soil(_source.Proof.DirtOf(call.Statement, lease.Node));
                return (lease, protects && MustProtect(call, route) ? await ProtectOrReturnAsync(lease, async, ct).ConfigureAwait(false) : null);
            }
            catch (Exception error) when (Failure.TryReroute(_source, call, error, reruns, out call))
            {
                call.Telemetry?.OnRerun();
                Log.Rerun(_source.Logger, error, _source.Name, call.Statement.Summary, FailedNode.Of(error));
            }
        }
    }

    private async ValueTask<LocalTransaction> ProtectOrReturnAsync(RoutedLease lease, bool async, CancellationToken ct)
    {
        try
        {
            return await ProtectAsync(lease, async, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            lease.Soil(Dirt.Transaction);
            Failure.Note(_source, lease, error);
            await lease.ReturnAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    // DISCARD ALL runs in no transaction, and writes nothing.
    internal bool MustProtectOn(HeldLease held, Statement statement) =>
        _readOnly && !held.InTransaction && statement is not { StatementCount: 1, ResetsSession: true };

    /// <summary>Begins the transaction in which the server refuses writes.</summary>
    internal static ValueTask<LocalTransaction> ProtectAsync(RoutedLease lease, bool async, CancellationToken ct) =>
        LocalTransaction.BeginAsync(lease.Physical, IsolationLevel.Unspecified, readOnly: true, "read-only transaction", async, ct);

    private static bool NeedsHold(Statement statement) =>
        statement.SetsState || statement.Verb is TransactionVerb.Begin or TransactionVerb.Other;

    private async ValueTask<HeldLease> HoldAsync(Intent intent, string what, bool async, CancellationToken ct)
    {
        var statement = new Statement("", StatementClass.Unknown, SessionEffect.Neutral, TransactionVerb.None, what, 1, "keeps a connection");
        var call = Require(new Call(statement, default, intent, IsExplicit: true, _source.Routes.Options.Consistency));
        var (lease, _) = await RentAsync(call, protects: false, async, ct).ConfigureAwait(false);
        return Holder.Keep(lease, intent);
    }

    private bool MustProtect(in Call call, in Route route) =>
        _readOnly || (call is { IsExplicit: true, Intent: Intent.Read } && route.Reason == RouteReason.NoReplicaUsable);

    private async ValueTask<TResult> RunProtectedAsync<TResult>(
        RoutedLease lease, Call call, MapperOperation<TResult> operation, bool async, CancellationToken ct)
    {
        var transaction = await ProtectAsync(lease, async, ct).ConfigureAwait(false);
        try
        {
            var result = await operation.RunAsync(lease.Connection, call.Command, async, ct).ConfigureAwait(false);
            await transaction.CommitAsync(async).ConfigureAwait(false);
            return result;
        }
        finally
        {
            await TransactionEnds.EndQuietlyAsync(_source, lease, transaction, async).ConfigureAwait(false);
        }
    }
}
