using Routing.LocalServers;

namespace Routing.Testing;

/// <summary>
/// The MariaDB cluster all test classes of a process share: a primary and a replica, started when the first test asks.
/// Nobody may stop, pause or promote its nodes; tests that do take a <see cref="PrivateMariaDbCluster"/>. It ends with the
/// process.
/// </summary>
public static class SharedMariaDb
{
    private static readonly Lock Gate = new();

    private static Task<MariaDbCluster>? s_started;

    /// <summary>The cluster. When it could not be started, each caller gets the same exception.</summary>
    public static Task<MariaDbCluster> GetAsync()
    {
        lock (Gate)
        {
            return s_started ??= MariaDbCluster.StartAsync();
        }
    }
}
