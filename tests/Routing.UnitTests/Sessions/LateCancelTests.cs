using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>A cancel that its command did not end by may still be on its way, and must not meet the next holder.</summary>
public sealed class LateCancelTests
{
    private static readonly Func<IRoutingDatabase, CancellationToken, Task>[] EveryWayToRun =
    [
        static async (db, ct) => await db.QueryAsync<int>("select value from t", ct: ct),
        static async (db, ct) => await db.ExecuteAsync("update t set value = 1", ct: ct),
        static async (db, ct) =>
        {
            await using var session = db.OpenSession();
            await using var pin = await session.PinAsync(ct: CancellationToken.None);
            await session.QueryAsync<int>("select value from t", ct: ct);
        },
        static async (db, ct) =>
        {
            await foreach (var _ in db.StreamAsync<int>("select value from t", ct))
            {
            }
        },
        static async (db, ct) =>
        {
            await using var results = await db.QueryMultipleAsync("select value from t", ct: ct);
            await results.ReadAsync<int>(ct);
        },
        static async (db, ct) =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync(CancellationToken.None);
            await using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            await command.ExecuteNonQueryAsync(ct);
        },
    ];

    public static TheoryData<int, bool> Ways
    {
        get
        {
            var ways = new TheoryData<int, bool>();
            for (var i = 0; i < EveryWayToRun.Length; i++)
            {
                ways.Add(i, true);
                ways.Add(i, false);
            }

            return ways;
        }
    }

    /// <remarks>Each row was seen to fail without the close in <c>Failure.NoteCancel</c>.</remarks>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_connection_is_closed_when_its_command_ended_well_or_ill_although_it_was_cancelled(int way, bool fails)
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        using var cancel = new CancellationTokenSource();
        var answer = routing.Primary.Answer;
        routing.Primary.Answer = command =>
        {
            routing.Primary.Connections[^1].CancelsAreSettled = false;
            cancel.Cancel();
            return fails ? throw new FakeDbException("duplicate key", Routing.Drivers.ErrorClass.Statement) : answer(command);
        };

        await Record.ExceptionAsync(() => EveryWayToRun[way](routing.Database, cancel.Token));

        Assert.Equal(1, routing.Primary.Connections[^1].Closes);
    }

    [Fact]
    public async Task A_connection_is_reused_where_cancels_are_settled_with_their_commands()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        using var cancel = new CancellationTokenSource();
        var answer = routing.Primary.Answer;
        routing.Primary.Answer = command =>
        {
            cancel.Cancel();
            return answer(command);
        };

        await Record.ExceptionAsync(() => EveryWayToRun[0](routing.Database, cancel.Token));

        Assert.Equal(0, routing.Primary.Connections[^1].Closes);
    }
}
