using Routing.Diagnostics;
using Routing.Testing;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class SessionErrors
{
    [Provokes(ErrorCodes.OperationRunning)]
    public static async Task<Exception> Two_statements_of_one_session_at_once()
    {
        await using var orders = new OrdersFixture();
        await orders.Fake.Source.Start.RunAsync(async: true, CancellationToken.None);
        var open = orders.Drivers[0].HoldOpen();
        await using var session = orders.Db.OpenSession();
        var first = session.ExecuteAsync("update t set x = 1").AsTask();
        var error = await ThrownAsync(async () => await session.QueryAsync<long>("select value from t"));
        open.Succeed();
        await first;
        return error;
    }

    [Provokes(ErrorCodes.KeptConnectionLost)]
    public static async Task<Exception> A_session_whose_connection_was_lost()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await session.ExecuteAsync("pragma foreign_keys = on");
        ((FakePhysicalConnection)session.Held!.Lease.Physical).Broken = true;
        return await ThrownAsync(async () => await session.ExecuteAsync("update t set x = 1"));
    }

    [Provokes(ErrorCodes.ReadOnlySessionHandsOut)]
    public static async Task<Exception> The_drivers_connection_of_a_read_only_session()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession(new SessionOptions { ReadOnly = true });
        await using var pin = await session.PinAsync();
        return Thrown(() => _ = pin.PhysicalConnection);
    }

    [Provokes(ErrorCodes.SessionDisposedBeforeRows)]
    public static async Task<Exception> Rows_read_after_their_session_is_gone()
    {
        await using var orders = new OrdersFixture();
        var session = orders.Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await using var rows = transaction.StreamAsync<long>("select value from t").GetAsyncEnumerator();
        await rows.MoveNextAsync();
        await session.DisposeAsync();
        return await ThrownAsync(async () => await rows.MoveNextAsync());
    }

    [Provokes(ErrorCodes.NoMoreResults)]
    public static async Task<Exception> A_result_set_beyond_the_last()
    {
        await using var orders = new OrdersFixture();
        await using var results = await orders.Db.QueryMultipleAsync("select value from t");
        await results.ReadAsync<long>();
        return await ThrownAsync(async () => await results.ReadAsync<long>());
    }
}
