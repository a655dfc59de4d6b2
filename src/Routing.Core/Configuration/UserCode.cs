using System.Data.Common;

namespace Routing.Configuration;

/// <summary>The user's code that runs while a connection is opened or reset. For engines.</summary>
public static class UserCode
{
    /// <summary>Calls <see cref="DataSourceOptions.OnPhysicalOpen"/>, where it is set.</summary>
    /// <param name="options">The data source's options.</param>
    /// <param name="connection">The driver's connection.</param>
    /// <param name="async">Whether the caller can wait asynchronously.</param>
    /// <param name="cancellationToken">Handed to the user's code.</param>
    /// <returns>Complete when the user's code is; at once where <paramref name="async"/> is false.</returns>
    public static ValueTask OpenedAsync(DataSourceOptions options, DbConnection connection, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.OnPhysicalOpen is { } onOpen ? EndAsync(onOpen(connection, cancellationToken), async) : default;
    }

    /// <summary>Waits here for what only the user's code can make asynchronous in a synchronous open.</summary>
    internal static ValueTask EndAsync(ValueTask task, bool async)
    {
        if (async || task.IsCompleted)
        {
            return task;
        }

#pragma warning disable VSTHRD002 // See above.
        task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        return default;
    }
}
