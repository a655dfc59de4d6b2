using System.Data.Common;
using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>
/// The results of one command, read in order, each once. Dispose it; whoever leaves results unread cancels the command.
/// Not thread-safe.
/// </summary>
internal sealed class MultipleResults(DbDataReader reader, object? arguments, bool drains) : IAsyncDisposable, IDisposable
{
    private bool _isEnded;

    /// <summary>Whether no result is left.</summary>
    public bool IsConsumed { get; private set; }

    /// <summary>All rows of the next result.</summary>
    public ValueTask<List<T>> ReadAsync<T>(bool async, CancellationToken cancellationToken) => NextAsync<T>(int.MaxValue, async, cancellationToken);

    /// <summary>One row of the next result.</summary>
    public async ValueTask<T> ReadRowAsync<T>(RowExpectation expectation, bool async, CancellationToken cancellationToken)
    {
        var rows = await NextAsync<T>(RowReading.LimitOf(expectation), async, cancellationToken).ConfigureAwait(false);
        return RowReading.Choose(rows, expectation);
    }

    public void Dispose()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            WrappedReader.EndAsync(reader, isAbandoned: !IsConsumed && !drains, async: false).Completed();
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return default;
        }

        _isEnded = true;
        return WrappedReader.EndAsync(reader, isAbandoned: !IsConsumed && !drains, async: true);
    }

    private async ValueTask<List<T>> NextAsync<T>(int limit, bool async, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isEnded, this);
        if (IsConsumed)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.NoMoreResults, "Every result of this command has been read already.");
        }

        var rows = await RowReading.ReadResultAsync<T>(reader, limit, async, cancellationToken).ConfigureAwait(false);
        IsConsumed = !(async ? await reader.NextResultAsync(cancellationToken).ConfigureAwait(false) : reader.NextResult());
        if (IsConsumed)
        {
            RowReading.Complete(arguments);
        }

        return rows;
    }
}
