using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>The rows of a routed command: the driver's reader, which also lets its connection go when it ends. Not thread-safe.</summary>
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
    }

    /// <inheritdoc/>
    public override int Depth => _inner.Depth;

    /// <inheritdoc/>
    public override int FieldCount => _inner.FieldCount;

    /// <inheritdoc/>
    public override int VisibleFieldCount => _inner.VisibleFieldCount;

    /// <inheritdoc/>
    public override bool HasRows => _inner.HasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _closed || _inner.IsClosed;

    /// <inheritdoc/>
    public override int RecordsAffected => _inner.RecordsAffected;

    /// <inheritdoc/>
    public override object this[int ordinal] => _inner[ordinal];

    /// <inheritdoc/>
    public override object this[string name] => _inner[name];

    /// <inheritdoc/>
    public override bool Read()
    {
        try
        {
            return _inner.Read();
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
        try
        {
            var hasRow = await _inner.ReadAsync(cancellationToken).ConfigureAwait(false);
            NoteCancel(error: null, cancellationToken);
            return hasRow;
        }
        catch (Exception error)
        {
            Fail(error);
            NoteCancel(error, cancellationToken);
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool NextResult()
    {
        try
        {
            var hasResult = _inner.NextResult();
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
        try
        {
            var hasResult = await _inner.NextResultAsync(cancellationToken).ConfigureAwait(false);
            _isAtEnd = !hasResult;
            NoteCancel(error: null, cancellationToken);
            return hasResult;
        }
        catch (Exception error)
        {
            Fail(error);
            NoteCancel(error, cancellationToken);
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
    public override bool GetBoolean(int ordinal) => _inner.GetBoolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => _inner.GetByte(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        _inner.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => _inner.GetChar(ordinal);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        _inner.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => _inner.GetDataTypeName(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => _inner.GetDateTime(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => _inner.GetDecimal(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => _inner.GetDouble(ordinal);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    /// <inheritdoc/>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => _inner.GetFieldType(ordinal);

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => _inner.GetFieldValue<T>(ordinal);

    /// <inheritdoc/>
    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) => _inner.GetFieldValueAsync<T>(ordinal, cancellationToken);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => _inner.GetFloat(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => _inner.GetGuid(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => _inner.GetInt16(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => _inner.GetInt32(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => _inner.GetInt64(ordinal);

    /// <inheritdoc/>
    public override string GetName(int ordinal) => _inner.GetName(ordinal);

    /// <inheritdoc/>
    public override int GetOrdinal(string name) => _inner.GetOrdinal(name);

    /// <inheritdoc/>
    public override Type GetProviderSpecificFieldType(int ordinal) => _inner.GetProviderSpecificFieldType(ordinal);

    /// <inheritdoc/>
    public override object GetProviderSpecificValue(int ordinal) => _inner.GetProviderSpecificValue(ordinal);

    /// <inheritdoc/>
    public override int GetProviderSpecificValues(object[] values) => _inner.GetProviderSpecificValues(values);

    /// <inheritdoc/>
    public override DataTable? GetSchemaTable() => _inner.GetSchemaTable();

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => _inner.GetStream(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => _inner.GetString(ordinal);

    /// <inheritdoc/>
    public override TextReader GetTextReader(int ordinal) => _inner.GetTextReader(ordinal);

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => _inner.GetValue(ordinal);

    /// <inheritdoc/>
    public override int GetValues(object[] values) => _inner.GetValues(values);

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => _inner.IsDBNull(ordinal);

    /// <inheritdoc/>
    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => _inner.IsDBNullAsync(ordinal, cancellationToken);

    /// <inheritdoc/>
    public ReadOnlyCollection<DbColumn> GetColumnSchema() => _inner.GetColumnSchema();

    /// <inheritdoc/>
    protected override DbDataReader GetDbDataReader(int ordinal) => _inner.GetData(ordinal);

    internal async ValueTask CloseAsync(bool async)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
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
        }
        finally
        {
            // In this order: once the command is back in its cache, a Cancel would meet whoever uses it next.
            if (_running.End(_command) && !_run.Holder.IsClosed)
            {
                _run.Held.Lease.Soil(Dirt.Cancelled);
            }

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

    private void Fail(Exception error)
    {
        _failed = true;
        _run.Call.Telemetry?.Fail(error);
        if (!_run.Holder.IsClosed)
        {
            _run.Holder.NoteFailure(_run.Held, _run.Call, error);
        }
    }
}
