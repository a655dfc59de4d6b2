using Routing.LocalServers;
using Xunit;

namespace Routing.Testing;

/// <summary>
/// A cluster of one test class's own (<c>IClassFixture&lt;PrivateMariaDbCluster&gt;</c>), for tests that stop, kill, freeze,
/// pause or promote nodes. Each such test leaves the cluster as it found it, or starts one for itself with
/// <see cref="MariaDbCluster.StartAsync"/>.
/// </summary>
public sealed class PrivateMariaDbCluster : IAsyncLifetime
{
    private MariaDbCluster? _cluster;

    /// <summary>The cluster: a primary and a replica.</summary>
    public MariaDbCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster is not started yet.");

    /// <inheritdoc/>
    public async Task InitializeAsync() => _cluster = await MariaDbCluster.StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
