using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>
/// A facade command: text and parameters until it runs, then the driver's own command, kept by text where that saves
/// preparing. The parameters are the driver's own objects and move into its command while it runs, so that output
/// values, sizes and driver-specific types need no copying. Its connection reuses it once disposed.
/// </summary>
internal sealed class LeaseCommand : DbCommand, IStoppable
{
    // Above this size SQLite's copy of a bound value is not worth keeping for the next run of the same text.
    private const int LargeValue = 64 * 1024;

    private const int DefaultTimeout = 30;
    private const int NoTimeout = -1;

    private readonly LeaseConnection _connection;
    private readonly LeaseParameterCollection _parameters = new();
    private string _text = "";
    private CommandType _type = CommandType.Text;
    private int _timeout = NoTimeout;
    private DbTransaction? _transaction;
    private bool _isDisposed;

    // Set while the driver's command runs and, where readers are not wrapped, until its reader has been seen closed.
    private DbCommand? _native;
    private CommandCache.Entry? _entry;
    private DbDataReader? _reader;

    public LeaseCommand(LeaseConnection connection)
    {
        _connection = connection;
        GC.SuppressFinalize(this);
    }

    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <summary>Seconds; 0 means no limit. When never set, the driver's own default applies, which is shown as 30.</summary>
    public override int CommandTimeout
    {
        get => _timeout == NoTimeout ? DefaultTimeout : _timeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    public override CommandType CommandType
    {
        get => _type;
        set => _type = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set
        {
            if (!ReferenceEquals(value, _connection))
            {
                throw CodedErrors.NotSupported(ErrorCodes.FixedConnection, "A command of a leased connection cannot move to another connection.");
            }
        }
    }

    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <summary>Kept for callers that read it; what runs names the transaction that is open on the physical connection.</summary>
    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = value;
    }

    public override void Cancel()
    {
        if (_native is not null || _reader is { IsClosed: false })
        {
            _connection.Physical.Interrupt();
        }
    }

    public override void Prepare()
    {
        var native = Start(CancellationToken.None);
        try
        {
            native.Prepare();
        }
        catch (Exception error)
        {
            Fail(native, error, CancellationToken.None);
            throw;
        }

        Finish(native);
    }

    public override async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var native = Start(cancellationToken);
        try
        {
            await native.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(native, error, cancellationToken);
            throw;
        }

        Finish(native);
    }

    public override int ExecuteNonQuery()
    {
        var native = Start(CancellationToken.None);
        int count;
        try
        {
            count = native.ExecuteNonQuery();
        }
        catch (Exception error)
        {
            Fail(native, error, CancellationToken.None);
            throw;
        }

        Finish(native);
        return count;
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var native = Start(cancellationToken);
        int count;
        try
        {
            count = await native.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(native, error, cancellationToken);
            throw;
        }

        Finish(native);
        return count;
    }

    public override object? ExecuteScalar()
    {
        var native = Start(CancellationToken.None);
        object? value;
        try
        {
            value = native.ExecuteScalar();
        }
        catch (Exception error)
        {
            Fail(native, error, CancellationToken.None);
            throw;
        }

        Finish(native);
        return value;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var native = Start(cancellationToken);
        object? value;
        try
        {
            value = await native.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(native, error, cancellationToken);
            throw;
        }

        Finish(native);
        return value;
    }

    /// <summary>Makes a disposed command new again, for the connection that reuses it.</summary>
    internal void Revive() => _isDisposed = false;

    async ValueTask<bool> IStoppable.StopAsync(DbDataReader reader, bool async) =>
        await AbandonAsync(reader, async).ConfigureAwait(false) != ReaderEnding.Left;

    /// <summary>Ends its reader, whose rows nobody wants any more. Dispose it afterwards.</summary>
    internal ValueTask<ReaderEnding> AbandonAsync(DbDataReader reader, bool async) => _connection.Physical.AbandonAsync(reader, async);

    protected override DbParameter CreateDbParameter() => _connection.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        var native = Start(CancellationToken.None);
        DbDataReader reader;
        try
        {
            reader = native.ExecuteReader(WithoutClose(behavior));
        }
        catch (Exception error)
        {
            Fail(native, error, CancellationToken.None);
            throw;
        }

        return HandOut(native, reader, CancellationToken.None);
    }

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var native = Start(cancellationToken);
        DbDataReader reader;
        try
        {
            reader = await native.ExecuteReaderAsync(WithoutClose(behavior), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(native, error, cancellationToken);
            throw;
        }

        return HandOut(native, reader, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            EndUse();
        }

        base.Dispose(disposing);
    }

    private void EndUse()
    {
        var isReading = _reader is { IsClosed: false };
        if (_native is { } native && !isReading)
        {
            _connection.Release(native, _entry, keep: true);
        }

        // With its reader still open the driver's command cannot be reused: the reader, or the collector, ends it.
        _native = null;
        _entry = null;
        _reader = null;
        _transaction = null;
        _text = "";
        _type = CommandType.Text;
        _timeout = NoTimeout;
        _parameters.Clear();
        if (!isReading)
        {
            _connection.Recycle(this);
        }
    }

    // The facade's Close does nothing; the driver's would end the physical connection under its pool.
    private static CommandBehavior WithoutClose(CommandBehavior behavior) => behavior & ~CommandBehavior.CloseConnection;

    private DbCommand Start(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_reader is not null)
        {
            EndLastReader();
        }

        var native = _connection.Rent(_text, _type, _timeout, out _entry);
        try
        {
            _parameters.MoveTo(native.Parameters);
            _connection.Physical.CommandStarting(native, _timeout, cancellationToken);
        }
        catch
        {
            _connection.Release(native, _entry, keep: true);
            _entry = null;
            throw;
        }

        _native = native;
        return native;
    }

    private void EndLastReader()
    {
        if (!_reader!.IsClosed)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.CommandHasOpenReader, "This command has an open reader. Close the reader before the command runs again.");
        }

        _reader = null;
        if (_native is { } native)
        {
            _native = null;
            _connection.Release(native, _entry, keep: true);
        }
    }

    private DbDataReader HandOut(DbCommand native, DbDataReader reader, CancellationToken cancellationToken)
    {
        if (!_connection.Physical.WatchesCommands)
        {
            return _reader = reader;
        }

        var entry = _entry;
        _native = null;
        _entry = null;
        return _reader = new LeaseReader(_connection, native, entry, KeepsAfter(entry), reader, cancellationToken);
    }

    private void Finish(DbCommand native) => Finish(native, keep: true);

    /// <summary>Ends a command that failed, and throws the error that the caller should see if it is not the driver's own.</summary>
    private void Fail(DbCommand native, Exception error, CancellationToken cancellationToken)
    {
        // The physical connection knows why it interrupted the command only until the command has ended.
        var other = _connection.Physical.Translate(error, cancellationToken);
        Finish(native, keep: error is DbException);
        if (!ReferenceEquals(other, error))
        {
            throw other;
        }
    }

    private void Finish(DbCommand native, bool keep)
    {
        var entry = _entry;
        _native = null;
        _entry = null;
        if (_connection.Physical.WatchesCommands)
        {
            _connection.Physical.CommandEnded();
        }

        _connection.Release(native, entry, keep && KeepsAfter(entry));
    }

    private bool KeepsAfter(CommandCache.Entry? entry) => entry is not null && !_parameters.HoldsLargeValue(LargeValue);
}
