using System.Text.RegularExpressions;
using System.Transactions;

namespace Routing.ConformanceTests.Suites;

/// <summary>Sessions: what they hold and when they let it go, what they see, and what they refuse.</summary>
public abstract partial class SessionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string ReadsState =
        "'SELECT' reads what the statement before it left on the connection, but that connection was given back. Ways out: RETURNING in the statement itself, one transaction around both, or 'await using var pin = await session.PinAsync()'. [RTG0501]";

    private const string Ambient =
        "A System.Transactions scope is around this call, and routed calls do not join it: what they write would stay although the scope is abandoned. Use 'TransactAsync', or suppress the scope ('TransactionScopeOption.Suppress') around the call. [RTG0401]";

    [Theory, SyncAndAsync]
    public async Task A_session_holds_nothing_between_its_statements(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await verbs.Query<Item>(session, $"select id, name, amount from {items.Raw}");
        await Leases.AllReturnedAsync(Db);
        await verbs.Execute(session, $"update {items.Raw} set amount = {1}");
        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_session_sees_what_it_wrote(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var session = Db.OpenSession();
        for (var id = 1; id <= 20; id++)
        {
            await verbs.Execute(session, $"insert into {items.Raw} values ({id}, {"x"}, {id})");
            Assert.Equal(id, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task One_shot_calls_see_what_this_process_wrote(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        for (var id = 1; id <= 20; id++)
        {
            await verbs.Execute(Db, $"insert into {items.Raw} values ({id}, {"x"}, {id})");
            Assert.Equal(id, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_token_makes_another_session_see_what_the_first_one_wrote(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        for (var id = 1; id <= 10; id++)
        {
            await using var writer = Db.OpenSession();
            await verbs.Execute(writer, $"insert into {items.Raw} values ({id}, {"x"}, {id})");
            await using var reader = Db.OpenSession(new SessionOptions { Token = writer.Scope.Token });
            Assert.Equal(id, await verbs.Scalar<int>(reader, $"select count(*) from {items.Raw}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task One_shot_calls_in_a_scope_see_what_the_scope_wrote(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        for (var id = 1; id <= 10; id++)
        {
            using var scope = Database.Host.Databases.BeginScope();
            await verbs.Execute(Db, $"insert into {items.Raw} values ({id}, {"x"}, {id})");
            Assert.Equal(id, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
            Assert.Equal(id, await Db.TransactAsync(
                (transaction, _) => verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"), new TransactionOptions { ReadOnly = true }));
        }
    }

    [Fact]
    public async Task A_second_operation_beside_a_running_one_is_refused_by_name()
    {
        var items = await Database.ItemsAsync(3);
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        await using (var rows = session.StreamAsync<long>($"select id from {items.Raw}").GetAsyncEnumerator())
        {
            Assert.True(await rows.MoveNextAsync());
            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.ExecuteAsync($"delete from {items.Raw}"));
            Assert.Equal(
                $"A session is for one operation at a time: 'SELECT {items.Name}', started N ms ago, is still running, so 'DELETE {items.Name}' was not started. Await the first one, or open a second session. [RTG0301]",
                Milliseconds().Replace(error.Message, "started N ms"));
            Assert.Throws<InvalidOperationException>(() => session.Query<int>("select 1"));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.BeginTransactionAsync());
        }

        Assert.Equal(3, await session.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Fact]
    public async Task A_second_operation_beside_a_waiting_one_is_refused_as_well()
    {
        await using var host = Database.Open(new() { ["Pool:MaxSize"] = "1" });
        await using var holder = host.Database.OpenSession();
        var pin = await holder.PinAsync();
        await using var session = host.Database.OpenSession();
        var waiting = session.PinAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.QueryAsync<int>("select 1"));
        Assert.Equal(
            "A session is for one operation at a time: 'PIN', started N ms ago, is still running, so 'SELECT' was not started. Await the first one, or open a second session. [RTG0301]",
            Milliseconds().Replace(error.Message, "started N ms"));
        await pin.DisposeAsync();
        await using (await waiting)
        {
            Assert.Equal([1], await session.QueryAsync<int>("select 1"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Statements_that_read_connection_state_are_refused_where_it_is_lost(Verbs verbs)
    {
        var oneShot = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar<long>(Db, Database.LastInsertId, args: null));
        Assert.Equal(ReadsState, oneShot.Message);
        await using var session = Db.OpenSession();
        var inSession = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar<long>(session, Database.LastInsertId, args: null));
        Assert.Equal(ReadsState, inSession.Message);
        var streamed = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.StreamAsync<long>(Database.LastInsertId).CountAsync());
        Assert.Equal(ReadsState, streamed.Message);
    }

    [Theory, SyncAndAsync]
    public async Task Statements_that_read_connection_state_find_it_in_a_transaction_or_pin(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {table.Raw} (name) values ({"a"})");
        Assert.Equal(1, await verbs.Scalar<long>(transaction, Database.LastInsertId, args: null));
        await verbs.Commit(transaction);
        await using (await session.PinAsync())
        {
            await verbs.Execute(session, $"insert into {table.Raw} (name) values ({"b"})");
            Assert.Equal(2, await verbs.Scalar<long>(session, Database.LastInsertId, args: null));
        }

        Assert.Equal(3, await verbs.QuerySingle<long>(session, $"insert into {table.Raw} (name) {Database.Output("id")} values ({"c"}) {Database.Returning("id")}"));
    }

    [Theory, SyncAndAsync]
    public async Task One_shot_calls_refuse_to_set_session_state(Verbs verbs)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(Db, Database.SetSetting, args: null));
        Assert.Equal(
            $"'{Database.SetSettingSummary}' sets session state, which a one-shot call would lose: its connection is reset and given back after the statement. Open a session ('OpenSession()'), which keeps its connection from then on, or set it for one transaction only. [RTG0502]",
            error.Message);
        var temporary = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(Db, Database.CreateTemporary.Text, args: null));
        Assert.StartsWith($"'{Database.CreateTemporary.Summary}' sets session state, which a one-shot call would lose", temporary.Message, StringComparison.Ordinal);
    }

    [Theory, SyncAndAsync]
    public async Task One_shot_calls_refuse_to_control_transactions(Verbs verbs)
    {
        foreach (var verb in new[] { Database.Begin.ToUpperInvariant(), "COMMIT", "ROLLBACK" })
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(Db, verb, args: null));
            Assert.Equal(
                $"'{verb}' controls a transaction, but a one-shot call has a connection for one statement only. Use 'TransactAsync', or 'BeginTransactionAsync' on a session. [RTG0503]",
                error.Message);
        }
    }

    [Theory, SyncAndAsync]
    public async Task Session_state_stays_with_the_session_that_set_it(Verbs verbs)
    {
        await using var other = Db.OpenSession();
        var clean = await ReadSettingAsync(other);
        Assert.NotEqual(Database.SettingValue, clean);
        var session = Db.OpenSession();
        await verbs.Execute(session, Database.SetSetting, args: null);
        await Leases.AreActiveAsync(Db, 1);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Database.SettingValue, await verbs.Scalar<string>(session, Database.ReadSetting, args: null));
        }

        await verbs.Dispose(session);
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(clean, await ReadSettingAsync(other));
    }

    [Theory, SyncAndAsync]
    public async Task A_temporary_table_stays_usable_in_its_session(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        await verbs.Execute(session, Database.CreateTemporary.Text, args: null);
        await verbs.Execute(session, $"insert into {Sql.Raw(Database.Temporary)} values ({1}), ({2})");
        Assert.Equal([1, 2], await verbs.Query<int>(session, $"select x from {Database.Temporary} order by x", args: null));
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {Sql.Raw(Database.Temporary)} values ({3})");
        await verbs.Commit(transaction);
        Assert.Equal(3, await verbs.Scalar<int>(session, $"select count(*) from {Database.Temporary}", args: null));
    }

    [Fact]
    public async Task A_pin_keeps_one_connection_and_hands_it_out()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var outer = await session.PinAsync();
        var inner = await session.PinAsync();
        Assert.Equal("a", outer.Node);
        await Leases.AreActiveAsync(Db, 1);
        var physical = outer.PhysicalConnection;
        Assert.True(Database.ConnectionType.IsInstanceOfType(physical), physical.GetType().FullName);
        Assert.Same(physical, inner.PhysicalConnection);
        await using (var command = physical.CreateCommand())
        {
            command.CommandText = $"update {items.Name} set amount = 11";
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        await outer.DisposeAsync();
        await outer.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => outer.PhysicalConnection);
        await Leases.AreActiveAsync(Db, 1);
        Assert.Equal(11, await session.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        await inner.DisposeAsync();
        await Leases.AllReturnedAsync(Db);
    }

    [Fact]
    public async Task A_pin_outlived_by_a_transaction_leaves_the_connection_to_it()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var pin = await session.PinAsync();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"update {items.Raw} set amount = {11}");
        await pin.DisposeAsync();
        await transaction.CommitAsync();
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(11, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_pin_disposed_beside_its_stream_lets_the_connection_go_when_the_stream_ends()
    {
        var items = await Database.ItemsAsync(3);
        await using var session = Db.OpenSession();
        var pin = await session.PinAsync();
        await foreach (var _ in session.StreamAsync<long>($"select id from {items.Raw}"))
        {
            await pin.DisposeAsync();
            await Leases.AreActiveAsync(Db, 1);
        }

        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_disposed_session_refuses_everything(Verbs verbs)
    {
        var session = Db.OpenSession();
        await verbs.Execute(session, Database.SetSetting, args: null);
        await verbs.Dispose(session);
        await verbs.Dispose(session);
        await Leases.AllReturnedAsync(Db);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Query<int>(session, $"select 1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Begin(session));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.PinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.StreamAsync<int>("select 1").CountAsync());
    }

    [Theory, SyncAndAsync]
    public async Task An_ambient_transaction_is_refused(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Execute(Db, $"delete from {items.Raw}"))).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Query<int>(session, $"select 1"))).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(session))).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.PinAsync())).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(async () => await Db.StreamAsync<int>("select 1").CountAsync())).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => Db.TransactAsync(static (_, _) => Task.CompletedTask))).Message);
            using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
            {
                Assert.Equal([1], await verbs.Query<int>(Db, $"select 1"));
            }
        }

        Assert.Equal(1, await verbs.Scalar<int>(Db, $"select count(*) from {items.Raw}"));
    }

    [GeneratedRegex("started [0-9]+ ms")]
    private static partial Regex Milliseconds();

    /// <summary>On the connection where session state would be found: the primary's.</summary>
    private async Task<string?> ReadSettingAsync(Session session)
    {
        await using var pin = await session.PinAsync();
        return await session.ExecuteScalarAsync<string>(Database.ReadSetting);
    }
}
