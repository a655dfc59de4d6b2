using Routing.LocalServers;
using Xunit;

namespace Routing.Testing;

/// <summary>
/// A cluster of one test class's own (<c>IClassFixture&lt;PrivatePostgreSqlCluster&gt;</c>), for tests that stop, kill, freeze,
/// pause or promote nodes. Each such test leaves the cluster as it found it, or starts one for itself with
/// <see cref="PostgreSqlCluster.StartAsync"/>.
/// </summary>
public sealed class PrivatePostgreSqlCluster : IAsyncLifetime
{
    private PostgreSqlCluster? _cluster;

    /// <summary>The cluster: a primary and two standbys.</summary>
    public PostgreSqlCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster is not started yet.");

    /// <inheritdoc/>
    public async Task InitializeAsync() => _cluster = await PostgreSqlCluster.StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
