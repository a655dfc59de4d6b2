using System.Data;
using System.Diagnostics;
using Routing.Drivers;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Sessions;

/// <summary>The ADO.NET face: one lease at a time, and nothing of one opening in the next.</summary>
public sealed class RoutedConnectionTests
{
    [Fact]
    public async Task It_gives_its_lease_back_before_it_rents_the_next()
    {
        await using var routing = new FaultyRouting();
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await RunAsync(connection, "select value from t");
        Assert.Equal("b", connection.DataSource);
        await RunAsync(connection, "update t set x = 1");
        Assert.Equal("a", connection.DataSource);
        Assert.Equal([1, 0], Loads(routing));
    }

    [Fact]
    public async Task A_cancel_that_comes_after_its_reader_was_closed_reaches_nobody()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select value from t";
        await (await command.ExecuteReaderAsync()).DisposeAsync();
        await using var other = connection.CreateCommand();
        other.CommandText = "select value from t";
        await using var reader = await other.ExecuteReaderAsync();
        command.Cancel();
        Assert.All(routing.Primary.Connections, static opened => Assert.Equal(0, opened.Interrupts));
        other.Cancel();
        Assert.Equal(1, routing.Primary.Connections[^1].Interrupts);
    }

    [Fact]
    public async Task A_connection_whose_reader_was_cancelled_is_not_trusted()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select value from t";
        await using (await command.ExecuteReaderAsync())
        {
            command.Cancel();
        }

        await connection.CloseAsync();
        Assert.Equal(Dirt.Cancelled, routing.Primary.Connections[^1].LastDirt);
    }

    [Fact]
    public async Task A_broken_connection_that_nothing_ties_is_replaced()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await RunAsync(connection, "select value from t");
        var broken = (FakePhysicalConnection)connection.Held!.Lease.Physical;
        broken.Broken = true;
        await RunAsync(connection, "select value from t");
        Assert.NotSame(broken, connection.Held.Lease.Physical);
        Assert.Equal(1, broken.Closes);
    }

    [Fact]
    public async Task A_read_does_not_leave_a_transaction_that_the_server_ended()
    {
        await using var routing = new FaultyRouting();
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        routing.Primary.Answer = static _ => throw new FakeDbException("lost", ErrorClass.ConnectionLost);
        await Assert.ThrowsAsync<FakeDbException>(() => RunAsync(connection, "update t set x = 1"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(connection, "select value from t"));
        Assert.Equal("The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]", error.Message);
        await transaction.RollbackAsync();
        await RunAsync(connection, "select value from t");
        Assert.Equal("b", connection.DataSource);
    }

    [Fact]
    public async Task A_failed_command_releases_its_connection_too_when_asked_to()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        routing.Primary.Answer = static _ => throw new FakeDbException("refused", ErrorClass.Statement);
        await Assert.ThrowsAsync<FakeDbException>(() => RunAsync(connection, "update t set x = 1"));
        routing.AssertAtRest("the failure");
    }

    [Fact]
    public async Task State_of_a_connection_that_was_released_cannot_be_read()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await RunAsync(connection, "insert into t values (1)");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(connection, "select last_insert_rowid()"));
        Assert.Equal(
            "'SELECT' reads what the statement before it left on the connection, but 'ReleaseAfterCommand' gave that connection back. Ways out: RETURNING in the statement itself, one transaction around both, or a connection without 'ReleaseAfterCommand'. [RTG0501]",
            error.Message);
    }

    [Fact]
    public async Task A_reader_of_an_earlier_opening_touches_nothing_of_the_next()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select value from t";
        var reader = await command.ExecuteReaderAsync(CommandBehavior.CloseConnection);
        await connection.CloseAsync();
        await connection.OpenAsync();
        await RunAsync(connection, "select value from t");
        await reader.DisposeAsync();
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(1, routing.ActiveOnPrimary);
    }

    [Fact]
    public async Task State_changes_are_told_once_each()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        var changes = new List<(ConnectionState, ConnectionState)>();
        await using (var connection = routing.Database.DataSource.CreateConnection())
        {
            connection.StateChange += (_, change) => changes.Add((change.OriginalState, change.CurrentState));
            await connection.OpenAsync();
            await connection.CloseAsync();
            await connection.CloseAsync();
        }

        Assert.Equal([(ConnectionState.Closed, ConnectionState.Open), (ConnectionState.Open, ConnectionState.Closed)], changes);
    }

    [Fact]
    public async Task Closing_while_a_command_runs_lets_it_end_before_the_connection_goes_back()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var connection = await routing.Database.DataSource.OpenConnectionAsync();
        routing.Primary.OnStep = step =>
        {
            if (step == "execute")
            {
                reached.Set();
                goOn.Wait();
            }
        };
        var running = Task.Run(() => RunAsync(connection, "update t set x = 1"));
        reached.Wait();
        await connection.DisposeAsync();
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal(1, routing.ActiveOnPrimary);
        goOn.Set();
        await running;
        routing.AssertAtRest("the command");
    }

    [Fact]
    public async Task A_second_command_that_races_the_first_is_refused()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        routing.Primary.OnStep = step =>
        {
            if (step == "execute")
            {
                reached.Set();
                goOn.Wait();
            }
        };
        var running = Task.Run(() => RunAsync(connection, "update t set x = 1"));
        reached.Wait();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(connection, "select value from t"));
        Assert.Matches(
            "^A routed connection is for one operation at a time: 'UPDATE t', started [0-9]+ ms ago, is still running, so 'SELECT t' was not started\\. Await the first one, or open a second routed connection\\. \\[RTG0301\\]$",
            error.Message);
        goOn.Set();
        await running;
    }

    [Fact]
    public async Task A_command_that_succeeded_at_the_second_try_is_not_traced_as_failed()
    {
        var stopped = new List<Activity>();
        using var tracing = new TracedStatements(activity =>
        {
            if (activity.DisplayName == "SELECT traced_once")
            {
                stopped.Add(activity);
            }
        });
        await using var routing = new FaultyRouting();
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        routing.Replica.Answer = static _ => throw new FakeDbException("lost", ErrorClass.ConnectionLost);
        await RunAsync(connection, "select value from traced_once");
        var activity = Assert.Single(stopped);
        Assert.Null(activity.GetTagItem("error.type"));
        Assert.Equal("a", activity.GetTagItem("routing.node"));
    }

    [Fact]
    public async Task A_traced_stream_that_fails_is_traced_as_failed_and_leaves_no_activity_behind()
    {
        var stopped = new List<Activity>();
        using var tracing = new TracedStatements(activity =>
        {
            if (activity.DisplayName == "SELECT traced_stream")
            {
                stopped.Add(activity);
            }
        });
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        routing.Primary.OnStep = static step =>
        {
            if (step == "read")
            {
                throw new FakeDbException("refused", ErrorClass.Statement);
            }
        };
        await Assert.ThrowsAsync<FakeDbException>(async () =>
        {
            await foreach (var _ in routing.Database.StreamAsync<long>("select value from traced_stream"))
            {
            }
        });
        Assert.Null(Activity.Current);
        Assert.Equal(ActivityStatusCode.Error, Assert.Single(stopped).Status);
    }

    [Fact]
    public async Task It_sees_what_the_scope_around_it_wrote_as_well_as_what_it_wrote_itself()
    {
        await using var routing = new FaultyRouting();
        routing.SetReplicaPosition(1);
        using var scope = new ConsistencyScope(from: null, makeAmbient: true);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        await RunAsync(connection, "update t set x = 1");
        await RunAsync(connection, "select value from t");
        Assert.Equal("b", connection.DataSource);
        routing.Primary.Capture = static () => new FakePosition(2);
        await routing.Database.ExecuteAsync("update t set x = 1");
        await RunAsync(connection, "select value from t");
        Assert.Equal("a", connection.DataSource);
    }

    private static async Task RunAsync(RoutingConnection connection, string text)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }

    private static int[] Loads(FaultyRouting routing) => [.. routing.Fake.Source.Topology.Current.Nodes.Select(static node => node.Load.InFlight)];
}
