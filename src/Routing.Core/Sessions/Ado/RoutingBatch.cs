using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>
/// A batch of a <see cref="RoutingConnection"/>, on engines whose driver has batches: one round trip on one node, which is
/// the primary unless every command reads. Not thread-safe, except <see cref="Cancel"/>.
/// </summary>
public sealed class RoutingBatch : DbBatch
{
    private readonly DataSourceRuntime _source;
    private readonly RoutingBatchCommandCollection _commands = new();
    private readonly RunningCommand _running = new();
    private RoutingConnection? _connection;
    private DbTransaction? _transaction;
    private int? _timeoutSeconds;
    private bool _isDisposed;

    internal RoutingBatch(DataSourceRuntime source) => _source = source;

    /// <summary>Seconds, 0 for no limit. Default: <c>Timeouts:Command</c> of the data source.</summary>
    public override int Timeout
    {
        get => _timeoutSeconds ?? (int)Math.Ceiling(_source.Options.Timeouts.Command.TotalSeconds);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <inheritdoc/>
    protected override DbBatchCommandCollection DbBatchCommands => _commands;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value as RoutingConnection
            ?? (value is null ? null : throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, $"A routed batch needs a RoutingConnection, not {value.GetType().Name}."));
    }

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = value is null or RoutingTransaction ? value : throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, $"A routed batch needs a RoutingTransaction, not {value.GetType().Name}.");
    }

    /// <summary>Asks the server to end the running batch, if any. Thread-safe.</summary>
    public override void Cancel() => _running.Cancel();

    /// <summary>Prepares nothing, though it needs an open connection: statements are prepared by use, per physical connection.</summary>
    public override void Prepare() => Open();

    /// <inheritdoc cref="Prepare"/>
    /// <param name="cancellationToken">Checked first.</param>
    public override async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _isDisposed = true;
        base.Dispose();
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => ExecuteNonQueryAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default) => ExecuteNonQueryAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ExecuteScalarAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default) => ExecuteScalarAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override DbBatchCommand CreateDbBatchCommand() => new RoutingBatchCommand(_source.Engine.NativeFactory);

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ExecuteReaderAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    private async ValueTask<int> ExecuteNonQueryAsync(bool async, CancellationToken ct)
    {
        var reader = await ExecuteReaderAsync(CommandBehavior.Default, async, ct).ConfigureAwait(false);
        try
        {
            await ReachEndAsync(reader, async, ct).ConfigureAwait(false);
            return reader.RecordsAffected;
        }
        finally
        {
            await reader.CloseAsync(async).ConfigureAwait(false);
        }
    }

    private async ValueTask<object?> ExecuteScalarAsync(bool async, CancellationToken ct)
    {
        var reader = await ExecuteReaderAsync(CommandBehavior.Default, async, ct).ConfigureAwait(false);
        try
        {
            var hasRow = async ? await reader.ReadAsync(ct).ConfigureAwait(false) : reader.Read();
            var value = hasRow ? reader.GetValue(0) : null;
            await ReachEndAsync(reader, async, ct).ConfigureAwait(false);
            return value;
        }
        finally
        {
            await reader.CloseAsync(async).ConfigureAwait(false);
        }
    }

    /// <summary>An error of a later command comes only when it is reached: closing the reader would pass over it with some drivers.</summary>
    private static async ValueTask ReachEndAsync(RoutingDataReader reader, bool async, CancellationToken ct)
    {
        while (async ? await reader.NextResultAsync(ct).ConfigureAwait(false) : reader.NextResult())
        {
        }
    }

    private async ValueTask<RoutingDataReader> ExecuteReaderAsync(CommandBehavior behavior, bool async, CancellationToken ct)
    {
        var connection = Open();
        ct.ThrowIfCancellationRequested();
        connection.RefuseOtherTransaction(_transaction);
        var call = CallPlan.OfBatch(_source, _commands.Texts, connection.Intent);
        try
        {
            var (run, (reader, batch)) = await AdoLine.RunAsync(
                connection.Holder, call, (Self: this, Behavior: behavior & ~CommandBehavior.CloseConnection),
                static (held, state, async, ct) => state.Self.ReaderOnAsync(held, state.Behavior, async, ct), opensReader: true, async, ct).ConfigureAwait(false);
            return new RoutingDataReader(connection, reader, batch, _running, run, behavior) { BatchCommands = _commands };
        }
        catch when (behavior.HasFlag(CommandBehavior.CloseConnection))
        {
            // Whoever asked for this closes the reader only, and there is none.
            await connection.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    private RoutingConnection Open()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = _connection ?? throw CodedErrors.InvalidOperation(ErrorCodes.NoConnection, "The batch has no connection. Set 'Connection', or create it by 'connection.CreateBatch()'.");
        connection.EnsureOpen();
        return connection;
    }

    private async ValueTask<(DbDataReader Reader, DbBatch Batch)> ReaderOnAsync(HeldLease held, CommandBehavior behavior, bool async, CancellationToken ct)
    {
        var batch = held.Lease.Connection.CreateBatch();
        batch.Timeout = Timeout;
        foreach (var command in _commands.Items)
        {
            batch.BatchCommands.Add(command.ToNative(batch, command.TextFor((LeaseConnection)held.Lease.Connection)));
        }

        _running.Begin(batch);
        try
        {
            return (async ? await batch.ExecuteReaderAsync(behavior, ct).ConfigureAwait(false) : batch.ExecuteReader(behavior), batch);
        }
        catch (Exception error)
        {
            _commands.Mark(error);
            _commands.TakeBack();
            if (_running.End(batch))
            {
                held.Lease.Soil(Dirt.Cancelled);
            }

            batch.Dispose();
            throw;
        }
    }
}

/// <summary>One command of a <see cref="RoutingBatch"/>. Not thread-safe.</summary>
public sealed class RoutingBatchCommand : DbBatchCommand
{
    private readonly DbProviderFactory _native;
    private readonly RoutingParameterCollection _parameters = new();
    private DbBatchCommand? _ran;
    private string _text = "";

    internal RoutingBatchCommand(DbProviderFactory native) => _native = native;

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <inheritdoc/>
    public override CommandType CommandType { get; set; } = CommandType.Text;

    /// <summary>Rows this command affected in the last run; -1 before it.</summary>
    public override int RecordsAffected => _ran?.RecordsAffected ?? -1;

    /// <inheritdoc/>
    public override bool CanCreateParameter => true;

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    public override DbParameter CreateParameter() =>
        _native.CreateParameter() ?? throw CodedErrors.Bug("the engine's factory makes no parameters.");

    /// <summary>Takes its parameters out of the driver's command that ran last.</summary>
    internal void TakeBack() => _ran?.Parameters.Clear();

    /// <summary>Whether it was this one that ran as the driver's own command.</summary>
    internal bool Ran(DbBatchCommand native) => ReferenceEquals(_ran, native);

    internal string TextFor(LeaseConnection connection) => CommandType == CommandType.Text ? connection.Comment(_text) : _text;

    internal DbBatchCommand ToNative(DbBatch batch, string text)
    {
        TakeBack();
        var command = batch.CreateBatchCommand();
        command.CommandText = text;
        command.CommandType = CommandType;
        foreach (DbParameter parameter in _parameters)
        {
            // A driver's parameter cannot belong to two collections, and this batch may run again. One whose value comes back has to
            // be there itself, and is taken back afterwards.
            command.Parameters.Add(parameter.Direction != ParameterDirection.Input ? parameter
                : parameter is ICloneable cloneable ? cloneable.Clone()
                : throw CodedErrors.NotSupported(ErrorCodes.ParameterNotCloneable, $"A parameter of a batch must be cloneable, and {parameter.GetType().Name} is not. Run the commands one by one."));
        }

        return _ran = command;
    }
}

internal sealed class RoutingBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<RoutingBatchCommand> _items = [];

    public IReadOnlyList<RoutingBatchCommand> Items => _items;

    public IEnumerable<(string Text, CommandType Type)> Texts => _items.Select(static command => (command.CommandText, command.CommandType));

    public override int Count => _items.Count;

    /// <summary>
    /// Says on a driver's error which command it was, as a driver can name its own commands only: <c>Routing.BatchCommand</c> in its
    /// <c>Data</c>, counted from 0.
    /// </summary>
    public void Mark(Exception error)
    {
        if (error is not DbException { BatchCommand: { } failed })
        {
            return;
        }

        var index = _items.FindIndex(item => item.Ran(failed));
        if (index >= 0)
        {
            error.Data["Routing.BatchCommand"] = index;
        }
    }

    /// <summary>After the run: the parameters are the caller's again.</summary>
    public void TakeBack()
    {
        foreach (var item in _items)
        {
            item.TakeBack();
        }
    }

    public override bool IsReadOnly => false;

    public override void Add(DbBatchCommand item) => _items.Add((RoutingBatchCommand)item);

    public override void Clear() => _items.Clear();

    public override bool Contains(DbBatchCommand item) => _items.Contains((RoutingBatchCommand)item);

    public override void CopyTo(DbBatchCommand[] array, int arrayIndex) => ((ICollection)_items).CopyTo(array, arrayIndex);

    public override IEnumerator<DbBatchCommand> GetEnumerator() => _items.GetEnumerator();

    public override int IndexOf(DbBatchCommand item) => _items.IndexOf((RoutingBatchCommand)item);

    public override void Insert(int index, DbBatchCommand item) => _items.Insert(index, (RoutingBatchCommand)item);

    public override bool Remove(DbBatchCommand item) => _items.Remove((RoutingBatchCommand)item);

    public override void RemoveAt(int index) => _items.RemoveAt(index);

    protected override DbBatchCommand GetBatchCommand(int index) => _items[index];

    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => _items[index] = (RoutingBatchCommand)batchCommand;
}
