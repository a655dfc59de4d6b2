using System.Collections;
using System.Data.Common;

namespace Routing.Testing;

/// <summary>A forward-only reader over one <see cref="FakeResult"/>.</summary>
internal sealed class FakeReader(FakeResult result, FakeDbConnection connection, bool closesConnection) : DbDataReader
{
    private int _row = -1;
    private bool _pastResult;
    private bool _closed;

    /// <inheritdoc/>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int FieldCount => _pastResult ? 0 : result.Names.Count;

    /// <inheritdoc/>
    public override bool HasRows => !_pastResult && result.Rows.Count > 0;

    /// <inheritdoc/>
    public override bool IsClosed => _closed;

    /// <inheritdoc/>
    public override int RecordsAffected => result.RecordsAffected;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override bool Read()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        connection.Driver.OnStep("read");
        if (_pastResult || _row + 1 >= result.Rows.Count)
        {
            _row = result.Rows.Count;
            return false;
        }

        _row++;
        return true;
    }

    /// <inheritdoc/>
    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        await GoAsync().ConfigureAwait(false);
        await connection.Driver.OnReading().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return Read();
    }

    /// <inheritdoc/>
    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        await GoAsync().ConfigureAwait(false);
        return NextResult();
    }

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await GoAsync().ConfigureAwait(false);
        Close();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override bool NextResult()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        connection.Driver.OnStep("next result");
        _pastResult = true;
        return false;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (!_closed)
        {
            _closed = true;
            connection.Driver.OnStep("close reader");
            if (closesConnection)
            {
                connection.Close();
            }
        }
    }

    /// <inheritdoc/>
    public override string GetName(int ordinal) => result.Names[ordinal];

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => result.Types[ordinal];

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => result.Types[ordinal].Name;

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        for (var i = 0; i < result.Names.Count; i++)
        {
            if (string.Equals(result.Names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(name), name, "The fake result has no such column.");
    }

    /// <inheritdoc/>
    public override object GetValue(int ordinal)
    {
        if (_row < 0 || _row >= result.Rows.Count)
        {
            throw new InvalidOperationException("The fake reader stands on no row.");
        }

        return result.Rows[_row][ordinal];
    }

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => (byte)GetValue(ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => (char)GetValue(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => (decimal)GetValue(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => (double)GetValue(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)GetValue(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => (short)GetValue(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => (int)GetValue(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Copy((byte[])GetValue(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy(GetString(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    private async ValueTask GoAsync()
    {
        if (connection.Driver.GoesAsync)
        {
            await Task.Yield();
        }
    }

    private static long Copy<T>(T[] source, long offset, T[]? buffer, int bufferOffset, int length)
    {
        if (buffer is null)
        {
            return source.Length;
        }

        var count = (int)Math.Clamp(source.Length - offset, 0, length);
        Array.Copy(source, offset, buffer, bufferOffset, count);
        return count;
    }
}
