using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>
/// The rows of a routed command: the driver's reader, which also lets its connection go when it ends. Once it is closed, or
/// its connection is, nothing reaches the driver's reader any more: drivers use theirs again, and it may show somebody
/// else's rows by then. Not thread-safe.
/// </summary>
#pragma warning disable CA1010 // ADO.NET readers enumerate records untyped
public sealed class RoutingDataReader : DbDataReader, IDbColumnSchemaGenerator
#pragma warning restore CA1010
{
    private readonly RoutingConnection _connection;
    private readonly DbDataReader _inner;
    private readonly IDisposable _command;
    private readonly RunningCommand _running;
    private readonly AdoRun _run;
    private readonly CommandBehavior _behavior;
    private bool _closed;
    private bool _failed;
    private bool _isAtEnd;
    private int _recordsAffected = -1;

    /// <param name="command">The driver's command or batch under it, which goes with it.</param>
    internal RoutingDataReader(
        RoutingConnection connection, DbDataReader inner, IDisposable command, RunningCommand running, AdoRun run, CommandBehavior behavior)
    {
        _connection = connection;
        _inner = inner;
        _command = command;
        _running = running;
        _run = run;
        _behavior = behavior;
        connection.Readers.Add(this);
    }

    /// <summary>The next in the list of its connection's open readers.</summary>
    internal RoutingDataReader? Next { get; set; }

    /// <summary>The batch's commands where it is one's rows.</summary>
    internal RoutingBatchCommandCollection? BatchCommands { get; init; }

    /// <inheritdoc/>
    public override int Depth => Rows.Depth;

    /// <inheritdoc/>
    public override int FieldCount => Rows.FieldCount;

    /// <inheritdoc/>
    public override int VisibleFieldCount => Rows.VisibleFieldCount;

    /// <inheritdoc/>
    public override bool HasRows => Rows.HasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _closed || _run.Holder.IsClosed || _inner.IsClosed;

    /// <summary>Rows that were changed, added or deleted; -1 for reads. Complete, and still there, once the reader is closed.</summary>
    public override int RecordsAffected => _closed || _run.Holder.IsClosed ? _recordsAffected : _inner.RecordsAffected;

    /// <inheritdoc/>
    public override object this[int ordinal] => Rows[ordinal];

    /// <inheritdoc/>
    public override object this[string name] => Rows[name];

    /// <inheritdoc/>
    public override bool Read()
    {
        var rows = Rows;
        try
        {
            return rows.Read();
        }
        catch (Exception error)
        {
            Fail(error);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = Rows;
        try
        {
            var hasRow = await rows.ReadAsync(cancellationToken).ConfigureAwait(false);
            NoteCancel(error: null, cancellationToken);
            return hasRow;
        }
        catch (Exception error)
        {
            NoteCancel(error, cancellationToken);
            Fail(error);
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool NextResult()
    {
        var rows = Rows;
        try
        {
            var hasResult = rows.NextResult();
            _isAtEnd = !hasResult;
            return hasResult;
        }
        catch (Exception error)
        {
            Fail(error);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        var rows = Rows;
        try
        {
            var hasResult = await rows.NextResultAsync(cancellationToken).ConfigureAwait(false);
            _isAtEnd = !hasResult;
            NoteCancel(error: null, cancellationToken);
            return hasResult;
        }
        catch (Exception error)
        {
            NoteCancel(error, cancellationToken);
            Fail(error);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Close() => CloseAsync(async: false).Completed();

    /// <inheritdoc/>
    public override Task CloseAsync() => CloseAsync(async: true).AsTask();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync(async: true).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Rows.GetBoolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => Rows.GetByte(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Rows.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => Rows.GetChar(ordinal);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Rows.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => Rows.GetDataTypeName(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => Rows.GetDateTime(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => Rows.GetDecimal(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Rows.GetDouble(ordinal);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    /// <inheritdoc/>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => Rows.GetFieldType(ordinal);

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => Rows.GetFieldValue<T>(ordinal);

    /// <inheritdoc/>
    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) => Rows.GetFieldValueAsync<T>(ordinal, cancellationToken);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => Rows.GetFloat(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Rows.GetGuid(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => Rows.GetInt16(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => Rows.GetInt32(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Rows.GetInt64(ordinal);

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Rows.GetName(ordinal);

    /// <inheritdoc/>
    public override int GetOrdinal(string name) => Rows.GetOrdinal(name);

    /// <inheritdoc/>
    public override Type GetProviderSpecificFieldType(int ordinal) => Rows.GetProviderSpecificFieldType(ordinal);

    /// <inheritdoc/>
    public override object GetProviderSpecificValue(int ordinal) => Rows.GetProviderSpecificValue(ordinal);

    /// <inheritdoc/>
    public override int GetProviderSpecificValues(object[] values) => Rows.GetProviderSpecificValues(values);

    /// <inheritdoc/>
    public override DataTable? GetSchemaTable() => Described.GetSchemaTable();

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => Rows.GetStream(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Rows.GetString(ordinal);

    /// <inheritdoc/>
    public override TextReader GetTextReader(int ordinal) => Rows.GetTextReader(ordinal);

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => Rows.GetValue(ordinal);

    /// <inheritdoc/>
    public override int GetValues(object[] values) => Rows.GetValues(values);

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Rows.IsDBNull(ordinal);

    /// <inheritdoc/>
    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => Rows.IsDBNullAsync(ordinal, cancellationToken);

    /// <inheritdoc/>
    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) => Described.GetSchemaTableAsync(cancellationToken);

    /// <inheritdoc/>
    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        Described.GetColumnSchemaAsync(cancellationToken);

    /// <inheritdoc/>
    public ReadOnlyCollection<DbColumn> GetColumnSchema() => Described.GetColumnSchema();

    /// <inheritdoc/>
    protected override DbDataReader GetDbDataReader(int ordinal) => Rows.GetData(ordinal);

    internal async ValueTask CloseAsync(bool async)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _connection.Readers.Remove(this);
        try
        {
            await EndInnerAsync(async).ConfigureAwait(false);
        }
        catch (Exception) when (_run.Holder.IsClosed)
        {
            // Its connection was closed before it, and the physical one went with that: there is nothing left to end.
        }
        catch (Exception error)
        {
            Fail(error);
            throw;
        }
        finally
        {
            _run.Call.Telemetry?.End();
            await LeaveAsync(async).ConfigureAwait(false);
        }
    }

    private DbDataReader Rows => _closed || _run.Holder.IsClosed ? throw Closed() : _inner;

    private DbDataReader Described => Rows is var rows && _behavior.HasFlag(CommandBehavior.KeyInfo) && !_run.Holder.Source.Engine.DescribesKeys
        ? throw CodedErrors.NotSupported(
            ErrorCodes.NotInAdoNet, $"The driver of {_run.Holder.Source.Engine.Name} asks for key columns on a second connection, which a routed one does not have. Leave 'CommandBehavior.KeyInfo' out, or read the keys from the database's catalog.")
        : rows;

    private static InvalidOperationException Closed() => CodedErrors.InvalidOperation(
        ErrorCodes.ReaderClosed, "The reader is closed, or its connection is: there are no rows to read any more. Read before closing either.");

    /// <summary>
    /// Whether rows that are left may be cancelled instead of read past. In a transaction that would end the transaction, and
    /// a write whose rows these are would be undone.
    /// </summary>
    private bool MayAbandon =>
        !_isAtEnd && !_failed && _command is LeaseCommand
        && !_run.Holder.IsClosed && _run.Holder.OpenReaders == 1
        && !_run.Call.MayWrite && !_run.WasInTransaction && _run.Protection is null && !_run.Held.InTransaction
        && !_run.Held.Lease.Physical.SettlesCancel(error: null);

    private async ValueTask AbandonInnerAsync(LeaseCommand command, bool async)
    {
        if (await command.AbandonAsync(_inner, async).ConfigureAwait(false) != ReaderEnding.ReadToEnd)
        {
            _run.Held.Lease.Soil(Dirt.Cancelled);
        }
    }

    private async ValueTask EndInnerAsync(bool async)
    {
        try
        {
            if (MayAbandon)
            {
                await AbandonInnerAsync((LeaseCommand)_command, async).ConfigureAwait(false);
            }
            else if (async)
            {
                await _inner.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                _inner.Dispose();
            }

            _recordsAffected = _inner.RecordsAffected;
        }
        finally
        {
            // In this order: once the command is back in its cache, a Cancel would meet whoever uses it next.
            if (_running.End(_command) && !_run.Holder.IsClosed)
            {
                _run.Held.Lease.Soil(Dirt.Cancelled);
            }

            BatchCommands?.TakeBack();
            _command.Dispose();
        }
    }

    private async ValueTask LeaveAsync(bool async)
    {
        // The connection may have been closed under this reader, and opened again since: neither is ours to touch then.
        if (_run.Holder.IsClosed)
        {
            return;
        }

        _run.Holder.OpenReaders--;
        if (_run.Holder.TryEnter("CLOSE READER"))
        {
            try
            {
                await _run.EndAsync(succeeded: !_failed, async).ConfigureAwait(false);
            }
            finally
            {
                await _run.Holder.ExitAsync(async).ConfigureAwait(false);
            }
        }

        if (_behavior.HasFlag(CommandBehavior.CloseConnection))
        {
            await _connection.CloseAsync(async).ConfigureAwait(false);
        }
    }

    private void NoteCancel(Exception? error, CancellationToken ct)
    {
        if (ct.IsCancellationRequested && !_run.Holder.IsClosed)
        {
            Failure.NoteCancel(_run.Held.Lease, error);
        }
    }

    /// <summary>Notes the failure. Throws what the caller is told in its place, if anything.</summary>
    private void Fail(Exception error)
    {
        _failed = true;
        BatchCommands?.Mark(error);
        _run.Call.Telemetry?.Fail(error);
        if (!_run.Holder.IsClosed)
        {
            _run.Holder.NoteFailure(_run.Held, _run.Call, error);
            Failure.ThrowInstead(_run.Holder.Source, _run.Held.Lease, _run.Call.Statement, _run.WasInTransaction || _run.Protection is not null, error);
        }
    }
}
