using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Sessions;

namespace Routing;

/// <summary>
/// Several result sets of one text, read in order. Holds a connection until disposed. Not thread-safe.
/// </summary>
public sealed class ResultSets : IAsyncDisposable
{
    private readonly StatementStream _stream;
    private readonly MultipleResults _results;
    private bool _disposed;

    internal ResultSets(StatementStream stream, MultipleResults results)
    {
        _stream = stream;
        _results = results;
    }

    /// <summary>Whether every result set was read.</summary>
    public bool IsConsumed => _results.IsConsumed;

    /// <summary>Reads the next result set whole.</summary>
    /// <typeparam name="T">What each row becomes.</typeparam>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidOperationException">There is none left.</exception>
    public async ValueTask<IReadOnlyList<T>> ReadAsync<T>(CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_results.IsConsumed)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.NoMoreResults, "Every result set of this statement has been read. Ask 'IsConsumed' before reading the next.");
        }

        _stream.BeginReading();
        try
        {
            return await _results.ReadAsync<T>(async: true, ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _stream.Fail(error, ct);
            throw;
        }
        finally
        {
            _stream.EndReading();
            _stream.NoteCancel(ct);
        }
    }

    /// <summary>Ends the statement and gives its connection back. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_results.IsConsumed)
        {
            _stream.Complete();
        }

        await using var _ = _stream.ConfigureAwait(false);
        await _stream.CloseReaderAsync(_results).ConfigureAwait(false);
    }
}
