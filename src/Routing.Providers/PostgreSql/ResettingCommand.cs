using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// The driver's command, which takes the session's pending reset along when it runs and one is pending. Belongs to one
/// physical connection. Not thread-safe, except <see cref="Cancel"/>.
/// </summary>
internal sealed class ResettingCommand(PostgreSqlPhysicalConnection physical, NpgsqlCommand inner) : DbCommand
{
    private volatile ResetPrefix? _running;

    [AllowNull]
    public override string CommandText
    {
        get => inner.CommandText;
        set => inner.CommandText = value;
    }

    public override int CommandTimeout
    {
        get => inner.CommandTimeout;
        set => inner.CommandTimeout = value;
    }

    public override CommandType CommandType
    {
        get => inner.CommandType;
        set => inner.CommandType = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource
    {
        get => inner.UpdatedRowSource;
        set => inner.UpdatedRowSource = value;
    }

    protected override DbConnection? DbConnection
    {
        get => inner.Connection;
        set => inner.Connection = (NpgsqlConnection?)value;
    }

    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => inner.Transaction;
        set => inner.Transaction = (NpgsqlTransaction?)value;
    }

    public override void Cancel()
    {
        if (_running is { } prefix)
        {
            prefix.Cancel();
        }
        else
        {
            inner.Cancel();
        }
    }

    public override void Prepare()
    {
        physical.EnsureReset();
        inner.Prepare();
    }

    public override Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        physical.EnsureReset();
        return inner.PrepareAsync(cancellationToken);
    }

    public override int ExecuteNonQuery()
    {
        if (!physical.HasPrefix)
        {
            _running = null;
            return inner.ExecuteNonQuery();
        }

#pragma warning disable CA2012, VSTHRD002 // complete: it ran synchronously
        return ExecuteNonQueryAsync(async: false, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
    }

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        if (physical.HasPrefix)
        {
            return ExecuteNonQueryAsync(async: true, cancellationToken).AsTask();
        }

        _running = null;
        return inner.ExecuteNonQueryAsync(cancellationToken);
    }

    public override object? ExecuteScalar()
    {
        if (!physical.HasPrefix)
        {
            _running = null;
            return inner.ExecuteScalar();
        }

        using var reader = ExecuteDbDataReader(CommandBehavior.Default);
        return reader.Read() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        if (!physical.HasPrefix)
        {
            _running = null;
            return await inner.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        var reader = await ExecuteReaderAsync(CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        if (!physical.HasPrefix)
        {
            _running = null;
            return inner.ExecuteReader(behavior);
        }

#pragma warning disable CA2012, VSTHRD002 // complete: it ran synchronously
        return ExecuteReaderAsync(behavior, async: false, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
    }

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (physical.HasPrefix)
        {
            return await ExecuteReaderAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);
        }

        _running = null;
        return await inner.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>With what has to go in front of it.</summary>
    private async ValueTask<int> ExecuteNonQueryAsync(bool async, CancellationToken cancellationToken)
    {
        if (await TakePrefixAsync(CommandBehavior.Default, async, cancellationToken).ConfigureAwait(false) is { } prefix)
        {
            return await prefix.ExecuteNonQueryAsync(inner, async, cancellationToken).ConfigureAwait(false);
        }

        return async ? await inner.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : inner.ExecuteNonQuery();
    }

    private async ValueTask<DbDataReader> ExecuteReaderAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        if (await TakePrefixAsync(behavior, async, cancellationToken).ConfigureAwait(false) is { } prefix)
        {
            return await prefix.ExecuteReaderAsync(inner, behavior, async, cancellationToken).ConfigureAwait(false);
        }

        return async ? await inner.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false) : inner.ExecuteReader(behavior);
    }

    private async ValueTask<ResetPrefix?> TakePrefixAsync(CommandBehavior behavior, bool async, CancellationToken cancellationToken) =>
        _running = await physical.TakePrefixAsync(ResetPrefix.Fits(inner, behavior), async, cancellationToken).ConfigureAwait(false);
}
