using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Transactions;

namespace Routing.ConformanceTests.Suites;

/// <summary>The ADO.NET face: what every program that speaks ADO.NET may rely on, and clear words for what it may not.</summary>
public abstract class AdoNetSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const string Closed = "The routed connection to 'db' is closed. Open it first. [RTG0306]";
    private const string Nested = "A transaction is open on this connection already; ADO.NET transactions do not nest. End it first, or use its savepoints ('Save', 'Rollback(name)'). [RTG0407]";
    private const string ForeignTransaction = "The command's transaction has ended or belongs to another connection. Set 'Transaction' to the open one of its connection, or to null. [RTG0408]";

    private const string Ambient =
        "A System.Transactions scope is around this call, and routed calls do not join it: what they write would stay although the scope is abandoned. Use 'TransactAsync', or suppress the scope ('TransactionScopeOption.Suppress') around the call. [RTG0401]";

    /// <summary>Reader, command, transaction and connection, by their letters.</summary>
    public static TheoryData<string> DisposalOrders => [.. Permutations("RCTK")];

    [Theory, SyncAndAsync]
    public async Task Commands_write_and_read(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = Db.DataSource.CreateConnection();
        await verbs.Open(connection);
        await using var insert = connection.Command($"insert into {items.Name} values (@id, @name, @amount)", ("id", 1L), ("@name", "a"), ("amount", 10L));
        Assert.All(insert.Parameters.Cast<DbParameter>(), parameter => Assert.IsType(Database.ParameterType, parameter));
        Assert.Equal(1, await verbs.NonQuery(insert));
        for (var id = 2L; id <= 4; id++)
        {
            insert.Parameters["id"].Value = id;
            insert.Parameters["name"].Value = id == 3 ? DBNull.Value : "n" + id;
            Assert.Equal(1, await verbs.NonQuery(insert));
        }

        await using var select = connection.Command($"select id, name, amount from {items.Name} order by id");
        for (var use = 0; use < 3; use++)
        {
            await using var reader = await verbs.Reader(select);
            Assert.True(reader.HasRows);
            Assert.Equal(3, reader.FieldCount);
            Assert.Equal(["id", "name", "amount"], reader.GetColumnSchema().Select(static column => column.ColumnName));
            Assert.True(await verbs.Read(reader));
            Assert.Equal((1L, "a", 10L), (reader.GetInt64(0), reader.GetString(reader.GetOrdinal("name")), reader.GetFieldValue<long>(2)));
            Assert.True(await verbs.Read(reader));
            Assert.True(await verbs.Read(reader));
            Assert.True(reader.IsDBNull(1));
            Assert.Equal(DBNull.Value, reader["name"]);
            Assert.True(await verbs.Read(reader));
            Assert.False(await verbs.Read(reader));
            Assert.False(await verbs.NextResult(reader));
        }

        await using var count = connection.Command($"select count(*) from {items.Name}");
        Assert.Equal(4L, Convert.ToInt64(await verbs.Scalar(count), CultureInfo.InvariantCulture));
        await using var none = connection.Command($"select id from {items.Name} where id = 99");
        Assert.Null(await verbs.Scalar(none));
        await using var nothing = connection.Command($"select max(id) from {items.Name} where id = 99");
        Assert.Equal(DBNull.Value, await verbs.Scalar(nothing));
    }

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
    public async Task Result_sets_follow_each_other(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command($"select id from {items.Name} order by id; select name from {items.Name} where id = @id", ("id", 2L));
        await using var reader = await verbs.Reader(command);
        Assert.True(await verbs.Read(reader));
        Assert.Equal(1, reader.GetInt64(0));
        Assert.True(await verbs.NextResult(reader));
        Assert.True(await verbs.Read(reader));
        Assert.Equal("item 2", reader.GetString(0));
        Assert.False(await verbs.NextResult(reader));
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

    [Theory, SyncAndAsync]
    public async Task Transactions_commit_and_roll_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var committed = await verbs.Begin(connection);
        Assert.Same(connection, committed.Connection);
        await using (var command = connection.Command($"insert into {items.Name} values (1, 'a', 1)"))
        {
            command.Transaction = committed;
            await verbs.NonQuery(command);
        }

        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
        await verbs.Commit(committed);
        Assert.Null(committed.Connection);

        var rolledBack = await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (2, 'b', 2)"));
        await verbs.Rollback(rolledBack);

        await using (await verbs.Begin(connection))
        {
            await verbs.NonQuery(connection.Command($"insert into {items.Name} values (3, 'c', 3)"));
        }

        await verbs.Begin(connection);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (4, 'd', 4)"));
        await verbs.Close(connection);
        Assert.Equal([1], await Db.QueryAsync<long>($"select id from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task Savepoints_take_back_what_came_after_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var transaction = await verbs.Begin(connection);
        Assert.True(transaction.SupportsSavepoints);
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'a', 1)"));
        await verbs.Save(transaction, "first");
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (2, 'b', 2)"));
        await verbs.RollbackTo(transaction, "first");
        await verbs.Save(transaction, "second");
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (3, 'c', 3)"));
        await verbs.Release(transaction, "second");
        await verbs.Commit(transaction);
        Assert.Equal([1, 3], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Theory, SyncAndAsync]
    public async Task Transactions_do_not_nest(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using (var transaction = await verbs.Begin(connection))
        {
            Assert.Equal(Nested, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(connection))).Message);
            await verbs.Commit(transaction);
        }

        await verbs.NonQuery(connection.Command(Database.Begin));
        Assert.Equal(Nested, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Begin(connection))).Message);
        await verbs.NonQuery(connection.Command("rollback"));
        await using var again = await verbs.Begin(connection);
        await verbs.Commit(again);
    }

    [Theory, SyncAndAsync]
    public async Task An_ended_transaction_refuses_everything(Verbs verbs)
    {
        const string Ended = "The transaction has ended (Committed): nothing more can run in it. Begin a new one. [RTG0403]";
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var transaction = await verbs.Begin(connection);
        await verbs.Commit(transaction);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Commit(transaction))).Message);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Rollback(transaction))).Message);
        Assert.Equal(Ended, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Save(transaction, "x"))).Message);
        await using var command = connection.Command("select 1");
        command.Transaction = transaction;
        Assert.Equal(ForeignTransaction, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        await using var current = await verbs.Begin(connection);
        Assert.Equal(ForeignTransaction, (await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.Scalar(command))).Message);
        command.Transaction = current;
        Assert.NotNull(await verbs.Scalar(command));
    }

    [Theory, SyncAndAsync]
    public async Task Begin_and_commit_by_text_hold_the_connection_between_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(0);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await verbs.NonQuery(connection.Command(Database.Begin));
        await verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'a', 1)"));
        Assert.Equal(1L, Convert.ToInt64(await verbs.Scalar(connection.Command($"select count(*) from {items.Name}")), CultureInfo.InvariantCulture));
        await Leases.AreActiveAsync(Db, 1);
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
        await verbs.NonQuery(connection.Command("commit"));
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));

        await verbs.NonQuery(connection.Command($"{Database.Begin}; delete from {items.Name}"));
        await Leases.AreActiveAsync(Db, 1);
        await verbs.NonQuery(connection.Command("rollback"));
        await Leases.AllReturnedAsync(Db);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_begin_that_failed_holds_nothing(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        connection.ReleaseAfterCommand = true;
        await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command("begin nonsense")));
        await using (var transaction = await verbs.Begin(connection))
        {
            await verbs.Commit(transaction);
        }

        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task The_id_of_the_last_insert_is_found_on_the_same_connection(Verbs verbs)
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        for (var id = 1L; id <= 3; id++)
        {
            await verbs.NonQuery(connection.Command($"insert into {table.Name} (name) values ('x')"));
            Assert.Equal(id, Convert.ToInt64(await verbs.Scalar(connection.Command(Database.LastInsertId)), CultureInfo.InvariantCulture));
        }

        await using var both = connection.Command($"insert into {table.Name} (name) values ('x'); {Database.LastInsertId}");
        Assert.Equal(4L, Convert.ToInt64(await verbs.Scalar(both), CultureInfo.InvariantCulture));
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

    [Theory, SyncAndAsync]
    public async Task Explicit_intent_of_a_command_or_connection_wins_over_the_text(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var command = connection.CreateCommand();
        command.CommandText = $"update {items.Name} set amount = 99";
        command.Intent = Intent.Read;
        if (!Database.HasReplica)
        {
            return;
        }

        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(command));
        Assert.True(Database.IsReadOnlyViolation(error), error.ToString());

        connection.Intent = Intent.Read;
        var again = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command($"update {items.Name} set amount = 99")));
        Assert.True(Database.IsReadOnlyViolation(again), again.ToString());
        command.Intent = Intent.Write;
        Assert.Equal(1, await verbs.NonQuery(command));
    }

    [Theory, SyncAndAsync]
    public async Task A_time_out_says_so_and_leaves_the_connection_usable(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        Assert.Equal(30, command.CommandTimeout);
        command.CommandTimeout = 1;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Scalar(command));
        Assert.True(Database.IsTimeout(error), error.ToString());
        Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
    }

    [Theory, SyncAndAsync]
    public async Task Cancel_ends_the_running_command(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        var running = Task.Run(() => verbs.Scalar(command));
        while (!running.IsCompleted)
        {
            // Again and again: the first ones may come before the command has started, and then do nothing.
            command.Cancel();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(() => running);
        Assert.True(Database.IsInterrupted(error), error.ToString());
        Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
    }

    [Theory, SyncAndAsync]
    public async Task Cancel_of_a_command_that_has_ended_touches_nobody(Verbs verbs)
    {
        const int Rows = 5000;
        var items = await Database.ItemsAsync(Rows);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var scalar = connection.Command("select 1");
        var read = connection.Command("select 2");
        await verbs.Scalar(scalar);
        await verbs.Dispose(await verbs.Reader(read));
        await using var running = await verbs.Reader(connection.Command($"select id from {items.Name} order by id"));
        for (var row = 1L; row <= Rows; row++)
        {
            if (row < 10)
            {
                scalar.Cancel();
                read.Cancel();
            }

            Assert.True(await verbs.Read(running));
            Assert.Equal(row, running.GetInt64(0));
        }

        Assert.False(await verbs.Read(running));
    }

    [Fact]
    public async Task A_token_ends_the_running_command()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => command.ExecuteScalarAsync(soon.Token)));
        command.CommandText = "select 1";
        Assert.NotNull(await command.ExecuteScalarAsync());
    }

    [Theory, SyncAndAsync]
    public async Task Errors_are_the_drivers_own_and_leave_the_connection_usable(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        var twice = await Assert.ThrowsAnyAsync<DbException>(() => verbs.NonQuery(connection.Command($"insert into {items.Name} values (1, 'twice', {Database.Tick})")));
        Assert.True(Database.IsUniqueViolation(twice), twice.ToString());
        Assert.Equal("a", twice.Data["Routing.Node"]);
        var syntax = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Scalar(connection.Command("selec 1")));
        Assert.True(Database.IsSyntaxError(syntax), syntax.ToString());
        Assert.Equal(1, await verbs.NonQuery(connection.Command($"update {items.Name} set amount = 1")));
    }

    [Fact]
    public async Task The_factory_makes_what_the_data_source_makes()
    {
        var factory = Db.DataSource.ProviderFactory;
        await using var connection = factory.CreateConnection()!;
        await connection.OpenAsync();
        Assert.Same(factory, DbProviderFactories.GetFactory(connection));
        await using var command = factory.CreateCommand()!;
        command.Connection = connection;
        command.CommandText = "select @value";
        var parameter = factory.CreateParameter()!;
        Assert.IsType(Database.ParameterType, parameter);
        parameter.ParameterName = "value";
        parameter.Value = "x";
        command.Parameters.Add(parameter);
        Assert.Equal("x", await command.ExecuteScalarAsync());
        await using var foreign = (DbConnection)Activator.CreateInstance(Database.ConnectionType)!;
        Assert.Equal(
            $"A routed command needs a RoutingConnection, not {Database.ConnectionType.Name}. [RTG0309]",
            Assert.Throws<InvalidCastException>(() => command.Connection = foreign).Message);
    }

    [Theory, SyncAndAsync]
    public async Task A_command_of_the_data_source_needs_no_connection(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await using var command = Db.DataSource.CreateCommand($"select count(*) from {items.Name}");
        Assert.Equal(2L, Convert.ToInt64(await verbs.Scalar(command), CultureInfo.InvariantCulture));
        await Leases.AllReturnedAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task Batches_run_where_the_driver_has_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        Assert.Equal(Db.DataSource.ProviderFactory.CanCreateBatch, connection.CanCreateBatch);
        if (!connection.CanCreateBatch)
        {
            Assert.Throws<NotSupportedException>(connection.CreateBatch);
            return;
        }

        await using var batch = connection.CreateBatch();
        for (var use = 2; use <= 4; use++)
        {
            batch.BatchCommands.Clear();
            Add($"insert into {items.Name} values (@id, 'b', 1)", ("id", (long)use));
            Add($"update {items.Name} set amount = amount + @more", ("more", 1L));
            Add($"select count(*) from {items.Name}");
            await using var reader = verbs.Async ? await batch.ExecuteReaderAsync() : batch.ExecuteReader();
            Assert.True(await verbs.Read(reader));
            Assert.Equal(use, Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        batch.BatchCommands.Clear();
        Add($"insert into {items.Name} values (9, 'b', 1)");
        Add($"insert into {items.Name} values (1, 'twice', 1)");
        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Async ? batch.ExecuteNonQueryAsync() : Task.FromResult(batch.ExecuteNonQuery()));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal(Database.BatchesAreAtomic ? 4 : 5, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));

        void Add(string sql, params (string Name, object Value)[] parameters)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.Value = value;
                command.Parameters.Add(parameter);
            }

            batch.BatchCommands.Add(command);
        }
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
