using Routing.Sessions;
using Routing.Topology;

namespace Routing.UnitTests.Sessions;

/// <summary>Scopes: how they nest and flow, and what reads inside them must see.</summary>
public sealed class ConsistencyTests
{
    [Fact]
    public void Scopes_end_in_any_order()
    {
        Assert.Null(ConsistencyScope.Current);
        var outer = new ConsistencyScope(from: null, makeAmbient: true);
        var inner = new ConsistencyScope(from: null, makeAmbient: true);
        Assert.Same(inner, ConsistencyScope.Current);
        outer.Dispose();
        Assert.Same(inner, ConsistencyScope.Current);
        inner.Dispose();
        Assert.Null(ConsistencyScope.Current);
        inner.Dispose();
    }

    [Fact]
    public void A_scope_flows_to_the_caller_of_the_method_that_began_it()
    {
        using var scope = Begin();
        Assert.Same(scope, ConsistencyScope.Current);
    }

    [Fact]
    public async Task A_scope_that_ends_ends_for_the_flows_that_began_inside_it()
    {
        using var outer = new ConsistencyScope(from: null, makeAmbient: true);
        var inner = new ConsistencyScope(from: null, makeAmbient: true);
        var begun = new TaskCompletionSource<ConsistencyScope?>();
        var goOn = new TaskCompletionSource();
        var branch = Task.Run(async () =>
        {
            begun.SetResult(ConsistencyScope.Current);
            await goOn.Task;
            return ConsistencyScope.Current;
        });
        Assert.Same(inner, await begun.Task);
        inner.Dispose();
        goOn.SetResult();
        Assert.Same(outer, await branch);
    }

    [Fact]
    public void A_write_covers_the_one_before_it_whose_position_is_not_known_but_another_scopes_does_not()
    {
        var scope = new ConsistencyScope(from: null, makeAmbient: false);
        scope.Wrote("db", UnknownPosition.Instance);
        var other = new ConsistencyScope(from: null, makeAmbient: false);
        other.Wrote("db", new FakePosition(9));
        scope.Observe(other.Token);
        Assert.Same(UnknownPosition.Instance, scope.Required("db"));
        scope.Wrote("db", new FakePosition(3));
        Assert.Equal(3, Assert.IsType<FakePosition>(scope.Required("db")).Value);
    }

    [Fact]
    public async Task A_read_only_delegate_sees_what_this_process_wrote_a_moment_ago()
    {
        await using var routing = new FaultyRouting();
        routing.SetReplicaPosition(0);
        await routing.Database.ExecuteAsync("update t set x = 1");
        var node = await routing.Database.TransactAsync(static (tx, _) => Task.FromResult(tx.Node), new TransactionOptions { ReadOnly = true });
        Assert.Equal("a", node);
        routing.SetReplicaPosition(1);
        node = await routing.Database.TransactAsync(static (tx, _) => Task.FromResult(tx.Node), new TransactionOptions { ReadOnly = true });
        Assert.Equal("b", node);
    }

    [Fact]
    public async Task A_write_streamed_over_a_pinned_connection_leaves_its_position()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await using var pin = await session.PinAsync();
        await foreach (var _ in session.StreamAsync<long>("update t set x = 1 returning x"))
        {
        }

        Assert.Equal(1, Assert.IsType<FakePosition>(session.Scope.Required("fake")).Value);
    }

    [Fact]
    public async Task Nobody_asks_a_replica_where_a_write_ended()
    {
        await using var routing = new FaultyRouting();
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync(new TransactionOptions { ReadOnly = true });
        Assert.Equal("b", transaction.Node);
        await transaction.ExecuteAsync("select unknown_function()");
        await transaction.CommitAsync();
        Assert.DoesNotContain("capture", routing.Steps);
    }

    [Fact]
    public async Task Reads_that_had_to_go_to_the_primary_ask_no_replica_that_nobody_watches()
    {
        await using var routing = new FaultyRouting();
        await routing.StartAsync();
        await routing.Database.ExecuteAsync("update t set x = 1");
        var attempts = routing.Replica.Attempts;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(3, (await routing.Database.QueryAsync<long>("select value from t")).Count);
        }

        Assert.Equal(attempts, routing.Replica.Attempts);
    }

    private static ConsistencyScope Begin() => new(from: null, makeAmbient: true);
}
