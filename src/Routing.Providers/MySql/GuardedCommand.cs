using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Routing.Providers.MySql;

/// <summary>
/// The driver's command without its own time-out and tokens, which are <see cref="CommandGuard"/>'s; before it starts it sends
/// what must go before, and when it was killed and yet ended well it says so. Belongs to its connection; not thread-safe.
/// </summary>
internal sealed class GuardedCommand : DbCommand
{
    private readonly MySqlPhysicalConnection _physical;
    private readonly DbCommand _inner;
    private int _timeout;

    public GuardedCommand(MySqlPhysicalConnection physical, DbCommand inner)
    {
        _physical = physical;
        _inner = inner;
        GC.SuppressFinalize(this);
    }

    [AllowNull]
    public override string CommandText
    {
        get => _inner.CommandText;
        set => _inner.CommandText = value;
    }

    /// <summary>Kept for whoever reads it; the guard is told by its connection.</summary>
    public override int CommandTimeout
    {
        get => _timeout;
        set => _timeout = value;
    }

    public override CommandType CommandType
    {
        get => _inner.CommandType;
        set => _inner.CommandType = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource
    {
        get => _inner.UpdatedRowSource;
        set => _inner.UpdatedRowSource = value;
    }

    protected override DbConnection? DbConnection
    {
        get => _inner.Connection;
        set => _inner.Connection = value;
    }

    protected override DbParameterCollection DbParameterCollection => _inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => _inner.Transaction;
        set => _inner.Transaction = value;
    }

    public override void Cancel() => _physical.Interrupt();

    public override void Prepare()
    {
        GoBefore();
        _inner.Prepare();
    }

    public override int ExecuteNonQuery()
    {
        GoBefore();
        var count = _inner.ExecuteNonQuery();
        _physical.Guard.ThrowIfEnded();
        return count;
    }

    public override object? ExecuteScalar()
    {
        GoBefore();
        var value = _inner.ExecuteScalar();
        _physical.Guard.ThrowIfEnded();
        return value;
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        if (_physical.MustGoBefore)
        {
            await _physical.GoBeforeAsync(CommandText, async: true).ConfigureAwait(false);
        }

        var count = await _inner.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        _physical.Guard.ThrowIfEnded();
        return count;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        if (_physical.MustGoBefore)
        {
            await _physical.GoBeforeAsync(CommandText, async: true).ConfigureAwait(false);
        }

        var value = await _inner.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
        _physical.Guard.ThrowIfEnded();
        return value;
    }

    protected override DbParameter CreateDbParameter() => _inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        GoBefore();
        var reader = _inner.ExecuteReader(behavior);
        try
        {
            _physical.Guard.ThrowIfEnded();
            _physical.Guard.ReaderIsOpen();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (_physical.MustGoBefore)
        {
            await _physical.GoBeforeAsync(CommandText, async: true).ConfigureAwait(false);
        }

        var reader = await _inner.ExecuteReaderAsync(behavior, CancellationToken.None).ConfigureAwait(false);
        try
        {
            _physical.Guard.ThrowIfEnded();
            _physical.Guard.ReaderIsOpen();
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void GoBefore()
    {
        if (_physical.MustGoBefore)
        {
            _physical.GoBefore(CommandText);
        }
    }
}
