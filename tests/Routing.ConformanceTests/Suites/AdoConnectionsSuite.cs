using System.Data;
using System.Globalization;
using System.Transactions;

namespace Routing.ConformanceTests.Suites;

/// <summary>Routed connections: when they open and close, when they hold a lease, and clear words for what may not be done with them.</summary>
public abstract class AdoConnectionsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Closed = "The routed connection to 'db' is closed. Open it first. [RTG0306]";

    private const string Ambient =
        "A System.Transactions scope is around this call, and routed calls do not join it: what they write would stay although the scope is abandoned. Use 'TransactAsync', or suppress the scope ('TransactionScopeOption.Suppress') around the call. [RTG0401]";

    /// <summary>Reader, command, transaction and connection, by their letters.</summary>
    public static TheoryData<string> DisposalOrders => [.. Permutations("RCTK")];

    [Theory, SyncAndAsync]
    public async Task A_connection_says_what_it_is_and_tells_when_it_opens_and_closes(Verbs verbs)
    {
        await using var connection = Db.DataSource.CreateConnection();
        var changes = new List<string>();
        connection.StateChange += (_, change) => changes.Add($"{change.OriginalState} to {change.CurrentState}");
        Assert.Equal("Routing=db", connection.ConnectionString);
        Assert.Equal("Routing=db", Db.DataSource.ConnectionString);
        Assert.Equal("db", connection.Database);
        Assert.Equal("db", connection.DataSource);
        Assert.Equal(ConnectionState.Closed, connection.State);
        await verbs.Open(connection);
        Assert.Equal(ConnectionState.Open, connection.State);
        await Leases.AreActiveAsync(Db, 0);
        Assert.NotEmpty(connection.ServerVersion);
        Assert.Contains(connection.DataSource, Db.Topology.Nodes.Select(static node => node.Name));
        await verbs.Close(connection);
        await verbs.Close(connection);
        await verbs.Open(connection);
        await verbs.Dispose(connection);
        Assert.Equal(["Closed to Open", "Open to Closed", "Closed to Open", "Open to Closed"], changes);
        Assert.Throws<NotSupportedException>(() => connection.ConnectionString = "Data Source=elsewhere");
        Assert.Throws<NotSupportedException>(() => connection.ChangeDatabase("elsewhere"));
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_keeps_its_lease_until_it_is_closed(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await Leases.AreActiveAsync(Db, 0);
        for (var i = 0; i < 3; i++)
        {
            await verbs.Scalar(connection.Command("select 1"));
            await Leases.AreActiveAsync(Db, 1);
        }

        await verbs.Close(connection);
        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_asked_to_gives_its_lease_back_after_each_command(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await verbs.Scalar(connection.Command("select 1"));
        await Leases.AllReturnedAsync(Db);
        await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 1"));
        await Leases.AllReturnedAsync(Db);
        await using (var reader = await verbs.Reader(connection.Command($"select id from {items.Name}")))
        {
            await Leases.AreActiveAsync(Db, 1);
        }

        await Leases.AllReturnedAsync(Db);
        await using (var transaction = await verbs.Begin(connection))
        {
            await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 2"));
            await Leases.AreActiveAsync(Db, 1);
            await verbs.Commit(transaction);
        }

        await Leases.AllReturnedAsync(Db);
        await verbs.NonQuery(connection.Command(Database.SetSetting));
        await Leases.AreActiveAsync(Db, 1);
        Assert.Equal(Database.SettingValue, Convert.ToString(await verbs.Scalar(connection.Command(Database.ReadSetting)), CultureInfo.InvariantCulture));
    }

    [Theory, SyncAndAsync]
    public async Task A_routed_connection_sees_what_it_wrote(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        for (var id = 1L; id <= 10; id++)
        {
            await verbs.NonQuery(connection.Command($"insert into {items.Name} values (@id, 'x', 1)", ("id", id)));
            Assert.Equal(id, Convert.ToInt64(await verbs.Scalar(connection.Command($"select count(*) from {items.Name}")), CultureInfo.InvariantCulture));
        }
    }

    [Theory, SyncAndAsync]
    public async Task CloseConnection_closes_the_connection_with_its_reader(Verbs verbs)
    {
        var connection = await Db.DataSource.OpenConnectionAsync();
        var reader = await verbs.Reader(connection.Command("select 1"), CommandBehavior.CloseConnection);
        Assert.True(await verbs.Read(reader));
        Assert.Equal(ConnectionState.Open, connection.State);
        await verbs.Close(reader);
        Assert.True(reader.IsClosed);
        Assert.Equal(ConnectionState.Closed, connection.State);
        await Leases.AllReturnedAsync(Db);
    }

    [Theory]
    [MemberData(nameof(DisposalOrders))]
    public async Task Disposal_in_every_order_gives_everything_back_and_commits_nothing(string order)
    {
        foreach (var verbs in new[] { Verbs.Asynchronous, Verbs.Blocking })
        {
            var items = await Database.ItemsAsync(3);
            var connection = await Db.DataSource.OpenConnectionAsync();
            var transaction = await verbs.Begin(connection);
            await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 99"));
            var command = connection.Command($"select id from {items.Name}");
            var reader = await verbs.Reader(command);
            Assert.True(await verbs.Read(reader));
            foreach (var part in order)
            {
                await (part switch
                {
                    'R' => verbs.Dispose(reader),
                    'C' => verbs.Dispose(command),
                    'T' => verbs.Dispose(transaction),
                    _ => verbs.Dispose(connection),
                });
            }

            foreach (var part in order)
            {
                // Once more: each dispose is idempotent.
                await (part switch
                {
                    'R' => verbs.Dispose(reader),
                    'C' => verbs.Dispose(command),
                    'T' => verbs.Dispose(transaction),
                    _ => verbs.Dispose(connection),
                });
            }

            await Leases.AllReturnedAsync(Db);
            Assert.Equal([10, 20, 30], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));
            Assert.Equal(1, await Db.ExecuteAsync($"update {items.Raw} set amount = {1} where id = {1}"));
        }
    }

    [Theory, SyncAndAsync]
    public async Task Use_of_what_is_closed_is_refused(Verbs verbs)
    {
        var connection = Db.DataSource.CreateConnection();
        var command = connection.Command("select 1");
        Assert.Equal(Closed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        Assert.Equal(Closed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(connection))).Message);
        await verbs.Open(connection);
        Assert.Equal(
            "The routed connection to 'db' is open already. [RTG0307]",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Open(connection))).Message);
        var reader = await verbs.Reader(command);
        await verbs.Close(reader);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => verbs.Read(reader));
        await verbs.Close(connection);
        Assert.Equal(Closed, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);

        command.Connection = null;
        Assert.Equal(
            "The command has no connection. Set 'Connection', or create it by 'connection.CreateCommand()'. [RTG0308]",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        await verbs.Open(connection);
        Assert.Equal(
            "The command has no text. Set 'CommandText'. [RTG0504]",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(connection.CreateCommand()))).Message);
        await verbs.Dispose(connection);
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_closed_under_its_reader_leaves_no_trace(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        var connection = await Db.DataSource.OpenConnectionAsync();
        var reader = await verbs.Reader(connection.Command($"select id from {items.Name}"));
        Assert.True(await verbs.Read(reader));
        await verbs.Close(connection);
        await Leases.AllReturnedAsync(Db);
        await verbs.Open(connection);
        Assert.Equal(3L, Convert.ToInt64(await verbs.Scalar(connection.Command($"select count(*) from {items.Name}")), CultureInfo.InvariantCulture));
        await verbs.Dispose(reader);
        Assert.Equal(3L, Convert.ToInt64(await verbs.Scalar(connection.Command($"select count(*) from {items.Name}")), CultureInfo.InvariantCulture));
        await verbs.Dispose(connection);
    }

    [Theory, SyncAndAsync]
    public async Task An_ambient_transaction_is_refused(Verbs verbs)
    {
        await using var open = await Db.DataSource.OpenConnectionAsync();
        await using var closed = Db.DataSource.CreateConnection();
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Open(closed))).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(open.Command("select 1")))).Message);
            Assert.Equal(Ambient, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(open))).Message);
            Assert.Equal(
                "A routed connection does not join System.Transactions. Use 'BeginTransaction', or 'TransactAsync' of the database. [RTG0401]",
                Assert.Throws<NotSupportedException>(() => open.EnlistTransaction(System.Transactions.Transaction.Current)).Message);
        }

        await verbs.Open(closed);
        Assert.NotNull(await verbs.Scalar(open.Command("select 1")));
    }

    [Fact]
    public async Task A_second_command_beside_a_running_one_is_refused()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var host = Database.Open(new() { ["Pool:MaxSize"] = "1" });
        await using var holder = host.Database.OpenSession();
        await using var waiter = await host.Database.DataSource.OpenConnectionAsync();
        var pin = await holder.PinAsync();
        var waiting = waiter.Command($"create table unused_{Guid.NewGuid():N} (x integer)").ExecuteNonQueryAsync();
        Assert.False(waiting.IsCompleted);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => waiter.Command("select 1").ExecuteScalarAsync());
        Assert.Matches(
            "^A routed connection is for one operation at a time: 'CREATE TABLE', started [0-9]+ ms ago, is still running, so 'SELECT' was not started. Await the first one, or open a second routed connection\\. \\[RTG0301\\]$",
            error.Message);
        await pin.DisposeAsync();
        await waiting;
    }

    private static IEnumerable<string> Permutations(string parts) => parts.Length <= 1
        ? [parts]
        : parts.SelectMany(part => Permutations(parts.Replace(part.ToString(), "", StringComparison.Ordinal)).Select(rest => part + rest));
}
