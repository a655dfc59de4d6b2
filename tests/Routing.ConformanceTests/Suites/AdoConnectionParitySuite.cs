using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Transactions;
using IsolationLevel = System.Data.IsolationLevel;

namespace Routing.ConformanceTests.Suites;

/// <summary>Connections, transactions, metadata and factories: as the driver's own, and clear words for the parts that are not there.</summary>
[OptionalSuite]
public abstract class AdoConnectionParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    /// <summary>What other tests' databases are part of: they come and go between two questions, the first does not.</summary>
    private static readonly string[] ServerWide = ["Databases", "Users"];

    /// <summary>Reader, command, transaction and connection, by their letters.</summary>
    public static TheoryData<string> Orders => ["RCTK", "RCKT", "RTCK", "RKTC", "CRTK", "CTRK", "CKRT", "KRTC", "KTRC", "KCTR", "TRCK", "TKRC", "TCKR"];

    /// <summary>Whether the engine ends transactions under open readers, as SQLite does.</summary>
    protected virtual bool EndsTransactionsUnderReaders => false;

    [Theory, SyncAndAsync]
    public async Task States_and_their_events(Verbs verbs)
    {
        await Beside.SameWhenClosedAsync(Database, async (connection, seen) =>
        {
            connection.StateChange += (_, change) => seen.Note("event", $"{change.OriginalState} to {change.CurrentState}");
            seen.Note("state", connection.State);
            await verbs.Close(connection);
            await verbs.Open(connection);
            seen.Note("state", connection.State);
            await verbs.Close(connection);
            await verbs.Close(connection);
            seen.Note("state", connection.State);
            await seen.TryAsync("begin when closed", () => verbs.Begin(connection));
            await verbs.Open(connection);
            await verbs.Reader(connection.Command("select 1"), CommandBehavior.CloseConnection).ContinueWith(reader => verbs.Close(reader.Result), TaskScheduler.Default).Unwrap();
            seen.Note("state", connection.State);
            await seen.TryAsync("cancelled", () => connection.OpenAsync(new CancellationToken(canceled: true)));
            seen.Note("state", connection.State);
            await verbs.Open(connection);
            await verbs.Dispose(connection);
            seen.Note("state", connection.State);
            await verbs.Dispose(connection);
            await verbs.Close(connection);
            await seen.TryAsync("command", () => verbs.Scalar(connection.Command("select 1")));
            await seen.TryAsync("begin", () => verbs.Begin(connection));
        });
    }

    [Theory, SyncAndAsync]
    public async Task A_disposed_connection_does_not_open_again(Verbs verbs)
    {
        var connection = await Db.DataSource.OpenConnectionAsync();
        await verbs.Dispose(connection);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Open(connection));
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Disposed_in_every_order(string order)
    {
        var items = await Database.ItemsAsync(2);
        foreach (var verbs in new[] { Verbs.Asynchronous, Verbs.Blocking })
        {
            await Beside.SameAsync(Database, async (connection, seen) =>
            {
                var transaction = await verbs.Begin(connection);
                await using (var update = connection.Command($"update {items.Name} set amount = 99"))
                {
                    update.Transaction = transaction;
                    seen.Note("updated", await verbs.NonQuery(update));
                }

                var command = connection.Command($"select id, name from {items.Name} order by id");
                command.Transaction = transaction;
                var reader = await verbs.Reader(command);
                Assert.True(await verbs.Read(reader));
                foreach (var part in order)
                {
                    await seen.TryAsync(part.ToString(), () => part switch
                    {
                        'R' => verbs.Dispose(reader),
                        'C' => verbs.Dispose(command),
                        'T' => verbs.Dispose(transaction),
                        _ => verbs.Dispose(connection),
                    });
                    seen.Note("connection", connection.State);
                }

                await seen.TryAsync("commit", () => verbs.Commit(transaction));
                await seen.TryAsync("read", () => verbs.Read(reader));
            });
            Assert.Equal([10, 20], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));
        }
    }

    /// <summary>Seen to fail on both engines without <c>RoutingTransaction.CloseReadersAsync</c>: the reader stayed open.</summary>
    [Theory, SyncAndAsync]
    public async Task A_transaction_disposed_under_a_reader_has_ended(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var transaction = await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 99 where id = 1"));
        var reader = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
        Assert.True(await verbs.Read(reader));
        await verbs.Dispose(transaction);
        Assert.True(reader.IsClosed);
        await verbs.Dispose(reader);
        Assert.Equal(1, await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 77 where id = 2")));
        await verbs.Dispose(connection);
        await Database.SettleAsync();
        Assert.Equal([10, 77, 30], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));
    }

    /// <summary>
    /// Seen to fail on PostgreSQL without <c>RoutingTransaction.EnsureCanEnd</c>: COMMIT was tried, and refused by the driver in its
    /// own words.
    /// </summary>
    [Theory, SyncAndAsync]
    public async Task A_transaction_told_to_end_under_a_reader_is_still_there(Verbs verbs)
    {
        const string Kept = "A reader is open on this connection, so its transaction cannot end yet. Close the reader first. [RTG0316]";
        var items = await Database.ItemsAsync(3);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 99 where id = 1"));
        var reader = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
        Assert.True(await verbs.Read(reader));
        if (EndsTransactionsUnderReaders)
        {
            await verbs.Commit(transaction);
            Assert.True(await verbs.Read(reader));
            await verbs.Close(reader);
        }
        else
        {
            Assert.Equal(Kept, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(transaction))).Message);
            Assert.Equal(Kept, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Rollback(transaction))).Message);
            Assert.True(await verbs.Read(reader));
            await verbs.Close(reader);
            await verbs.Commit(transaction);
        }

        await Database.SettleAsync();
        Assert.Equal([99, 20, 30], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task Transactions(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            foreach (var isolation in new[] { IsolationLevel.Unspecified, IsolationLevel.Serializable })
            {
                await using var transaction = await verbs.Begin(connection, isolation);
                seen.Note("asked for", isolation);
                seen.Note("connection", ReferenceEquals(connection, transaction.Connection));
                seen.Note("savepoints", transaction.SupportsSavepoints);
                await seen.TryAsync("a second one", () => verbs.Begin(connection));
                await using var command = connection.Command($"update {items.Name} set amount = amount + 1");
                command.Transaction = transaction;
                seen.Note("updated", await verbs.NonQuery(command));
                await seen.TryAsync("savepoint", () => verbs.Save(transaction, "here"));
                await seen.TryAsync("no such savepoint", () => verbs.RollbackTo(transaction, "nowhere"));
                await seen.TryAsync("back to it", () => verbs.RollbackTo(transaction, "here"));
                await seen.TryAsync("savepoint without a name", () => verbs.Save(transaction, null!));
                await verbs.Rollback(transaction);
                await seen.TryAsync("commit after the end", () => verbs.Commit(transaction));
                await seen.TryAsync("rollback after the end", () => verbs.Rollback(transaction));
                await seen.TryAsync("savepoint after the end", () => verbs.Save(transaction, "late"));
            }

            var disposed = await verbs.Begin(connection);
            await verbs.Dispose(disposed);
            await verbs.Dispose(disposed);
            await seen.TryAsync("commit after dispose", () => verbs.Commit(disposed));
            await seen.TryAsync("rollback after dispose", () => verbs.Rollback(disposed));
            await using var chaos = connection.Command("select 1");
            await seen.TryAsync("chaos", () => verbs.Begin(connection, IsolationLevel.Chaos));
            seen.Note("usable", Convert.ToInt64(await verbs.Scalar(chaos), CultureInfo.InvariantCulture));
        });
    }

    [Theory, SyncAndAsync]
    public async Task Metadata(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await Beside.SameWhenClosedAsync(Database, async (connection, seen) =>
        {
            await verbs.Open(connection);
            var collections = verbs.Async ? await connection.GetSchemaAsync() : connection.GetSchema();
            seen.Note("collections", collections.Rows.Cast<DataRow>().Select(static row => string.Join('/', row.ItemArray)));
            foreach (DataRow collection in collections.Rows)
            {
                var name = (string)collection["CollectionName"];
                await seen.TryAsync(name, async () =>
                {
                    var table = await SchemaAsync(verbs, connection, name);
                    return table.Columns.Cast<DataColumn>().Select(static column => $"{column.ColumnName} {column.DataType.Name}");
                });
                await seen.TryAsync(name + " of one table", async () =>
                {
                    var table = await SchemaAsync(verbs, connection, name, [null, null, items.Name]);
                    return table.Rows.Cast<DataRow>().Select(static row => string.Join('/', row.ItemArray)).Take(ServerWide.Contains(name) ? 1 : int.MaxValue);
                });
            }

            await seen.TryAsync("no collection", () => SchemaAsync(verbs, connection, "nothing"));
            await seen.TryAsync("too many restrictions", () => SchemaAsync(verbs, connection, collections.Rows[0]["CollectionName"].ToString()!, ["a", "b", "c", "d", "e", "f", "g"]));
            seen.Note("usable", Convert.ToInt64(await verbs.Scalar(connection.Command("select 1")), CultureInfo.InvariantCulture));
        });
    }

    [Theory, SyncAndAsync]
    public async Task Metadata_is_asked_for_on_the_connection_that_is_held(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using (await verbs.Begin(connection))
        {
            Assert.NotEmpty((await SchemaAsync(verbs, connection, "ReservedWords")).Rows);
            await Leases.AreActiveAsync(Db, 1);
        }

        connection.ReleaseAfterCommand = true;
        await SchemaAsync(verbs, connection, "ReservedWords");
        await Leases.AllReturnedAsync(Db);
    }

    [Fact]
    public async Task What_a_routed_connection_cannot_do_is_said()
    {
        const string Fixed = "A routed connection belongs to its data source: where it goes is configured under 'Routing:DataSources', not by a connection string. [RTG0310]";
        const string OneDatabase = "A routed connection cannot change its database: each database is a data source of its own under 'Routing:DataSources'. [RTG0310]";
        const string NotJoined = "A routed connection does not join System.Transactions. Use 'BeginTransaction', or 'TransactAsync' of the database. [RTG0401]";
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ConnectionString = connection.ConnectionString;
        connection.EnlistTransaction(null);
        Assert.Equal(Fixed, Assert.Throws<NotSupportedException>(() => connection.ConnectionString = "Routing=other").Message);
        Assert.Equal(OneDatabase, Assert.Throws<NotSupportedException>(() => connection.ChangeDatabase("other")).Message);
        Assert.Equal(OneDatabase, (await Assert.ThrowsAsync<NotSupportedException>(() => connection.ChangeDatabaseAsync("other"))).Message);
        using var transaction = new CommittableTransaction();
        Assert.Equal(NotJoined, Assert.Throws<NotSupportedException>(() => connection.EnlistTransaction(transaction)).Message);
        Assert.Equal(5, connection.ConnectionTimeout);
    }

    [Fact]
    public void What_its_factory_cannot_do_is_said()
    {
        var factory = Db.DataSource.ProviderFactory;
        Assert.False(factory.CanCreateCommandBuilder);
        Assert.Equal(
            "Routing writes no SQL, so it has no DbCommandBuilder. Set the adapter's InsertCommand, UpdateCommand and DeleteCommand. [RTG0315]",
            Assert.Throws<NotSupportedException>(factory.CreateCommandBuilder).Message);
        Assert.False(factory.CanCreateDataSourceEnumerator);
        Assert.Equal(
            "Routing does not look for servers, so it has no DbDataSourceEnumerator. The data sources there are: 'IRoutingDatabases'. [RTG0315]",
            Assert.Throws<NotSupportedException>(factory.CreateDataSourceEnumerator).Message);
        Assert.Equal(
            "This factory makes data source 'db' only. Take another from 'IRoutingDatabases', by its name. [RTG0310]",
            Assert.Throws<NotSupportedException>(() => factory.CreateDataSource("Routing=other")).Message);
        if (!factory.CanCreateBatch)
        {
            var text = $"The driver of {GetType().Namespace!.Split('.')[^1]} has no batches ('CanCreateBatch' is false). Run the commands one by one, in a transaction if they belong together. [RTG0315]";
            Assert.Equal(text, Assert.Throws<NotSupportedException>(factory.CreateBatch).Message);
            Assert.Equal(text, Assert.Throws<NotSupportedException>(factory.CreateBatchCommand).Message);
            using var connection = Db.DataSource.CreateConnection();
            Assert.Equal(text, Assert.Throws<NotSupportedException>(connection.CreateBatch).Message);
        }
    }

    [Fact]
    public async Task A_factory_makes_the_connection_string_and_the_data_source_of_it()
    {
        var factory = Db.DataSource.ProviderFactory;
        var builder = factory.CreateConnectionStringBuilder()!;
        Assert.IsType<RoutingConnectionStringBuilder>(builder);
        builder["ROUTING"] = "db";
        Assert.Equal("Routing=db", builder.ConnectionString);
        Assert.Equal(Db.DataSource.ConnectionString, builder.ConnectionString);
        Assert.Equal("db", new RoutingConnectionStringBuilder { ConnectionString = "routing = db" }.DataSource);
        Assert.Null(new RoutingConnectionStringBuilder().DataSource);
        Assert.StartsWith(
            "'Host' is no keyword of a routed connection string; the only one is 'Routing', the name of a data source. Servers are configured under 'Routing:DataSources'.",
            Assert.Throws<ArgumentException>(() => builder["Host"] = "x").Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => builder.ConnectionString = "Routing=db;Host=x");
        var source = factory.CreateDataSource(builder.ConnectionString);
        Assert.Same(Db.DataSource, source);
        await using var connection = await source.OpenConnectionAsync();
        Assert.NotNull(await connection.Command("select 1").ExecuteScalarAsync());
    }

    private static Task<DataTable> SchemaAsync(Verbs verbs, DbConnection connection, string collection, string?[]? restrictions = null) =>
        restrictions is null
            ? verbs.Async ? connection.GetSchemaAsync(collection) : Task.FromResult(connection.GetSchema(collection))
            : verbs.Async ? connection.GetSchemaAsync(collection, restrictions) : Task.FromResult(connection.GetSchema(collection, restrictions));
}
