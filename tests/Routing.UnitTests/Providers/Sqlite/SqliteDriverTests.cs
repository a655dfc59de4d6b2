using System.Data;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Providers.Sqlite;

public sealed class SqliteDriverTests
{
    // Counts to 100 million: seconds of work that only an interrupt ends early.
    private const string Endless = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000) select count(*) from n";

    [Fact]
    public async Task A_file_has_two_lanes_in_wal_mode()
    {
        await using var nodes = new SqliteNodes();
        var reader = await nodes.OpenAsync(Lane.Reader);
        var writer = await nodes.OpenAsync(Lane.Writer);

        Assert.Equal(LaneLayout.WriterAndReaders, nodes.Driver.Lanes);
        Assert.True(nodes.Driver.AlwaysFresh);
        Assert.Equal("wal", await writer.Connection.ExecuteScalarAsync<string>("PRAGMA journal_mode"));
        Assert.Equal("wal", await reader.Connection.ExecuteScalarAsync<string>("PRAGMA journal_mode"));
        Assert.Equal(2L, await writer.Connection.ExecuteScalarAsync<long>("PRAGMA synchronous"));
    }

    [Fact]
    public async Task The_reader_lane_refuses_writes_as_the_wrong_role()
    {
        await using var nodes = new SqliteNodes();
        var writer = await nodes.LeaseAsync();
        var reader = await nodes.LeaseAsync(Lane.Reader);
        await writer.ExecuteAsync("create table t (id integer)");

        var error = await Assert.ThrowsAsync<SqliteException>(() => reader.ExecuteAsync("insert into t values (1)"));

        Assert.Equal(ErrorClass.WrongRole, nodes.Driver.Classify(error));
        await writer.ExecuteAsync("insert into t values (1)");
        Assert.Equal(1L, await reader.ExecuteScalarAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task Readers_read_while_the_writer_writes()
    {
        await using var nodes = new SqliteNodes();
        var writer = await nodes.LeaseAsync();
        var reader = await nodes.LeaseAsync(Lane.Reader);
        await writer.ExecuteAsync("create table t (id integer)");
        await using var transaction = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("insert into t values (1)");

        Assert.Equal(0L, await reader.ExecuteScalarAsync<long>("select count(*) from t"));
        await transaction.CommitAsync();
        Assert.Equal(1L, await reader.ExecuteScalarAsync<long>("select count(*) from t"));
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=orders;Mode=Memory")]
    [InlineData("Data Source=file:orders?mode=memory")]
    [InlineData("Data Source=")]
    public async Task A_database_in_memory_has_one_connection(string connectionString)
    {
        await using var nodes = new SqliteNodes { ConnectionString = connectionString };

        Assert.Equal(LaneLayout.OneConnection, nodes.Driver.Lanes);
        var connection = await nodes.LeaseAsync(Lane.Reader);
        await connection.ExecuteAsync("create table t (id integer)");
    }

    [Theory]
    [InlineData("Data Source=orders;Mode=Memory;Cache=Shared")]
    [InlineData("Data Source=file:orders?mode=memory&cache=shared")]
    public async Task A_shared_cache_is_refused(string connectionString)
    {
        await using var nodes = new SqliteNodes { ConnectionString = connectionString };

        var error = Assert.Throws<RoutingConfigurationException>(() => nodes.Driver);

        Assert.Equal(
            "Node 'a' of data source 'orders': 'Cache=Shared' is not supported, because its table locks make readers fail while the writer writes. Leave it out: a file is opened in WAL mode, an in-memory database has one connection that everybody shares. [RTG0006]",
            error.Message);
    }

    [Fact]
    public async Task A_cancelled_token_ends_a_running_command()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMilliseconds(50));

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connection.ExecuteScalarAsync<long>(new CommandDefinition(Endless, cancellationToken: source.Token)));

        Assert.Equal("The command on orders/a was cancelled; the statement that ran had no effect.", error.Message);
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select 1"));
        Assert.True(await connection.Physical.ResetAsync(Dirt.Cancelled, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_token_ends_a_reader_between_its_rows()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        using var source = new CancellationTokenSource();
        await using var command = connection.CreateCommand();
        command.CommandText = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000) select i from n";
        await using var reader = await command.ExecuteReaderAsync(source.Token);
        Assert.True(await reader.ReadAsync());

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() =>
        {
            while (reader.Read())
            {
            }
        }));
    }

    [Fact]
    public async Task A_deadline_ends_a_running_command()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        await using var command = connection.CreateCommand();
        command.CommandText = Endless;
        command.CommandTimeout = 1;

        var error = await Assert.ThrowsAsync<RoutingException>(() => command.ExecuteScalarAsync());

        Assert.Equal(
            "The command on orders/a was interrupted after 1 s, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source 'orders', or the call's own time-out, if it may take longer. [RTG0602]",
            error.Message);
        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select 1"));
    }

    [Fact]
    public async Task Cancel_from_another_thread_ends_a_running_command()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        await using var command = connection.CreateCommand();
        command.CommandText = Endless;
        var running = Task.Run(() => command.ExecuteScalar());
        while (!running.IsCompleted)
        {
            command.Cancel();
            await Task.Yield();
        }

        var error = await Assert.ThrowsAsync<SqliteException>(() => running);
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(error));
    }

    [Fact]
    public async Task A_late_cancel_never_hits_the_next_command()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        static string Count(int rows) =>
            string.Create(CultureInfo.InvariantCulture, $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select count(*) from n");
        var cancelled = 0;

        // However slowly the canceller gets going, counting to more is the slower of the two in the end.
        for (var i = 0; i < 3_000 || cancelled == 0; i++)
        {
            using var source = new CancellationTokenSource();
            var spins = random.Next(2_000);
            var canceller = Task.Run(() =>
            {
                Thread.SpinWait(spins);
                source.Cancel();
            });
            try
            {
                await connection.ExecuteScalarAsync<long>(new CommandDefinition(Count(200 + i), cancellationToken: source.Token));
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }

            // Runs while the canceller may still be at work.
            Assert.True(await connection.ExecuteScalarAsync<long>(Count(200)) == 200, $"seed {seed}");
            await canceller;
        }
    }

    [Fact]
    public async Task A_token_cancelled_before_the_command_starts_keeps_it_from_running()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connection.ExecuteAsync(new CommandDefinition("insert into t values (1)", cancellationToken: source.Token)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connection.BeginTransactionAsync(source.Token).AsTask());

        Assert.Equal(0L, await connection.ExecuteScalarAsync<long>("select count(*) from t"));
        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
    }

    [Fact]
    public async Task Waiting_for_another_processs_lock_ends_at_the_deadline_of_the_clock()
    {
        var time = new ManualTimeProvider();
        await using var nodes = new SqliteNodes { Time = time };
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        using var foreign = new SqliteConnection($"Data Source={nodes.File};Pooling=False");
        foreign.Open();
        using var lockHolder = foreign.BeginTransaction(deferred: false);
        await using var command = connection.CreateCommand();
        command.CommandText = "insert into t values (1)";
        command.CommandTimeout = 5;

        var running = Task.Run(() => command.ExecuteNonQuery());
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        var error = await Assert.ThrowsAsync<RoutingException>(() => running);
        Assert.Equal(
            "The command on orders/a waited for a lock that another process or connection held on the database, and was given up after 5 s, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source 'orders', or the call's own time-out, if it may take longer. [RTG0602]",
            error.Message);
        lockHolder.Rollback();
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    [Fact]
    public async Task Waiting_for_another_processs_lock_ends_with_the_token()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        using var foreign = new SqliteConnection($"Data Source={nodes.File};Pooling=False");
        foreign.Open();
        using var lockHolder = foreign.BeginTransaction(deferred: false);
        using var source = new CancellationTokenSource();
        var beginning = Task.Run(() => connection.BeginTransactionAsync(source.Token).AsTask());

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
        lockHolder.Rollback();
        await using var transaction = await connection.BeginTransactionAsync();
        await transaction.RollbackAsync();
    }

    [Fact]
    public async Task A_lock_that_is_released_lets_the_waiting_command_go_on()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        using var foreign = new SqliteConnection($"Data Source={nodes.File};Pooling=False");
        foreign.Open();
        var lockHolder = foreign.BeginTransaction(deferred: false);
        var running = Task.Run(() => connection.Execute("insert into t values (1)"));
        await Task.WhenAny(running, Task.Delay(20));

        lockHolder.Commit();

        Assert.Equal(1, await running);
    }

    [Fact]
    public async Task The_watchdogs_timer_sleeps_when_nothing_runs()
    {
        var time = new ManualTimeProvider();
        await using var nodes = new SqliteNodes { Time = time };
        var connection = await nodes.LeaseAsync();
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select 1"));
        Assert.Equal(1, time.ArmedTimers);

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, time.ArmedTimers);
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("select 1"));
        Assert.Equal(1, time.ArmedTimers);
    }

    [Fact]
    public async Task A_write_transaction_takes_the_lock_at_begin_and_a_read_transaction_does_not()
    {
        await using var nodes = new SqliteNodes();
        var writer = await nodes.OpenAsync();
        using var foreign = new SqliteConnection($"Data Source={nodes.File};Pooling=False;Default Timeout=1");
        foreign.Open();
        await using (await writer.BeginTransactionAsync(IsolationLevel.Unspecified, readOnly: false, async: true, default))
        {
            Assert.Throws<SqliteException>(() => foreign.BeginTransaction(deferred: false));
        }

        await using (await writer.BeginTransactionAsync(IsolationLevel.Snapshot, readOnly: true, async: true, default))
        {
            using var free = foreign.BeginTransaction(deferred: false);
        }
    }

    [Fact]
    public async Task A_read_only_transaction_refuses_writes_on_the_writing_lane_until_it_ends()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        foreach (var end in new[] { "commit", "rollback", "dispose", "reset" })
        {
            var transaction = await connection.Physical.BeginTransactionAsync(IsolationLevel.Serializable, readOnly: true, async: true, default);
            await Assert.ThrowsAsync<SqliteException>(() => connection.ExecuteAsync("insert into t values (1)"));
            switch (end)
            {
                case "commit": await transaction.CommitAsync(); break;
                case "rollback": await transaction.RollbackAsync(); break;
                case "dispose": await transaction.DisposeAsync(); break;
                default: Assert.True(await connection.Physical.ResetAsync(Dirt.Transaction, async: true, default)); break;
            }

            await connection.ExecuteAsync("insert into t values (1)");
        }

        Assert.Equal(4L, await connection.ExecuteScalarAsync<long>("select count(*) from t"));
    }

    [Theory]
    [InlineData(Dirt.None, true)]
    [InlineData(Dirt.Transaction, true)]
    [InlineData(Dirt.Cancelled, true)]
    [InlineData(Dirt.Failed, true)]
    [InlineData(Dirt.SessionState, false)]
    [InlineData(Dirt.Unknown, false)]
    [InlineData(Dirt.HandedOut, false)]
    public async Task A_file_connection_is_kept_only_when_nothing_can_be_left(Dirt dirt, bool isKept)
    {
        await using var nodes = new SqliteNodes();
        var physical = await nodes.OpenAsync();

        Assert.Equal(isKept, await physical.ResetAsync(dirt, async: false, CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_open_transaction_is_rolled_back_whatever_the_dirt_says(bool isRaw)
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("create table t (id integer)");
        if (isRaw)
        {
            await connection.ExecuteAsync("begin immediate");
        }
        else
        {
            await connection.BeginTransactionAsync();
        }

        await connection.ExecuteAsync("insert into t values (1)");

        Assert.True(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));
        Assert.Equal(0L, await connection.ExecuteScalarAsync<long>("select count(*) from t"));
        await using var next = await connection.BeginTransactionAsync();
        await next.RollbackAsync();
    }

    [Fact]
    public async Task A_connection_with_an_open_reader_is_not_kept()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        var reader = await connection.ExecuteReaderAsync("select 1 union all select 2");

        Assert.False(await connection.Physical.ResetAsync(Dirt.None, async: true, CancellationToken.None));

        await connection.Physical.DisposeAsync();
        Assert.True(connection.Physical.IsBroken);
        await reader.DisposeAsync();
    }

    [Fact]
    public async Task A_database_in_memory_is_cleaned_and_kept()
    {
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=:memory:" };
        var connection = await nodes.LeaseAsync();
        await connection.ExecuteAsync("""
            create table kept (id integer); insert into kept values (1);
            create temp table gone (id integer primary key autoincrement);
            create temp view gone_view as select 1;
            create temp trigger gone_trigger after insert on kept begin select 1; end;
            attach database ':memory:' as other;
            PRAGMA foreign_keys=0; PRAGMA query_only=1;
            """);

        Assert.True(await connection.Physical.ResetAsync(Dirt.SessionState, async: true, CancellationToken.None));

        Assert.Equal(0L, await connection.ExecuteScalarAsync<long>("select count(*) from temp.sqlite_master where name like 'gone%'"));
        Assert.Equal(0L, await connection.ExecuteScalarAsync<long>("select count(*) from pragma_database_list where name = 'other'"));
        Assert.Equal(1L, await connection.ExecuteScalarAsync<long>("PRAGMA foreign_keys"));
        await connection.ExecuteAsync("insert into kept values (2)");
        Assert.Equal(2L, await connection.ExecuteScalarAsync<long>("select count(*) from kept"));
    }

    [Fact]
    public async Task Users_prepare_each_connection_before_query_only_is_set()
    {
        await using var nodes = new SqliteNodes();
        var order = new List<string>();
        nodes.Options.UseSqlite(connection =>
        {
            order.Add("UseSqlite");
            connection.CreateFunction("twice", (long value) => value * 2);
        });
        nodes.Options.OnPhysicalOpen = async (connection, token) =>
        {
            order.Add("OnPhysicalOpen");
            await connection.ExecuteAsync("create table if not exists made (id integer)");
        };
        var reader = await nodes.LeaseAsync(Lane.Reader);

        Assert.Equal(["UseSqlite", "OnPhysicalOpen"], order);
        Assert.Equal(42L, await reader.ExecuteScalarAsync<long>("select twice(21)"));
        Assert.Equal(0L, await reader.ExecuteScalarAsync<long>("select count(*) from made"));
    }

    [Fact]
    public async Task An_open_that_fails_leaves_no_connection()
    {
        await using var nodes = new SqliteNodes();
        nodes.Options.OnPhysicalOpen = (_, _) => throw new InvalidOperationException("no");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => nodes.OpenAsync());

        Assert.Equal("no", error.Message);
    }

    [Fact]
    public async Task A_missing_directory_is_an_open_that_did_not_run()
    {
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=/nonexistent/dir/file.sqlite" };

        var error = await Assert.ThrowsAsync<SqliteException>(() => nodes.OpenAsync());

        Assert.Equal(ErrorClass.NotExecuted, nodes.Driver.Classify(error));
    }

    [Fact]
    public async Task Probe_and_validation_ask_the_file()
    {
        await using var nodes = new SqliteNodes();
        var physical = await nodes.OpenAsync();

        Assert.True(await physical.ValidateAsync(async: true, default));
        Assert.Equal(new ProbeResult(NodeRole.Primary, 0, null, null, ""), await physical.ProbeAsync(async: true, default));
        Assert.Null(await physical.CapturePositionAsync(async: true, default));

        await physical.DisposeAsync();
        Assert.False(await physical.ValidateAsync(async: true, default));
        physical.Interrupt();
        await physical.DisposeAsync();
    }

    [Theory]
    [InlineData(5, 5, ErrorClass.RolledBack)]
    [InlineData(5, 517, ErrorClass.RolledBack)]
    [InlineData(6, 6, ErrorClass.Statement)]
    [InlineData(6, 262, ErrorClass.RolledBack)]
    [InlineData(7, 7, ErrorClass.Capacity)]
    [InlineData(8, 8, ErrorClass.WrongRole)]
    [InlineData(8, 1032, ErrorClass.ConnectionLost)]
    [InlineData(9, 9, ErrorClass.Cancelled)]
    [InlineData(10, 266, ErrorClass.ConnectionLost)]
    [InlineData(13, 13, ErrorClass.Capacity)]
    [InlineData(14, 14, ErrorClass.NotExecuted)]
    [InlineData(15, 15, ErrorClass.RolledBack)]
    [InlineData(17, 17, ErrorClass.StalePlan)]
    [InlineData(19, 2067, ErrorClass.Statement)]
    [InlineData(1, 1, ErrorClass.Statement)]
    public async Task Result_codes_have_one_reaction_each(int code, int extendedCode, ErrorClass expected)
    {
        await using var nodes = new SqliteNodes();

        Assert.Equal(expected, nodes.Driver.Classify(new SqliteException("x", code, extendedCode)));
    }

    [Fact]
    public async Task Other_errors_have_one_reaction_each()
    {
        await using var nodes = new SqliteNodes();

        Assert.Equal(ErrorClass.NotExecuted, nodes.Driver.Classify(new TimeoutException()));
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(new RoutingException("x", new TimeoutException())));
        Assert.Equal(ErrorClass.Cancelled, nodes.Driver.Classify(new TaskCanceledException()));
        Assert.Equal(ErrorClass.Statement, nodes.Driver.Classify(new InvalidOperationException()));
    }
}
