using System.Data;
using System.Transactions;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Providers.PostgreSql;
using Routing.Testing;
using Routing.Topology;
using IsolationLevel = System.Data.IsolationLevel;

namespace Routing.IntegrationTests.Drivers;

public sealed class PostgreSqlDriverTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private const string LocksHeld = "select count(*) from pg_locks where locktype = 'advisory' and pid = @pid";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_keeps_the_server_connection_and_what_is_prepared(bool async)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = LeaseConnection.Create(await nodes.OpenAsync(async), "Routing:orders", supportsArrays: true);
        var process = PostgreSqlNodes.ProcessId(connection.Physical);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i, await connection.ExecuteScalarAsync<int>("select @i", new { i }));
            Assert.True(await connection.Physical.ResetAsync(Dirt.None, async, CancellationToken.None));
            Assert.True(connection.Physical.HasPendingReset);
        }

        Assert.Equal(process, PostgreSqlNodes.ProcessId(connection.Physical));
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select count(*) from pg_prepared_statements where statement = 'select $1'"));
        Assert.False(connection.Physical.HasPendingReset);
    }

    [Theory]
    [InlineData("set statement_timeout = '7s'", "select current_setting('statement_timeout')", "0")]
    [InlineData("set search_path = pg_catalog", "select current_setting('search_path')", "\"$user\", public")]
    [InlineData("create temp table left_behind (id int)", "select coalesce(to_regclass('left_behind')::text, 'gone')", "gone")]
    [InlineData("select pg_advisory_lock(42)", "select count(*)::text from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()", "0")]
    [InlineData("listen something", "select count(*)::text from pg_listening_channels()", "0")]
    [InlineData("prepare mine as select 1", "select count(*)::text from pg_prepared_statements where from_sql", "0")]
    [InlineData("prepare \"odd \"\" name\" as select 1", "select count(*)::text from pg_prepared_statements where from_sql", "0")]
    [InlineData("set session characteristics as transaction read only", "select current_setting('transaction_read_only')", "off")]
    [InlineData("begin; declare c cursor with hold for select 1; commit", "select count(*)::text from pg_cursors where name = 'c'", "0")]
    [InlineData("begin; create table uncommitted (id int)", "select coalesce(to_regclass('uncommitted')::text, 'gone')", "gone")]
    public async Task Session_state_does_not_reach_the_next_holder(string leave, string look, string expected)
    {
        foreach (var dirt in new[] { Dirt.SessionState, Dirt.Unknown | Dirt.Transaction, Dirt.HandedOut })
        {
            await using var nodes = new PostgreSqlNodes(database.Primary);
            var connection = await nodes.LeaseAsync();
            await connection.ExecuteAsync(leave);

            Assert.True(await connection.Physical.ResetAsync(dirt, async: true, CancellationToken.None));

            Assert.False(connection.Physical.HasPendingReset);
            Assert.Equal(expected, await connection.ExecuteScalarAsync<string>(look));
        }
    }

    [Fact]
    public async Task A_clean_return_is_reset_by_the_next_command_or_by_validation()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await using var watcher = new NpgsqlConnection(database.Primary + ";Pooling=false");
        var held = new { pid = PostgreSqlNodes.ProcessId(connection.Physical) };
        foreach (var byValidation in new[] { true, false })
        {
            await connection.ExecuteAsync("select pg_advisory_lock(43)");
            Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
            Assert.Equal(1L, await watcher.ExecuteScalarAsync<long>(LocksHeld, held));

            if (byValidation)
            {
                Assert.True(await connection.Physical.ValidateAsync(async: true, CancellationToken.None));
            }
            else
            {
                Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
            }

            Assert.Equal(0L, await watcher.ExecuteScalarAsync<long>(LocksHeld, held));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_that_a_failing_read_undid_is_made_up_for_by_the_next_return(bool isOneRead)
    {
        const string Left = "select coalesce(current_setting('app.left', true), '')";
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("select set_config('app.left', 'behind', false)");
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        if (isOneRead)
        {
            connection.Physical.ExpectOneRead();
        }

        await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteScalarAsync<int>("select 1 / (@zero - 1)", new { zero = 1 }));

        // Only a read that nothing follows may share its fate with the reset. Without that promise this would be "".
        Assert.Equal(isOneRead ? "behind" : "", await connection.ExecuteScalarAsync<string>(Left));

        Assert.True(await connection.Physical.ResetAsync(Dirt.Failed, async: true, CancellationToken.None));
        connection.Physical.ExpectOneRead();
        Assert.Equal("", await connection.ExecuteScalarAsync<string>(Left));
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        Assert.Equal("", await connection.ExecuteScalarAsync<string>(Left));
    }

    [Fact]
    public async Task A_server_connection_that_the_driver_dropped_while_idle_is_made_anew()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        var native = (NpgsqlConnection)connection.Physical.Connection;
        var before = native.ProcessID;
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        ((PostgreSqlPhysicalConnection)connection.Physical).Source.Clear();

        await using (var transaction = await connection.Physical.BeginTransactionAsync(IsolationLevel.Unspecified, readOnly: false, async: true, CancellationToken.None))
        {
            Assert.False(connection.Physical.IsBroken);
            Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
            await transaction.CommitAsync();
        }

        Assert.NotEqual(before, native.ProcessID);
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        Assert.Equal(2, await connection.ExecuteScalarAsync<int>("select 2"));
    }

    [Theory]
    [InlineData("discard all")]
    [InlineData("deallocate all")]
    public async Task A_connection_whose_prepared_statements_were_dropped_is_given_up(string drop)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync(drop);

        Assert.False(await connection.Physical.ResetAsync(Dirt.SessionState, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_connection_that_the_server_ended_is_given_up()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        foreach (var dirt in new[] { Dirt.None, Dirt.Failed })
        {
            var connection = await nodes.LeaseAsync();
            await using var other = new NpgsqlConnection(database.Primary + ";Pooling=false");
            await other.ExecuteAsync("select pg_terminate_backend(@pid, 5000)", new { pid = PostgreSqlNodes.ProcessId(connection.Physical) });

            var error = await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.ExecuteScalarAsync<int>("select 1"));

            Assert.Equal(ErrorClass.ConnectionLost, nodes.Driver.Classify(error));
            Assert.True(connection.Physical.IsBroken);
            Assert.False(await connection.Physical.ResetAsync(dirt, async: true, CancellationToken.None));
            Assert.False(await connection.Physical.ValidateAsync(async: true, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_connection_that_died_while_idle_is_found_by_validation()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        await using var other = new NpgsqlConnection(database.Primary + ";Pooling=false");
        await other.ExecuteAsync("select pg_terminate_backend(@pid, 5000)", new { pid = PostgreSqlNodes.ProcessId(connection.Physical) });

        Assert.False(await connection.Physical.ValidateAsync(async: true, CancellationToken.None));
        Assert.True(connection.Physical.IsBroken);
    }

    [Fact]
    public async Task A_connection_with_an_open_reader_is_given_up_and_closes_soon()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        var process = PostgreSqlNodes.ProcessId(connection.Physical);
        var reader = await connection.ExecuteReaderAsync("select repeat('x', 10000), generate_series(1, 100000000)");
        Assert.True(await reader.ReadAsync());

        Assert.False(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));

        await connection.Physical.DisposeAsync();
        Assert.True(connection.Physical.IsBroken);
        await using var watcher = new NpgsqlConnection(database.Primary + ";Pooling=false");
        Assert.Equal(0L, await watcher.ExecuteScalarAsync<long>("select count(*) from pg_stat_activity where pid = @process and state = 'active'", new { process }));
    }

    [Fact]
    public async Task What_users_set_at_birth_is_there_after_each_reset()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary + ";Options=-c lock_timeout=5s");
        nodes.Options.OnPhysicalOpen = async (connection, token) => await connection.ExecuteAsync("set statement_timeout = '7s'");
        nodes.Options.UseNpgsql(builder => builder.ConnectionStringBuilder.ApplicationName = "mine");
        var connection = await nodes.LeaseAsync();
        foreach (var dirt in new[] { Dirt.None, Dirt.SessionState })
        {
            Assert.Equal("7s", await connection.ExecuteScalarAsync<string>("select current_setting('statement_timeout')"));
            Assert.Equal("5s", await connection.ExecuteScalarAsync<string>("select current_setting('lock_timeout')"));
            Assert.Equal("mine", await connection.ExecuteScalarAsync<string>("select current_setting('application_name')"));
            await connection.ExecuteAsync("set statement_timeout = '1s'; set lock_timeout = '1s'; set application_name = 'other'");
            Assert.True(await connection.Physical.ResetAsync(dirt, async: true, CancellationToken.None));
        }

        Assert.Equal("7s", await connection.ExecuteScalarAsync<string>("select current_setting('statement_timeout')"));
    }

    [Fact]
    public async Task A_token_ends_a_running_command_and_the_connection_goes_on()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMilliseconds(50));

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connection.ExecuteScalarAsync<int>(new CommandDefinition("select 1 from pg_sleep(30)", cancellationToken: source.Token)));

        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
        Assert.True(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_time_out_ends_a_running_command_and_the_connection_goes_on()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();

        var error = await Assert.ThrowsAnyAsync<NpgsqlException>(
            () => connection.ExecuteScalarAsync<int>(new CommandDefinition("select 1 from pg_sleep(30)", commandTimeout: 1)));

        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
    }

    [Fact]
    public async Task An_interrupt_ends_a_running_command()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        connection.Physical.Interrupt();
        var running = Task.Run(() => connection.ExecuteScalar<int>("select 1 from pg_sleep(30)"));
        while (!running.IsCompleted)
        {
            connection.Physical.Interrupt();
            await Task.WhenAny(running, Task.Delay(10));
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(() => running);
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
    }

    [Fact]
    public async Task A_stream_that_is_left_early_does_not_read_to_its_end()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        for (var round = 0; round < 3; round++)
        {
            // Some 10 GB, if it were read to its end.
            var connection = await nodes.LeaseAsync();
            var command = new MapperCommand("select repeat('x', 10000) from generate_series(1, 1000000)", null, CommandType.Text, 60);
            await foreach (var row in MapperOperations.Stream<string>(connection, command, CancellationToken.None))
            {
                Assert.Equal(10_000, row.Length);
                break;
            }

            // More had arrived than is worth reading past; a server that was slow to send may have stopped before.
            Assert.Equal(!connection.Physical.IsBroken, await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_list_is_one_array_whichever_way_it_is_passed()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        const string Sql = "select i from generate_series(1, 9) i where i = any(@p0) order by i";
        foreach (var list in new object[] { new[] { 2, 5 }, new List<int> { 5, 2 } })
        {
            var values = new PositionalValues(1);
            values.Add(list);
            for (var use = 0; use < 3; use++)
            {
                Assert.Equal([2, 5], await Run(MapperOperations.Query<int>(), connection, Sql, values));
                Assert.Equal([2, 5], await Run(MapperOperations.Query<int>(), connection, Sql, new { p0 = list }));
                Assert.Equal([2, 5], await Run(MapperOperations.Query<int>(), connection, Sql, new Dictionary<string, object> { ["p0"] = list }));
            }
        }

        Assert.Empty(await Run(MapperOperations.Query<int>(), connection, Sql, new { p0 = Array.Empty<int>() }));
    }

    [Fact]
    public async Task Output_parameters_of_a_procedure_are_written_back()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create or replace procedure twice(inout value int, out text varchar) language plpgsql as $$ begin value := value * 2; text := 'done'; end $$");
        for (var use = 1; use <= 3; use++)
        {
            var args = new DynamicParameters();
            args.Add("value", use, DbType.Int32, ParameterDirection.InputOutput);
            args.Add("text", null, DbType.String, ParameterDirection.Output, size: 20);

            var command = new MapperCommand("twice", args, CommandType.StoredProcedure, 30);
            await MapperOperations.Execute.RunAsync(connection, command, async: true, CancellationToken.None);

            Assert.Equal(use * 2, args.Get<int>("value"));
            Assert.Equal("done", args.Get<string>("text"));
        }
    }

    [Fact]
    public async Task One_text_takes_other_parameter_types_each_time()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select pg_typeof(@v)::text, @v is null";
        var parameter = Assert.IsType<NpgsqlParameter>(command.CreateParameter());
        parameter.ParameterName = "v";
        command.Parameters.Add(parameter);
        (NpgsqlDbType Type, object Value, string Expected)[] uses =
        [
            (NpgsqlDbType.Integer, 1, "integer"), (NpgsqlDbType.Bigint, 1L, "bigint"), (NpgsqlDbType.Jsonb, "{}", "jsonb"),
            (NpgsqlDbType.Text, DBNull.Value, "text"), (NpgsqlDbType.Integer, 2, "integer"), (NpgsqlDbType.Numeric, 1.5m, "numeric"),
        ];
        foreach (var (type, value, expected) in uses.Concat(uses).Concat(uses))
        {
            parameter.NpgsqlDbType = type;
            parameter.Value = value;
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(expected, reader.GetString(0));
            Assert.Equal(value is DBNull, reader.GetBoolean(1));
        }
    }

    [Fact]
    public async Task A_command_survives_its_own_errors_and_can_be_prepared()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select 10 / @v";
        var parameter = (NpgsqlParameter)command.CreateParameter();
        (parameter.ParameterName, parameter.NpgsqlDbType, parameter.Value) = ("v", NpgsqlDbType.Integer, 0);
        command.Parameters.Add(parameter);
        await command.PrepareAsync();
        command.Prepare();
        Assert.Equal("22012", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync())).SqlState);

        parameter.Value = 5;

        Assert.Equal(2, await command.ExecuteScalarAsync());
        Assert.Equal(2, command.ExecuteScalar());
        Assert.Same(parameter, command.Parameters["@v"]);
    }

    [Fact]
    public async Task Commands_may_be_disposed_before_their_readers()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        for (var round = 0; round < 3; round++)
        {
            var command = connection.CreateCommand();
            command.CommandText = "select i from generate_series(1, 3) i";
            var reader = await command.ExecuteReaderAsync();
            command.Dispose();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(1, reader.GetInt32(0));
            await reader.DisposeAsync();
            Assert.Equal(round, await connection.ExecuteScalarAsync<int>("select @round", new { round }));
        }
    }

    [Fact]
    public async Task Batches_are_the_drivers_own()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        Assert.True(connection.CanCreateBatch);
        await using var batch = connection.CreateBatch();
        foreach (var text in new[] { "select 1", "select 2" })
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = text;
            batch.BatchCommands.Add(command);
        }

        Assert.Equal(1, await batch.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified, "read committed")]
    [InlineData(IsolationLevel.ReadCommitted, "read committed")]
    [InlineData(IsolationLevel.RepeatableRead, "repeatable read")]
    [InlineData(IsolationLevel.Serializable, "serializable")]
    public async Task The_isolation_level_is_set_whatever_the_session_says(IsolationLevel level, string expected)
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("set default_transaction_isolation = 'serializable'");
        foreach (var readOnly in new[] { false, true })
        {
            await using var transaction = await connection.Physical.BeginTransactionAsync(level, readOnly, async: true, CancellationToken.None);
            Assert.Equal(expected, await connection.ExecuteScalarAsync<string>("show transaction_isolation"));
            Assert.Equal(readOnly ? "on" : "off", await connection.ExecuteScalarAsync<string>("show transaction_read_only"));
            await transaction.SaveAsync("here");
            await transaction.RollbackAsync("here");
            await transaction.CommitAsync();
        }
    }

    [Fact]
    public async Task An_ambient_transaction_is_not_joined()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        LeaseConnection connection;
        await database.ExecuteAsync("create table ambient (id int)");
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            connection = await nodes.LeaseAsync();
            await connection.ExecuteAsync("insert into ambient values (1)");
            Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        }

        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select count(*) from ambient"));
    }

    [Fact]
    public async Task Roles_and_positions_are_told_by_primary_and_standby()
    {
        await using var primary = new PostgreSqlNodes(database.Primary);
        await using var standby = new PostgreSqlNodes(database.Standbys[0]);
        var (onPrimary, onStandby) = (await primary.OpenAsync(), await standby.OpenAsync());
        for (var round = 0; round < 3; round++)
        {
            await database.ExecuteAsync($"create table probed_{round} (id int)");
            var written = (LsnPosition?)await onPrimary.CapturePositionAsync(async: true, CancellationToken.None);
            var asked = await onPrimary.ProbeAsync(async: true, CancellationToken.None);
            Assert.Equal(NodeRole.Primary, asked.Role);
            Assert.Equal(1, asked.Epoch);
            Assert.Equal(1u, written!.Timeline);
            Assert.True(asked.Position!.Covers(written));

            // What other tests have inserted into the log but not committed is before it, too, and is written a little later.
            ProbeResult replayed = default!;
            await Eventually.HoldsAsync($"the standby covers {written}", async () =>
            {
                replayed = await onStandby.ProbeAsync(async: true, CancellationToken.None);
                return replayed.Position!.Covers(written);
            });
            Assert.Equal(NodeRole.Replica, replayed.Role);
            Assert.NotNull(replayed.Lag);
            Assert.NotEqual("", asked.Identity);
            Assert.Equal(asked.Identity, replayed.Identity);
        }
    }

    [Fact]
    public async Task A_standby_refuses_writes_as_the_wrong_role()
    {
        await using var nodes = new PostgreSqlNodes(database.Standbys[0]);
        var connection = await nodes.LeaseAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("create table t (id int)"));

        Assert.Equal(ErrorClass.WrongRole, nodes.Driver.Classify(error));
        Assert.True(await connection.Physical.ResetAsync(Dirt.Failed, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_refused_login_asks_for_credentials_once_more()
    {
        var right = new NpgsqlConnectionStringBuilder(database.Primary);
        var provider = new Passwords("guess", right.Password!, "guess", "guess");
        await using var nodes = new PostgreSqlNodes(new NpgsqlConnectionStringBuilder(database.Primary) { Username = null, Password = null }.ConnectionString);
        nodes.Options.CredentialProvider = provider;
        provider.UserName = right.Username;

        Assert.Equal(1, await (await nodes.LeaseAsync()).ExecuteScalarAsync<int>("select 1"));
        Assert.Equal(2, provider.Calls);
        Assert.Equal(1, await LeaseConnection.Create(await nodes.OpenAsync(async: false), "Routing:orders", supportsArrays: true).ExecuteScalarAsync<int>("select 1"));
        Assert.Equal(2, provider.Calls);

        await using var others = new PostgreSqlNodes(database.Primary);
        others.Options.CredentialProvider = new Passwords("guess", "guess") { UserName = right.Username };
        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => others.OpenAsync())).SqlState);
    }

    [Fact]
    public async Task An_open_that_is_not_answered_ends_at_its_deadline()
    {
        using var blackHole = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        blackHole.Start();
        var port = ((System.Net.IPEndPoint)blackHole.LocalEndpoint).Port;
        await using var nodes = new PostgreSqlNodes($"Host=127.0.0.1;Port={port};Username=x;Password=y;Database=z");

        var error = await Assert.ThrowsAsync<TimeoutException>(async () => await nodes.Driver.OpenAsync(
            Lane.Writer, async: true, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(200)), CancellationToken.None));

        Assert.Equal(
            "Opening a connection to orders/a did not end in time; Timeouts:Connect of data source 'orders' is 2 s. Nothing was sent; a retry is safe. [RTG0601]",
            error.Message);
        Assert.Equal(ErrorClass.NotExecuted, nodes.Driver.Classify(error));
        blackHole.Stop();
        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => nodes.OpenAsync());
        Assert.Equal(ErrorClass.NotExecuted, nodes.Driver.Classify(refused));
    }

    [Fact]
    public async Task A_plan_that_a_schema_change_made_stale_is_told_apart()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var connection = await nodes.LeaseAsync();
        await database.ExecuteAsync("create table staled (id int); insert into staled values (1)");
        for (var use = 0; use < 3; use++)
        {
            Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select * from staled"));
        }

        await database.ExecuteAsync("alter table staled add column name text");

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteScalarAsync<int>("select * from staled"));
        Assert.Equal(ErrorClass.StalePlan, nodes.Driver.Classify(error));
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select * from staled"));
    }

    [Fact]
    public async Task Disposing_leaves_no_connection_on_the_server()
    {
        await using var nodes = new PostgreSqlNodes(database.Primary + ";Application Name=disposing");
        for (var i = 0; i < 3; i++)
        {
            var connection = await nodes.LeaseAsync();
            if (i == 1)
            {
                await connection.ExecuteAsync("begin; select 1");
            }

            await connection.Physical.DisposeAsync();
            await connection.Physical.DisposeAsync();
            Assert.True(connection.Physical.IsBroken);
        }

        await using var watcher = new NpgsqlConnection(database.Primary + ";Pooling=false");
        for (var left = 1L; left > 0; left = await watcher.ExecuteScalarAsync<long>("select count(*) from pg_stat_activity where application_name = 'disposing'"))
        {
            await Task.Yield();
        }
    }

    private static ValueTask<TResult> Run<TResult>(MapperOperation<TResult> operation, LeaseConnection connection, string sql, object? args) =>
        operation.RunAsync(connection, new MapperCommand(sql, args, CommandType.Text, 30), async: true, CancellationToken.None);

    private sealed class Passwords(params string[] answers) : ICredentialProvider
    {
        public int Calls { get; private set; }

        public string? UserName { get; set; }

        public ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken) =>
            new(new NodeCredentials(UserName, answers[Calls++]));
    }
}
