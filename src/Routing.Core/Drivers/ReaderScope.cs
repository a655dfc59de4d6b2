using System.Data.Common;

namespace Routing.Drivers;

/// <summary>
/// The end of a reader in a method that works either way: a blocking caller must not meet the asynchronous end, which goes to the thread pool
/// where rows are left or the connection breaks. For <c>await using</c>.
/// </summary>
/// <param name="reader">The reader.</param>
/// <param name="async">Whether to end it asynchronously.</param>
public sealed class ReaderScope(DbDataReader reader, bool async) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (async)
        {
            return reader.DisposeAsync();
        }

        reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
