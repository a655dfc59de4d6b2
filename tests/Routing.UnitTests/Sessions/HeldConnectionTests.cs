using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>What a session keeps its connection for, and when it lets go of it.</summary>
public sealed class HeldConnectionTests
{
    [Fact]
    public async Task A_BEGIN_that_failed_keeps_no_connection()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await FailNextAsync(routing, ErrorClass.Statement, async () => await session.ExecuteAsync("begin"));
        Assert.Null(session.Held);
    }

    [Fact]
    public async Task A_COMMIT_that_was_refused_keeps_the_transaction_until_it_is_rolled_back()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await session.ExecuteAsync("begin");
        var held = session.Held;
        await FailNextAsync(routing, ErrorClass.RolledBack, async () => await session.ExecuteAsync("commit"));
        await session.ExecuteAsync("update t set x = 1");
        Assert.Same(held, session.Held);
        await session.ExecuteAsync("rollback");
        Assert.Null(session.Held);
    }

    [Fact]
    public async Task A_setting_that_failed_keeps_no_connection()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await FailNextAsync(routing, ErrorClass.Statement, async () => await session.ExecuteAsync("pragma foreign_keys = on"));
        Assert.Null(session.Held);
    }

    [Theory]
    [InlineData("begin; update t set x = 1", true)]
    [InlineData("begin; update t set x = 1; commit", false)]
    [InlineData("update t set x = 1; begin; select value from t", true)]
    [InlineData("begin; update t set x = 1; rollback; select value from t", false)]
    [InlineData("begin; pragma foreign_keys = on; commit", true)]
    public async Task Of_several_statements_the_last_word_decides_whether_a_transaction_is_open(string text, bool isKept)
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await session.ExecuteAsync(text);
        Assert.Equal(isKept, session.Held is not null);
    }

    [Fact]
    public async Task Of_several_statements_of_which_one_failed_what_they_might_have_left_counts_as_left()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await FailNextAsync(routing, ErrorClass.Statement, async () => await session.ExecuteAsync("begin; update t set x = 1; commit"));
        Assert.True(session.Held?.HasRawTransaction);
    }

    [Fact]
    public async Task What_was_meant_for_a_lost_transaction_does_not_run_outside_of_it()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        var transaction = await session.BeginTransactionAsync();
        await FailNextAsync(routing, ErrorClass.ConnectionLost, async () => await session.ExecuteAsync("update t set x = 1"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.ExecuteAsync("update t set x = 2"));
        Assert.Equal("The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]", error.Message);
        await transaction.RollbackAsync();
        await session.ExecuteAsync("update t set x = 3");
        routing.AssertAtRest("the rollback");
    }

    [Fact]
    public async Task What_was_meant_for_lost_session_state_is_not_sent()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await session.ExecuteAsync("pragma foreign_keys = on");
        ((FakePhysicalConnection)session.Held!.Lease.Physical).Broken = true;
        var error = await Assert.ThrowsAsync<RoutingException>(async () => await session.ExecuteAsync("update t set x = 1"));
        Assert.Equal(
            "The connection to 'fake/a' that this session kept was lost, and with it what was open or set on it: a transaction, session state, temporary tables. 'UPDATE t' was not sent. Begin the work again on a new session. [RTG0302]",
            error.Message);
    }

    [Fact]
    public async Task ROLLBACK_ends_a_raw_transaction_even_when_its_connection_is_lost()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await session.ExecuteAsync("begin");
        await FailNextAsync(routing, ErrorClass.ConnectionLost, async () => await session.ExecuteAsync("update t set x = 1"));
        Assert.NotNull(session.Held);
        var error = await Assert.ThrowsAsync<RoutingException>(async () => await session.ExecuteAsync("rollback"));
        Assert.Equal(ErrorCodes.KeptConnectionLost, error.Code);
        Assert.Null(session.Held);
    }

    [Fact]
    public async Task A_session_disposed_while_a_statement_runs_lets_it_end_before_the_connection_goes_back()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var session = routing.Database.OpenSession();
        var pin = await session.PinAsync();
        routing.Primary.OnStep = step =>
        {
            if (step == "execute")
            {
                reached.Set();
                goOn.Wait();
            }
        };
        var running = Task.Run(async () => await session.ExecuteAsync("update t set x = 1"));
        reached.Wait();
        await session.DisposeAsync();
        Assert.Equal(1, routing.ActiveOnPrimary);
        goOn.Set();
        Assert.Equal(1, await running);
        routing.AssertAtRest("the statement");
        await pin.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.ExecuteAsync("update t set x = 1"));
    }

    [Fact]
    public async Task Rows_of_a_disposed_session_cannot_be_read_on()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await using var rows = transaction.StreamAsync<long>("select value from t").GetAsyncEnumerator();
        await rows.MoveNextAsync();
        await session.DisposeAsync();
        routing.AssertAtRest("the dispose");
        var error = await Assert.ThrowsAsync<ObjectDisposedException>(async () => await rows.MoveNextAsync());
        Assert.Equal("The session of 'SELECT t' was disposed before its rows were read to the end. Dispose the session last. [RTG0304]", error.Message);
    }

    [Fact]
    public async Task A_streamed_setting_keeps_the_connection_like_any_other()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await using (await session.QueryMultipleAsync("create temp table own as select 1; select value from own"))
        {
        }

        Assert.True(session.Held?.HasSessionState);
    }

    [Fact]
    public async Task A_write_whose_rows_nobody_wants_is_read_past_and_not_cancelled()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        await foreach (var _ in routing.Database.StreamAsync<long>("update t set x = 1 returning x"))
        {
            break;
        }

        Assert.All(routing.Primary.Connections, static connection => Assert.Equal(0, connection.Interrupts));
        Assert.Equal(Dirt.None, routing.Primary.Connections[^1].LastDirt);
    }

    [Fact]
    public async Task A_read_left_early_is_cancelled_and_its_connection_not_trusted()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        await foreach (var _ in routing.Database.StreamAsync<long>("select value from t"))
        {
            break;
        }

        Assert.Equal(1, routing.Primary.Connections[^1].Interrupts);
        Assert.Equal(Dirt.Cancelled, routing.Primary.Connections[^1].LastDirt);
    }

    [Fact]
    public async Task A_session_that_was_forgotten_gives_its_connection_up_to_the_garbage_collector()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        await ForgetAsync(routing.Database);
        for (var i = 0; i < 100 && routing.ActiveOnPrimary != 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            foreach (var pool in routing.Fake.Source.Pools.All.Cast<Routing.Pools.NodePool>())
            {
                await pool.MaintainAsync();
            }

            await Task.Yield();
        }

        routing.AssertAtRest("the collection");
    }

    [Fact]
    public async Task A_one_shot_call_with_a_cancelled_token_gives_a_cancelled_task()
    {
        await using var routing = new FaultyRouting();
        var call = routing.Database.QueryAsync<long>("select value from t", new CancellationToken(canceled: true));
        Assert.True(call.IsCanceled);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static async Task ForgetAsync(IRoutingDatabase database)
    {
        var session = database.OpenSession();
        await session.ExecuteAsync("pragma foreign_keys = on");
        Assert.NotNull(session.Held);
    }

    private static async Task FailNextAsync(FaultyRouting routing, ErrorClass errorClass, Func<Task> run)
    {
        var before = routing.Primary.OnStep;
        routing.Primary.OnStep = step =>
        {
            if (step == "execute")
            {
                throw new FakeDbException("scripted", errorClass);
            }
        };
        Assert.Equal("scripted", (await Assert.ThrowsAsync<FakeDbException>(run)).Message);
        routing.Primary.OnStep = before;
    }
}
