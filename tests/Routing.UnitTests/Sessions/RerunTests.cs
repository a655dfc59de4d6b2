using Routing.Drivers;
using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>What runs once more by itself: only what is proven to have changed nothing.</summary>
public sealed class RerunTests
{
    private static readonly object[] Many = [new { x = 1 }, new { x = 2 }];

    // text, error, whether it runs again
    public static TheoryData<string, ErrorClass, bool> Rules => new()
    {
        { "select value from t", ErrorClass.ConnectionLost, true },
        { "select value from t", ErrorClass.ReplicaConflict, true },
        { "select value from t", ErrorClass.NotExecuted, true },
        { "select value from t", ErrorClass.WrongRole, true },
        { "select value from t", ErrorClass.StalePlan, true },
        { "select value from t", ErrorClass.RolledBack, false },
        { "select value from t", ErrorClass.Cancelled, false },
        { "select value from t", ErrorClass.Statement, false },
        { "select value from t; select value from u", ErrorClass.ConnectionLost, false },
        { "update t set x = 1", ErrorClass.StalePlan, true },
        { "update t set x = 1", ErrorClass.ConnectionLost, false },
        { "update t set x = 1", ErrorClass.NotExecuted, false },
        { "update t set x = 1; update u set x = 1", ErrorClass.StalePlan, false },
        { "select might_be_a_procedure()", ErrorClass.StalePlan, false },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task A_failed_statement_runs_again_only_where_nothing_can_have_happened(string text, ErrorClass error, bool again)
    {
        foreach (var ado in new[] { false, true })
        {
            await using var routing = new FaultyRouting();
            var runs = FailFirst(routing, error);
            var thrown = await Record.ExceptionAsync(() => ado ? CommandAsync(routing.Database, text) : routing.Database.ExecuteAsync(text).AsTask());
            Assert.Equal(again, thrown is null);
            Assert.Equal(again ? 2 : 1, runs());
        }
    }

    [Fact]
    public async Task A_list_of_arguments_is_as_many_statements_and_is_not_run_again()
    {
        await using var routing = new FaultyRouting();
        var runs = FailFirst(routing, ErrorClass.StalePlan);
        await Assert.ThrowsAsync<FakeDbException>(async () => await routing.Database.ExecuteAsync("update t set x = @x", Many));
        Assert.Equal(1, runs());
    }

    [Fact]
    public async Task A_stale_plan_is_dropped_and_the_statement_run_once_more_on_the_same_connection()
    {
        await using var routing = new FaultyRouting();
        await routing.StartAsync();
        foreach (var run in EveryWayToRun)
        {
            var runs = FailFirst(routing, ErrorClass.StalePlan, times: 1);
            await run(routing.Database);
            Assert.Equal(2, runs());

            runs = FailFirst(routing, ErrorClass.StalePlan, times: 2);
            await Assert.ThrowsAsync<FakeDbException>(() => run(routing.Database));
            Assert.Equal(2, runs());
        }

        // Nothing was closed, and the plans of no other connection were dropped.
        Assert.Equal(2 * EveryWayToRun.Length, routing.Replica.Connections.Concat(routing.Primary.Connections).Sum(static opened => opened.ForgottenPlans));
        Assert.Equal(0, routing.Replica.Connections[^1].Closes + routing.Primary.Connections[^1].Closes);
    }

    [Fact]
    public async Task A_stale_plan_in_a_transaction_is_not_run_again_there()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        var runs = FailFirst(routing, ErrorClass.StalePlan);

        await Assert.ThrowsAsync<FakeDbException>(async () => await transaction.QueryAsync<int>("select value from t"));
        await Assert.ThrowsAsync<FakeDbException>(async () =>
        {
            runs = FailFirst(routing, ErrorClass.StalePlan);
            await foreach (var _ in transaction.StreamAsync<int>("select value from t"))
            {
            }
        });

        Assert.Equal(1, runs());
    }

    [Fact]
    public async Task A_stale_plan_reruns_a_transaction()
    {
        await using var routing = new FaultyRouting();
        var runs = FailFirst(routing, ErrorClass.StalePlan);
        await routing.Database.TransactAsync(async (transaction, ct) => await transaction.ExecuteAsync("select value from t", ct));
        Assert.Equal(2, runs());
    }

    private static Func<IRoutingDatabase, Task>[] EveryWayToRun =>
    [
        static async db => await db.QueryAsync<int>("select value from t"),
        static db => CommandAsync(db, "select value from t"),
        static async db =>
        {
            await using var session = db.OpenSession();
            await using var pin = await session.PinAsync();
            await session.QueryAsync<int>("select value from t");
        },
        static async db =>
        {
            await foreach (var _ in db.StreamAsync<int>("select value from t"))
            {
            }
        },
        static async db =>
        {
            await using var results = await db.QueryMultipleAsync("select value from t");
            await results.ReadAsync<int>();
        },
    ];

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_told_to_its_monitor_also_by_writes()
    {
        await using var routing = new FaultyRouting();
        await routing.StartAsync();
        var attempts = routing.Replica.Attempts;
        routing.Primary.DefaultOpen = FakeSteps.Refuse;
        await Assert.ThrowsAsync<NodeUnavailableException>(async () => await routing.Database.ExecuteAsync("update t set x = 1"));

        // Without monitors all nodes are asked for their roles again: another one may be the primary now.
        Assert.True(SpinWait.SpinUntil(() => routing.Replica.Attempts > attempts, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_stream_whose_protection_met_a_dead_connection_opens_on_another_node()
    {
        await using var routing = new FaultyRouting();
        await routing.StartAsync();
        var before = routing.Replica.OnStep;
        routing.Replica.OnStep = step =>
        {
            before(step);
            if (step == "begin")
            {
                throw new FakeDbException("lost", ErrorClass.ConnectionLost);
            }
        };
        await using var session = routing.Database.OpenSession(new SessionOptions { ReadOnly = true });
        var rows = 0;
        await foreach (var _ in session.StreamAsync<long>("select value from t"))
        {
            rows++;
        }

        Assert.Equal(3, rows);
        routing.AssertAtRest("the stream");
    }

    [Fact]
    public async Task A_pin_or_a_read_only_transaction_goes_to_another_node_when_the_chosen_one_cannot_be_reached()
    {
        await using var routing = new FaultyRouting();
        await routing.StartAsync();
        routing.Replica.DefaultOpen = FakeSteps.Refuse;
        await using var session = routing.Database.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync(new TransactionOptions { ReadOnly = true }))
        {
            Assert.Equal("a", transaction.Node);
        }

        await using var pin = await session.PinAsync(Intent.Read);
        Assert.Equal("a", pin.Node);
    }

    private static Func<int> FailFirst(FaultyRouting routing, ErrorClass error, int times = 1)
    {
        var runs = 0;
        foreach (var driver in new[] { routing.Primary, routing.Replica })
        {
            var answer = driver.Answer;
            driver.Answer = command => Interlocked.Increment(ref runs) <= times ? throw new FakeDbException("first", error) : answer(command);
        }

        return () => runs;
    }

    private static async Task CommandAsync(IRoutingDatabase database, string text)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}
