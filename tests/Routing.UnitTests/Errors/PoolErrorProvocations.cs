using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Primitives;
using Routing.Testing;
using Routing.UnitTests.Pools;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class PoolErrorProvocations
{
    [Provokes(ErrorCodes.PoolExhausted)]
    public static async Task<Exception> Nobody_returns_a_connection()
    {
        await using var h = new PoolHarness(maxSize: 2);
        h.Rent(new LeaseOwner("nightly report"));
        h.Advance(6500);
        h.Rent(new LeaseOwner("checkout"));
        var rent = h.Start();
        h.Advance(5000);
        return await PoolHarness.Failed<Exception>(rent);
    }

    [Provokes(ErrorCodes.PoolExhausted)]
    public static async Task<Exception> The_writer_of_a_file_is_busy_until_the_callers_deadline()
    {
        await using var h = new PoolHarness(LaneLayout.WriterAndReaders);
        h.Rent(new LeaseOwner("import"));
        var rent = h.Start(deadline: Deadline.After(h.Time, TimeSpan.FromMilliseconds(120)));
        h.Advance(120);
        return await PoolHarness.Failed<Exception>(rent);
    }

    [Provokes(ErrorCodes.QueueFull)]
    public static async Task<Exception> More_callers_wait_than_may()
    {
        await using var h = new PoolHarness(maxSize: 1, configure: static o => o.MaxWaiting = 2);
        h.Rent(new LeaseOwner("nightly report"));
        h.Advance(1500);
        _ = h.Start();
        _ = h.Start();
        return await PoolHarness.Failed<Exception>(h.Start());
    }

    [Provokes(ErrorCodes.PoolExhausted)]
    public static async Task<Exception> Another_pool_uses_all_connections_of_the_data_source()
    {
        var limit = new ConnectionLimits(processMax: 0).Of("orders", 1);
        await using var a = new PoolHarness(limit: limit);
        await using var b = new PoolHarness(name: "orders/b", limit: limit);
        var held = a.Rent();
        var rent = b.Start();
        b.Advance(5000);
        var error = await PoolHarness.Failed<Exception>(rent);
        PoolHarness.Return(held);
        return error;
    }

    [Provokes(ErrorCodes.NestedDeadlock)]
    public static async Task<Exception> A_statement_inside_its_own_transaction_waits_for_a_second_connection()
    {
        await using var h = new PoolHarness(maxSize: 1);
        var owner = new LeaseOwner("checkout");
        h.Rent(owner);
        h.Advance(1500);
        return await PoolHarness.Failed<Exception>(h.Start(owner));
    }

    [Provokes(ErrorCodes.OpenFailed)]
    public static async Task<Exception> The_server_refuses_a_connection()
    {
        await using var h = new PoolHarness();
        h.Driver.ScriptOpen(FakeSteps.Refuse);
        return await PoolHarness.Failed<Exception>(h.Start());
    }

    [Provokes(ErrorCodes.OpenSuspended)]
    public static async Task<Exception> The_server_has_just_refused_a_connection()
    {
        await using var h = new PoolHarness();
        h.Driver.ScriptOpen(FakeSteps.Refuse);
        await PoolHarness.Failed<Exception>(h.Start());
        h.Advance(40);
        return await PoolHarness.Failed<Exception>(h.Start());
    }

    [Provokes(ErrorCodes.PoolDisposed)]
    public static async Task<Exception> A_call_after_the_shutdown()
    {
        await using var h = new PoolHarness();
        await h.Pool.DisposeAsync();
        return await PoolHarness.Failed<Exception>(h.Start());
    }

    [Provokes(ErrorCodes.LeaseEnded)]
    public static async Task<Exception> A_connection_used_after_its_return()
    {
        await using var h = new PoolHarness();
        var lease = h.Rent();
        PoolHarness.Return(lease);
        return Thrown(() => _ = lease.Connection);
    }

    [Provokes(ErrorCodes.LeaseReturnedTwice)]
    public static async Task<Exception> A_lease_returned_twice()
    {
        await using var h = new PoolHarness();
        var lease = h.Rent();
        PoolHarness.Return(lease);
        return Thrown(() => PoolHarness.Return(lease));
    }
}
