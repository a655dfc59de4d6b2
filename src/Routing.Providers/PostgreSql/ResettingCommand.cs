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
        if (TakePrefix(CommandBehavior.Default) is not { } prefix)
        {
            return inner.ExecuteNonQuery();
        }

#pragma warning disable CA2012, VSTHRD002 // complete: it ran synchronously
        return prefix.ExecuteNonQueryAsync(inner, async: false, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
    }

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        TakePrefix(CommandBehavior.Default) is { } prefix
            ? prefix.ExecuteNonQueryAsync(inner, async: true, cancellationToken).AsTask()
            : inner.ExecuteNonQueryAsync(cancellationToken);

    public override object? ExecuteScalar()
    {
        if (TakePrefix(CommandBehavior.Default) is not { } prefix)
        {
            return inner.ExecuteScalar();
        }

#pragma warning disable CA2012, VSTHRD002 // complete: it ran synchronously
        using var reader = prefix.ExecuteReaderAsync(inner, CommandBehavior.Default, async: false, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
        return reader.Read() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        if (TakePrefix(CommandBehavior.Default) is not { } prefix)
        {
            return await inner.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        var reader = await prefix.ExecuteReaderAsync(inner, CommandBehavior.Default, async: true, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.FieldCount > 0 ? reader.GetValue(0) : null;
    }

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        if (TakePrefix(behavior) is not { } prefix)
        {
            return inner.ExecuteReader(behavior);
        }

#pragma warning disable CA2012, VSTHRD002 // complete: it ran synchronously
        return prefix.ExecuteReaderAsync(inner, behavior, async: false, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
    }

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        TakePrefix(behavior) is { } prefix
            ? await prefix.ExecuteReaderAsync(inner, behavior, async: true, cancellationToken).ConfigureAwait(false)
            : await inner.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private ResetPrefix? TakePrefix(CommandBehavior behavior) =>
        _running = physical.HasPendingReset ? physical.TakePrefix(ResetPrefix.Fits(inner, behavior)) : null;
}
