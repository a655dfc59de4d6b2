using System.Data.Common;
using Dapper;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>The end of a reader that Dapper wrapped together with its command.</summary>
internal static class WrappedReader
{
    /// <summary>Ends reader and command. <paramref name="isAbandoned"/>: rows are left that nobody wants, so the server is asked to stop.</summary>
    public static ValueTask EndAsync(DbDataReader reader, bool isAbandoned, bool async) =>
        isAbandoned && reader is IWrappedDataReader { Command: IStoppable command, Reader: DbDataReader inner }
            ? StopAsync(reader, command, inner, async)
            : EndWholeAsync(reader, isAbandoned, async);

    private static async ValueTask StopAsync(DbDataReader wrapper, IStoppable command, DbDataReader inner, bool async)
    {
        if (await command.StopAsync(inner, async).ConfigureAwait(false))
        {
            wrapper.Dispose();
        }
        else
        {
            // The wrapper would close the reader, which may still be reading.
            ((IDisposable)command).Dispose();
        }
    }

    private static async ValueTask EndWholeAsync(DbDataReader reader, bool isAbandoned, bool async)
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
