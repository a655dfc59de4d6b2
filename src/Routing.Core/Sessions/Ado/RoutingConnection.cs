using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Statements;
using Routing.Topology;
using Routing.Transactions;

namespace Routing;

/// <summary>
/// A routed ADO.NET connection. It takes a physical connection at its first command and keeps one, never two, until
/// <see cref="Close"/>: when the next statement belongs on another node, the current one, if nothing ties it, is given
/// back first. A transaction, session state or an open reader ties it. Not thread-safe; one operation at a time.
/// </summary>
public class RoutingConnection : DbConnection
{
    private readonly RoutingDataSource _dataSource;
    private readonly DataSourceRuntime _source;
    private readonly LeaseOwner _owner = new("routed connection");
    private LeaseHolder? _holder;
    private bool _releasesAfterCommand;
    private ConnectionState _state = ConnectionState.Closed;
    private bool _isDisposed;
    private OpenReaders _readers;

    internal RoutingConnection(RoutingDataSource dataSource)
    {
        _dataSource = dataSource;
        _source = dataSource.Source;
    }

    /// <summary>The data source's constant, without secrets. It cannot be changed.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _dataSource.ConnectionString;
        set
        {
            if (value != _dataSource.ConnectionString)
            {
                throw CodedErrors.NotSupported(ErrorCodes.FixedConnection, "A routed connection belongs to its data source: where it goes is configured under 'Routing:DataSources', not by a connection string.");
            }
        }
    }

    /// <summary>The data source's name.</summary>
    public override string Database => _source.Name;

    /// <summary>The node its current physical connection is on; the data source's name while it has none.</summary>
    public override string DataSource => Held?.Lease.Node.Name ?? _source.Name;

    /// <summary>The server's version; rents a connection when none is held.</summary>
    public override string ServerVersion
    {
        get
        {
            EnsureOpen();
            Holder.Enter("ServerVersion");
            try
            {
                return LeaseRule.AnyAsync(Holder, async: false, CancellationToken.None).Completed().Lease.Physical.Connection.ServerVersion;
            }
            finally
            {
                Holder.ExitAsync(async: false).Completed();
            }
        }
    }

    /// <summary>How long a command waits for a physical connection: the data source's <c>Pool:RentTimeout</c> in seconds, rounded up.</summary>
    public override int ConnectionTimeout => (int)Math.Ceiling(_source.Options.Pool.RentTimeout.TotalSeconds);

    /// <inheritdoc/>
    public override ConnectionState State => _state;

    /// <summary>The intent of its commands where they have none of their own. Default null: classification decides.</summary>
    public Intent? Intent { get; set; }

    /// <summary>
    /// Whether the physical connection is given back after each command that nothing ties, instead of at <see cref="Close"/>.
    /// Default false. A statement that reads connection state (<c>last_insert_rowid()</c>) is then refused.
    /// </summary>
    public bool ReleaseAfterCommand
    {
        get => _releasesAfterCommand;
        set
        {
            _releasesAfterCommand = value;
            if (_holder is { } holder)
            {
                holder.KeepsWhenFree = !value;
            }
        }
    }

    /// <inheritdoc/>
    public override bool CanCreateBatch => _source.Engine.NativeFactory.CanCreateBatch;

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => _dataSource.ProviderFactory;

    internal DataSourceRuntime Source => _source;

    /// <summary>What it holds since it was opened last; each opening has its own, so that what is left of an earlier one touches nothing of the next.</summary>
    internal LeaseHolder Holder => _holder ?? throw CodedErrors.Bug("the connection was never opened.");

    internal HeldLease? Held => _holder?.Held;

    internal ref OpenReaders Readers => ref _readers;

    internal RoutingTransaction? CurrentTransaction { get; private set; }

    /// <summary>Opens it: from here on it takes commands. It rents nothing yet.</summary>
    public override void Open()
    {
        EnsureClosed();
        _source.Start.RunAsync(async: false, CancellationToken.None).Completed();
        BecomeOpen();
    }

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        EnsureClosed();
        cancellationToken.ThrowIfCancellationRequested();
        await _source.Start.RunAsync(async: true, cancellationToken).ConfigureAwait(false);
        BecomeOpen();
    }

    /// <summary>Gives back what it holds; an open transaction is rolled back. Idempotent.</summary>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc/>
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

    /// <summary>Not supported: a data source is one database.</summary>
    /// <param name="databaseName">Any.</param>
    public override void ChangeDatabase(string databaseName) =>
        throw CodedErrors.NotSupported(ErrorCodes.FixedConnection, "A routed connection cannot change its database: each database is a data source of its own under 'Routing:DataSources'.");

    /// <summary>Not supported unless <paramref name="transaction"/> is null: routed connections join no ambient transaction.</summary>
    /// <param name="transaction">A transaction.</param>
    public override void EnlistTransaction(System.Transactions.Transaction? transaction)
    {
        if (transaction is not null)
        {
            throw CodedErrors.NotSupported(ErrorCodes.AmbientTransaction, "A routed connection does not join System.Transactions. Use 'BeginTransaction', or 'TransactAsync' of the database.");
        }
    }

    /// <summary>The driver's metadata, of the node that serves it; rents a connection when none is held. Which collections there are is the driver's affair.</summary>
    public override DataTable GetSchema() => SchemaAsync(new SchemaRequest(null, null), async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="GetSchema()"/>
    /// <param name="collectionName">The collection, as the driver calls it.</param>
    public override DataTable GetSchema(string collectionName) =>
        SchemaAsync(new SchemaRequest(collectionName, null), async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="GetSchema(string)"/>
    /// <param name="collectionName">The collection, as the driver calls it.</param>
    /// <param name="restrictionValues">What to leave out, in the driver's order.</param>
    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        SchemaAsync(new SchemaRequest(collectionName, restrictionValues), async: false, CancellationToken.None).Completed();

    /// <inheritdoc cref="GetSchema()"/>
    /// <param name="cancellationToken">Gives up.</param>
    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        SchemaAsync(new SchemaRequest(null, null), async: true, cancellationToken).AsTask();

    /// <inheritdoc cref="GetSchema(string)"/>
    /// <param name="collectionName">The collection, as the driver calls it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        SchemaAsync(new SchemaRequest(collectionName, null), async: true, cancellationToken).AsTask();

    /// <inheritdoc cref="GetSchema(string, string?[])"/>
    /// <param name="collectionName">The collection, as the driver calls it.</param>
    /// <param name="restrictionValues">What to leave out, in the driver's order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public override Task<DataTable> GetSchemaAsync(string collectionName, string?[] restrictionValues, CancellationToken cancellationToken = default) =>
        SchemaAsync(new SchemaRequest(collectionName, restrictionValues), async: true, cancellationToken).AsTask();

    /// <inheritdoc cref="DbConnection.CreateCommand"/>
    public new RoutingCommand CreateCommand() => new(_source) { Connection = this };

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isDisposed = true;
            Close();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => CanCreateBatch ? new RoutingBatch(_source) { Connection = this } : throw RoutingProviderFactory.NoBatches(_source.Engine);

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        BeginAsync(isolationLevel, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginAsync(isolationLevel, async: true, cancellationToken).ConfigureAwait(false);

    internal void EnsureOpen()
    {
        CallPlan.RefuseAmbientTransaction();
        if (_state != ConnectionState.Open)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.ConnectionClosed, $"The routed connection to '{_source.Name}' is closed. Open it first.");
        }
    }

    internal void RefuseOtherTransaction(DbTransaction? given)
    {
        if (given is not null && given != CurrentTransaction)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.ForeignTransaction, "The command's transaction has ended or belongs to another connection. Set 'Transaction' to the open one of its connection, or to null.");
        }
    }

    /// <summary>A transaction has ended.</summary>
    internal void Forget(RoutingTransaction transaction)
    {
        if (CurrentTransaction == transaction)
        {
            CurrentTransaction = null;
        }
    }

    /// <summary>While a command still runs, what it holds is given back when that has ended.</summary>
    internal async ValueTask CloseAsync(bool async)
    {
        if (_state == ConnectionState.Closed)
        {
            return;
        }

        CurrentTransaction = null;
        _readers.Forget();
        try
        {
            await Holder.CloseAsync(async).ConfigureAwait(false);
        }
        finally
        {
            SetState(ConnectionState.Closed);
        }
    }

    private async ValueTask<RoutingTransaction> BeginAsync(IsolationLevel isolation, bool async, CancellationToken ct)
    {
        EnsureOpen();
        var holder = Holder;
        holder.Enter("BEGIN");
        var telemetry = StatementTelemetry.StartBegin(holder);
        try
        {
            if (holder.Held is { Transaction: not null } or { HasRawTransaction: true })
            {
                throw CodedErrors.InvalidOperation(ErrorCodes.TransactionOpen, "A transaction is open on this connection already; ADO.NET transactions do not nest. End it first, or use its savepoints ('Save', 'Rollback(name)').");
            }

            var held = await LeaseForTransactionAsync(isolation, async, ct).ConfigureAwait(false);
            telemetry?.OnHeld(held);
            await holder.BeginAsync(held, isolation, readOnly: Intent == Routing.Intent.Read, "transaction", async, ct).ConfigureAwait(false);
            return CurrentTransaction = new RoutingTransaction(this, held, held.Transaction!);
        }
        catch (Exception error)
        {
            telemetry?.Fail(error);
            throw;
        }
        finally
        {
            telemetry?.End();
            await holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<DataTable> SchemaAsync(SchemaRequest request, bool async, CancellationToken ct)
    {
        EnsureOpen();
        ct.ThrowIfCancellationRequested();
        var holder = Holder;
        holder.Enter("GetSchema");
        HeldLease? held = null;
        try
        {
            held = await LeaseRule.AnyAsync(holder, async, ct).ConfigureAwait(false);
            var connection = held.Lease.Physical.Connection;
            return async ? await request.AskAsync(connection, ct).ConfigureAwait(false) : request.Ask(connection);
        }
        catch (Exception error) when (held is not null)
        {
            holder.NoteFailure(held, error);
            throw;
        }
        finally
        {
            await holder.ExitAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<HeldLease> LeaseForTransactionAsync(IsolationLevel isolation, bool async, CancellationToken ct)
    {
        // A standby refuses serializable transactions, so those go to the primary even when read-only.
        var intent = Intent == Routing.Intent.Read && isolation != IsolationLevel.Serializable ? Routing.Intent.Read : Routing.Intent.Write;
        var begin = new Call(BeginStatement, default, intent, IsExplicit: true, _source.Routes.Options.Consistency);
        for (var reruns = 0; ; reruns++)
        {
            try
            {
                return (await LeaseRule.FindAsync(Holder, begin, async, ct).ConfigureAwait(false)).Held;
            }
            catch (Exception error) when (Failure.TryReroute(_source, begin, error, reruns, out begin))
            {
                Log.Rerun(_source.Logger, error, _source.Name, "BEGIN", FailedNode.Of(error));
            }
        }
    }

    private static readonly Statement BeginStatement =
        new("BEGIN", StatementClass.Write, SessionEffect.ControlsTransaction, TransactionVerb.Begin, "BEGIN", 1, "begins a transaction");

    private void EnsureClosed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ObjectDisposedException.ThrowIf(_source.IsDisposed, _dataSource);
        CallPlan.RefuseAmbientTransaction();
        if (_state != ConnectionState.Closed)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.ConnectionOpen, $"The routed connection to '{_source.Name}' is open already.");
        }
    }

    private void BecomeOpen()
    {
        _holder = new LeaseHolder(_source, "routed connection", _owner) { Scope = _holder?.Scope, KeepsWhenFree = !_releasesAfterCommand };
        SetState(ConnectionState.Open);
    }

    private void SetState(ConnectionState next)
    {
        var before = _state;
        _state = next;
        OnStateChange(new StateChangeEventArgs(before, next));
    }
}
