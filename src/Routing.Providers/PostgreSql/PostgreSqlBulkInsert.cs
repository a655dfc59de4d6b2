using Npgsql;
using NpgsqlTypes;
using Routing.Drivers;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// A bulk insert by binary COPY. Each value is written as its column's type, because COPY converts nothing. The caller's token is
/// heard between rows, where stopping is a word to the server; only a write or an end that the server does not take is
/// broken off. Belongs to one call; not thread-safe.
/// </summary>
internal sealed class PostgreSqlBulkInsert : IBulkWriters
{
    private readonly BulkLoad _load;
    private readonly NpgsqlBinaryImporter _importer;
    private readonly TimeSpan _cancelLimit;
    private readonly bool _async;
    private readonly CancellationToken _token;
    private bool _isEnding;

    private PostgreSqlBulkInsert(BulkLoad load, NpgsqlBinaryImporter importer, TimeSpan cancelLimit, bool async, CancellationToken token)
    {
        _load = load;
        _importer = importer;
        _cancelLimit = cancelLimit;
        _async = async;
        _token = token;
    }

    /// <summary>Loads all rows; returns how many the server says it has copied.</summary>
    /// <exception cref="CopyStoppedException">The token was cancelled between rows.</exception>
    public static async ValueTask<long> RunAsync(NpgsqlConnection connection, BulkLoad load, TimeSpan cancelLimit, bool async, CancellationToken token)
    {
        var text = $"COPY {load.Table} ({string.Join(", ", load.Columns.Select(static column => column.Quoted))}) FROM STDIN (FORMAT BINARY)";
        var importer = async ? await connection.BeginBinaryImportAsync(text, token).ConfigureAwait(false) : connection.BeginBinaryImport(text);
        importer.Timeout = load.TimeoutSeconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(load.TimeoutSeconds);
        return await new PostgreSqlBulkInsert(load, importer, cancelLimit, async, token).RunAsync().ConfigureAwait(false);
    }

    public BulkWriter<T> Create<T>(int column)
    {
        var target = _load.Columns[column];
        return ((Npgsql.Schema.NpgsqlDbColumn)target.Schema!).NpgsqlDbType is { } type and not NpgsqlDbType.Unknown
            ? new Column<T>(_importer, type, "", _async, _token)
            : new Column<T>(_importer, null, target.TypeName, _async, _token);
    }

    private async ValueTask<long> RunAsync()
    {
        try
        {
            _load.Rows.Bind(this);
            while (await _load.Rows.ReadAsync(_async, _token).ConfigureAwait(false))
            {
                if (_async)
                {
                    await _importer.StartRowAsync(_token).ConfigureAwait(false);
                }
                else
                {
                    _importer.StartRow();
                }

                await _load.Rows.WriteAsync().ConfigureAwait(false);
                _load.Sent();
            }

            _isEnding = true;
            var copied = (long)(_async ? await _importer.CompleteAsync(_token).ConfigureAwait(false) : _importer.Complete());
            await DisposeAsync().ConfigureAwait(false);
            return copied;
        }
        catch (OperationCanceledException error) when (!_load.Rows.IsInHand && !_isEnding)
        {
            // Between two rows: Npgsql was in no call.
            await StopAsync().ConfigureAwait(false);
            throw new CopyStoppedException(error);
        }
        catch
        {
            await StopAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells the server that nothing more comes. One that waits for a lock does not hear it; then the connection breaks when the time for cancels is over.</summary>
    private async ValueTask StopAsync()
    {
        try
        {
            if (!_isEnding)
            {
                // Once it is ending, Npgsql has let go of what the time-out belongs to.
                _importer.Timeout = _cancelLimit;
            }

            await DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            // The echo of what went wrong before, which tells more. A connection that broke says so itself.
        }
    }

    private ValueTask DisposeAsync()
    {
        if (_async)
        {
            return _importer.DisposeAsync();
        }

        _importer.Dispose();
        return default;
    }

    /// <summary>Writes by the type's number; by its name where Npgsql has no number: enumerations, domains, types of extensions.</summary>
    private sealed class Column<T>(NpgsqlBinaryImporter importer, NpgsqlDbType? type, string name, bool async, CancellationToken token) : BulkWriter<T>
    {
        public override ValueTask WriteAsync(T value)
        {
            if (async)
            {
                return new(type is { } number ? importer.WriteAsync(value, number, token) : importer.WriteAsync(value, name, token));
            }

            if (type is { } known)
            {
                importer.Write(value, known);
            }
            else
            {
                importer.Write(value, name);
            }

            return default;
        }

        public override ValueTask WriteNullAsync()
        {
            if (async)
            {
                return new(importer.WriteNullAsync(token));
            }

            importer.WriteNull();
            return default;
        }
    }
}

/// <summary>A COPY was stopped between two rows: no cancel was sent, so none is on its way.</summary>
#pragma warning disable CA1032, CA1064 // nobody else makes or names it
internal sealed class CopyStoppedException(OperationCanceledException cause) : OperationCanceledException(cause.Message, cause, cause.CancellationToken);
#pragma warning restore CA1032, CA1064
