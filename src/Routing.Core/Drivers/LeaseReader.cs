using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;

namespace Routing.Drivers;

/// <summary>
/// The driver's reader where something must happen at its end: the command is disarmed, its parameters are freed and it
/// goes back to the cache. It ends once, whichever of reader, command and lease is disposed first.
/// </summary>
internal sealed class LeaseReader(
    LeaseConnection connection,
    DbCommand native,
    CommandCache.Entry? entry,
    bool keep,
    DbDataReader inner,
    CancellationToken cancellationToken) : DbDataReader, IDbColumnSchemaGenerator
{
    private bool _hasEnded;
    private bool _keep = keep;

    public override int Depth => inner.Depth;

    public override int FieldCount => inner.FieldCount;

    public override int VisibleFieldCount => inner.VisibleFieldCount;

    public override bool HasRows => inner.HasRows;

    public override bool IsClosed => inner.IsClosed;

    public override int RecordsAffected => inner.RecordsAffected;

    public override object this[int ordinal] => inner[ordinal];

    public override object this[string name] => inner[name];

    public override bool Read()
    {
        try
        {
            return inner.Read();
        }
        catch (Exception error)
        {
            ThrowTranslated(error);
            throw;
        }
    }

    public override Task<bool> ReadAsync(CancellationToken readToken)
    {
        var task = inner.ReadAsync(readToken);
        return task.IsCompletedSuccessfully ? task : Translating(task);
    }

    public override bool NextResult()
    {
        try
        {
            return inner.NextResult();
        }
        catch (Exception error)
        {
            ThrowTranslated(error);
            throw;
        }
    }

    public override Task<bool> NextResultAsync(CancellationToken readToken)
    {
        var task = inner.NextResultAsync(readToken);
        return task.IsCompletedSuccessfully ? task : Translating(task);
    }

    public override void Close()
    {
        try
        {
            inner.Close();
        }
        finally
        {
            End();
        }
    }

    public override async Task CloseAsync()
    {
        try
        {
            await inner.CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            End();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public override bool GetBoolean(int ordinal) => inner.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => inner.GetByte(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        inner.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override char GetChar(int ordinal) => inner.GetChar(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        inner.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    public override string GetDataTypeName(int ordinal) => inner.GetDataTypeName(ordinal);

    public override DateTime GetDateTime(int ordinal) => inner.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => inner.GetDecimal(ordinal);

    public override double GetDouble(int ordinal) => inner.GetDouble(ordinal);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    public override Type GetFieldType(int ordinal) => inner.GetFieldType(ordinal);

    public override T GetFieldValue<T>(int ordinal) => inner.GetFieldValue<T>(ordinal);

    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken readToken) =>
        inner.GetFieldValueAsync<T>(ordinal, readToken);

    public override float GetFloat(int ordinal) => inner.GetFloat(ordinal);

    public override Guid GetGuid(int ordinal) => inner.GetGuid(ordinal);

    public override short GetInt16(int ordinal) => inner.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => inner.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => inner.GetInt64(ordinal);

    public override string GetName(int ordinal) => inner.GetName(ordinal);

    public override int GetOrdinal(string name) => inner.GetOrdinal(name);

    public override Type GetProviderSpecificFieldType(int ordinal) => inner.GetProviderSpecificFieldType(ordinal);

    public override object GetProviderSpecificValue(int ordinal) => inner.GetProviderSpecificValue(ordinal);

    public override int GetProviderSpecificValues(object[] values) => inner.GetProviderSpecificValues(values);

    public override DataTable? GetSchemaTable() => inner.GetSchemaTable();

    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken readToken = default) => inner.GetSchemaTableAsync(readToken);

    public ReadOnlyCollection<DbColumn> GetColumnSchema() => inner.GetColumnSchema();

    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken readToken = default) =>
        inner.GetColumnSchemaAsync(readToken);

    public override Stream GetStream(int ordinal) => inner.GetStream(ordinal);

    public override string GetString(int ordinal) => inner.GetString(ordinal);

    public override TextReader GetTextReader(int ordinal) => inner.GetTextReader(ordinal);

    public override object GetValue(int ordinal) => inner.GetValue(ordinal);

    public override int GetValues(object[] values) => inner.GetValues(values);

    public override bool IsDBNull(int ordinal) => inner.IsDBNull(ordinal);

    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken readToken) => inner.IsDBNullAsync(ordinal, readToken);

    protected override DbDataReader GetDbDataReader(int ordinal) => inner.GetData(ordinal);

    private async Task<bool> Translating(Task<bool> task)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ThrowTranslated(error);
            throw;
        }
    }

    private void ThrowTranslated(Exception error)
    {
        if (error is not DbException)
        {
            _keep = false;
        }

        var other = connection.Physical.Translate(error, cancellationToken);
        if (!ReferenceEquals(other, error))
        {
            throw other;
        }
    }

    private void End()
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        connection.Physical.CommandEnded();
        connection.Release(native, entry, _keep);
    }
}
