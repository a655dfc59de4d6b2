using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Primitives;

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
    CancellationToken cancellationToken) : ForwardingReader(inner)
{
    private bool _hasEnded;
    private bool _hasFailed;
    private bool _keep = keep;

    public override bool Read()
    {
        try
        {
            return Inner.Read();
        }
        catch (Exception error)
        {
            ThrowTranslated(error);
            throw;
        }
    }

    public override Task<bool> ReadAsync(CancellationToken readToken)
    {
        var task = Inner.ReadAsync(readToken);
        return task.IsCompletedSuccessfully ? task : Translating(task);
    }

    public override bool NextResult()
    {
        try
        {
            return Inner.NextResult();
        }
        catch (Exception error)
        {
            ThrowTranslated(error);
            throw;
        }
    }

    public override Task<bool> NextResultAsync(CancellationToken readToken)
    {
        var task = Inner.NextResultAsync(readToken);
        return task.IsCompletedSuccessfully ? task : Translating(task);
    }

    public override void Close()
    {
        try
        {
            Inner.Close();
        }
        catch (Exception) when (_hasFailed)
        {
            // What broke the reading off has been told; that it also broke the closing would hide it.
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
            await Inner.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception) when (_hasFailed)
        {
            // As above.
        }
        finally
        {
            End();
        }
    }

    public override T GetFieldValue<T>(int ordinal) => TryReadField<T>(ordinal, out var value) ? value : Inner.GetFieldValue<T>(ordinal);

    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken readToken) =>
        TryReadField<T>(ordinal, out var value) ? Task.FromResult(value) : Inner.GetFieldValueAsync<T>(ordinal, readToken);

    /// <summary>Only of the types that drivers misread; for all others the first test is a constant.</summary>
    private bool TryReadField<T>(int ordinal, [MaybeNullWhen(false)] out T value)
    {
        if (typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateOnly) || typeof(T) == typeof(TimeOnly))
        {
            return connection.Physical.TryReadField(Inner, ordinal, out value);
        }

        value = default;
        return false;
    }

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
        _hasFailed = true;
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
