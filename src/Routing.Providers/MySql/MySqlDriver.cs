using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.MySql;

/// <summary>One MySQL or MariaDB server. Thread-safe.</summary>
internal sealed class MySqlDriver(DriverContext context, MySqlClient client) : IDriver
{
    private readonly MySqlNode _node = new(context, client);

    public string System => "mysql";

    public LaneLayout Lanes => LaneLayout.Shared;

    public bool AlwaysFresh => false;

    public NodeEndpoint Endpoint => _node.Endpoint;

    public ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return ConnectAsync(async, deadline, cancellationToken);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return ConnectAsync(async, deadline, cancellationToken);
        }
    }

    public ErrorClass Classify(Exception error) => MySqlErrors.Classify(error);

    public string? StatusCodeOf(Exception error) => MySqlClient.StatusCodeOf(error);

    public bool IsAnswer(Exception error) => MySqlErrors.IsAnswer(error);

    public RowFault FaultOf(Exception error) => MySqlErrors.FaultOf(error);

    public async ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        await MySqlBulkInsert.TryRunAsync((MySqlPhysicalConnection)connection, load, async, cancellationToken).ConfigureAwait(false)
        ?? await MultiRowInsert.RunAsync(load, async, cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => default;

    private async ValueTask<PhysicalConnection> ConnectAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var physical = new MySqlPhysicalConnection(_node, await _node.OpenAsync(async, deadline, cancellationToken).ConfigureAwait(false));
        try
        {
            await physical.SetUpAsync(async, deadline, cancellationToken).ConfigureAwait(false);
            return physical;
        }
        catch
        {
            await physical.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }
}
