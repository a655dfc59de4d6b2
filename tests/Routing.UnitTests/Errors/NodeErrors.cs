using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Testing;
using Routing.Topology;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class NodeErrors
{
    [Provokes(ErrorCodes.NoPrimary)]
    public static async Task<Exception> A_write_while_no_primary_is_known()
    {
        await using var orders = new OrdersFixture(nodes: 2);
        await orders.Db.ExecuteAsync("update t set x = 1");
        orders.See(0, static node => node with { Role = NodeRole.Unknown });
        return await ThrownAsync(async () => await orders.Db.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.NoReadableNode)]
    public static async Task<Exception> A_read_while_every_replica_is_down()
    {
        await using var orders = new OrdersFixture(nodes: 2, static options => options.Reads.WhenNoReplica = NoReplicaPolicy.Fail);
        await orders.Db.ExecuteAsync("update t set x = 1");
        orders.See(1, static node => node with { State = NodeState.Down, Lag = TimeSpan.FromSeconds(12) });
        return await ThrownAsync(async () => await orders.Db.QueryAsync<long>("select value from t"));
    }

    [Provokes(ErrorCodes.NoRoleKnown)]
    public static async Task<Exception> No_node_answers_at_start()
    {
        await using var orders = new OrdersFixture(nodes: 2, static options =>
        {
            options.Nodes["a"].Role = ConfiguredRole.Auto;
            options.Nodes["b"].Role = ConfiguredRole.Auto;
        });
        foreach (var driver in orders.Drivers)
        {
            driver.DefaultOpen = FakeSteps.Refuse;
        }

        return await ThrownAsync(async () => await orders.Db.QueryAsync<long>("select value from t"));
    }
}
