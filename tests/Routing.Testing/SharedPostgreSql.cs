using Routing.LocalServers;

namespace Routing.Testing;

/// <summary>
/// The cluster all test classes of a process share: a primary and two standbys, started when the first test asks. Nobody
/// may stop, pause or promote its nodes; tests that do take a <see cref="PrivatePostgreSqlCluster"/>. It ends with the
/// process.
/// </summary>
public static class SharedPostgreSql
{
    private static readonly Lock Gate = new();

    private static Task<PostgreSqlCluster>? s_started;

    /// <summary>The cluster. When it could not be started, each caller gets the same exception.</summary>
    public static Task<PostgreSqlCluster> GetAsync()
    {
        lock (Gate)
        {
            return s_started ??= PostgreSqlCluster.StartAsync();
        }
    }
}
