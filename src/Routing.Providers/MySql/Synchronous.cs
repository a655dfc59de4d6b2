using System.Data.Common;

namespace Routing.Providers.MySql;

/// <summary>Takes the result of what was started with <c>async: false</c>: every step of it ran on this thread, so it has ended.</summary>
internal static class Synchronous
{
#pragma warning disable CA2012, VSTHRD002 // See above.
    public static void Ended(this ValueTask task) => task.GetAwaiter().GetResult();

    public static T Ended<T>(this ValueTask<T> task) => task.GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002

    public static async ValueTask<int> RunAsync(DbCommand command, bool async) =>
        async ? await command.ExecuteNonQueryAsync().ConfigureAwait(false) : command.ExecuteNonQuery();

    public static async ValueTask<bool> ReadAsync(DbDataReader reader, bool async) =>
        async ? await reader.ReadAsync().ConfigureAwait(false) : reader.Read();
}
