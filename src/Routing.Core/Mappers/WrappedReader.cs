using System.Data.Common;
using Dapper;

namespace Routing.Mappers;

/// <summary>The end of a reader that Dapper wrapped together with its command.</summary>
internal static class WrappedReader
{
    /// <summary>Ends reader and command. <paramref name="isAbandoned"/>: rows are left that nobody wants, so the server is asked to stop.</summary>
    public static async ValueTask EndAsync(DbDataReader reader, bool isAbandoned, bool async)
    {
        try
        {
            if (reader is IWrappedDataReader wrapped)
            {
                if (isAbandoned)
                {
                    wrapped.Command.Cancel();
                }

                if (async && wrapped.Reader is DbDataReader inner)
                {
                    // The wrapper would close it synchronously.
                    await inner.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            // Ends the command, too.
            reader.Dispose();
        }
    }
}
