using Microsoft.Extensions.Hosting;

namespace Routing.Sessions;

/// <summary>
/// Learns the nodes' roles when the host starts, and whether the servers can hold what may be opened. A node that does not answer does not keep the service from starting; the
/// configuration, wrong, does: it was validated before.
/// </summary>
internal sealed class RoutingStartup(RoutingDatabases databases) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await databases.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NodeUnavailableException)
        {
            // Logged node by node; the first statement asks again and says so in its own error.
        }

        await databases.CheckCapacityAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
