using System.Data;
using System.Transactions;
using Npgsql;
using Routing.Testing;
using IsolationLevel = System.Data.IsolationLevel;
using TransactionOptions = Routing.TransactionOptions;

namespace Routing.IntegrationTests.Sessions;

public sealed class TransactionTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private RoutedHost _host = null!;

    private IRoutingDatabase Database => _host.Database;

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync(
            """
            drop table if exists t, slow;
            create table t (id int primary key, v int not null);
            insert into t values (1, 10), (2, 20);
            create table slow (id int);
            create or replace function sleeps() returns trigger language plpgsql as $$ begin perform pg_sleep(300); return null; end $$;
            create constraint trigger at_commit after insert on slow deferrable initially deferred for each row execute function sleeps();
            """);
        _host = RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys]);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(IsolationLevel.Unspecified, "read committed")]
    [InlineData(IsolationLevel.ReadUncommitted, "read uncommitted")]
    [InlineData(IsolationLevel.ReadCommitted, "read committed")]
    [InlineData(IsolationLevel.RepeatableRead, "repeatable read")]
    [InlineData(IsolationLevel.Snapshot, "repeatable read")]
    [InlineData(IsolationLevel.Serializable, "serializable")]
    public async Task The_isolation_asked_for_is_the_one_the_server_has(IsolationLevel asked, string expected)
    {
        await using var session = Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync(new TransactionOptions { Isolation = asked });

        Assert.Equal(expected, await transaction.ExecuteScalarAsync<string>("select current_setting('transaction_isolation')"));
        Assert.Equal("off", await transaction.ExecuteScalarAsync<string>("select current_setting('transaction_read_only')"));
    }

    [Theory]
    [InlineData(IsolationLevel.RepeatableRead, true)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task A_read_only_transaction_refuses_writes_on_whatever_node(IsolationLevel isolation, bool onStandby)
    {
        await using var session = Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync(new TransactionOptions { Isolation = isolation, ReadOnly = true });

        Assert.Equal(onStandby, await transaction.ExecuteScalarAsync<bool>(RoutedHostExtensions.OnStandby));
        Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => transaction.ExecuteAsync("update t set v = 0").AsTask())).SqlState);
    }

    [Fact]
    public async Task What_is_committed_stays_and_what_is_left_is_rolled_back()
    {
        await using (var session = Database.OpenSession())
        {
            await using (var kept = await session.BeginTransactionAsync())
            {
                await kept.ExecuteAsync("insert into t values (3, 30)");
                Assert.Equal(CommitOutcome.Committed, (await kept.CommitAsync()).Outcome);
            }

            await using (var left = await session.BeginTransactionAsync())
            {
                await left.ExecuteAsync("insert into t values (4, 40)");
            }

            await using (var undone = await session.BeginTransactionAsync())
            {
                await undone.ExecuteAsync("insert into t values (5, 50)");
                await undone.RollbackAsync();
                Assert.Equal(
                    "The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]",
                    (await Assert.ThrowsAsync<InvalidOperationException>(() => undone.ExecuteAsync("select 1").AsTask())).Message);
            }
        }

        Assert.Equal([1, 2, 3], await Database.QueryAsync<int>("select id from t order by id"));
    }

    [Fact]
    public async Task A_nested_transaction_is_a_savepoint_and_heals_a_failed_statement()
    {
        await using var session = Database.OpenSession();
        await using var outer = await session.BeginTransactionAsync();
        await outer.ExecuteAsync("insert into t values (3, 30)");
        await using (var inner = await session.BeginTransactionAsync())
        {
            Assert.Equal("23505", (await Assert.ThrowsAsync<PostgresException>(() => inner.ExecuteAsync("insert into t values (3, 31)").AsTask())).SqlState);
            Assert.Equal("25P02", (await Assert.ThrowsAsync<PostgresException>(() => inner.ExecuteAsync("select 1").AsTask())).SqlState);
            await inner.RollbackAsync();
        }

        await using (var inner = await session.BeginTransactionAsync())
        {
            await inner.ExecuteAsync("insert into t values (4, 40)");
            await inner.CommitAsync();
        }

        await outer.CommitAsync();
        Assert.Equal([1, 2, 3, 4], await Database.QueryAsync<int>("select id from t order by id"));
    }

    [Fact]
    public async Task The_commit_of_a_failed_transaction_is_never_reported_as_committed()
    {
        await using var session = Database.OpenSession();
        var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync("insert into t values (3, 30)");
        await Assert.ThrowsAsync<PostgresException>(() => transaction.ExecuteAsync("insert into t values (3, 31)").AsTask());

        var error = await Assert.ThrowsAsync<PostgresException>(() => transaction.CommitAsync().AsTask());

        Assert.Equal("25P02", error.SqlState);
        Assert.Equal(2, await Database.ExecuteScalarAsync<long>("select count(*) from t"));
        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_serialization_failure_runs_again_and_both_succeed()
    {
        using var bothRead = new Barrier(2);
        var attempts = 0;
        async Task<int> SwapAsync(int mine, int other)
        {
            return await Database.TransactAsync(
                async (tx, ct) =>
                {
                    Interlocked.Increment(ref attempts);
                    var seen = await tx.ExecuteScalarAsync<int>("select v from t where id = @other", new { other }, ct: ct);
                    if (tx.Attempt == 1)
                    {
                        await Task.Run(() => Assert.True(bothRead.SignalAndWait(Eventually.Bound)), ct);
                    }

                    await tx.ExecuteAsync("update t set v = @seen + 1 where id = @mine", new { seen, mine }, ct: ct);
                    return tx.Attempt;
                },
                new TransactionOptions { Isolation = IsolationLevel.Serializable });
        }

        var runs = await Task.WhenAll(SwapAsync(1, 2), SwapAsync(2, 1));

        Assert.Contains(1, runs);
        Assert.Contains(runs, attempt => attempt > 1);
        Assert.Equal(attempts, runs.Sum());

        // One after the other, in either order: 21 then 22, or 11 then 12.
        Assert.Contains(string.Join(' ', await Database.QueryAsync<int>("select v from t order by id")), new[] { "21 22", "12 11" });
    }

    [Fact]
    public async Task A_deadlock_runs_again_and_both_succeed()
    {
        using var bothLocked = new Barrier(2);
        async Task<int> AddAsync(int first, int second)
        {
            return await Database.TransactAsync(async (tx, ct) =>
            {
                await tx.ExecuteAsync("update t set v = v + 1 where id = @first", new { first }, ct: ct);
                if (tx.Attempt == 1)
                {
                    await Task.Run(() => Assert.True(bothLocked.SignalAndWait(Eventually.Bound)), ct);
                }

                await tx.ExecuteAsync("update t set v = v + 1 where id = @second", new { second }, ct: ct);
                return tx.Attempt;
            });
        }

        var runs = await Task.WhenAll(AddAsync(1, 2), AddAsync(2, 1));

        Assert.Equal(3, runs.Sum());
        Assert.Equal([12, 22], await Database.QueryAsync<int>("select v from t order by id"));
    }

    [Fact]
    public async Task A_connection_killed_before_the_commit_runs_again_elsewhere()
    {
        var committed = 0;
        var attempts = await Database.TransactAsync(async (tx, ct) =>
        {
            await tx.ExecuteAsync("update t set v = v + 1", ct);
            tx.OnCommitted(_ =>
            {
                committed++;
                return default;
            });
            if (tx.Attempt == 1)
            {
                await TerminateAsync(await tx.ExecuteScalarAsync<int>("select pg_backend_pid()", ct));
            }

            await tx.ExecuteAsync("update t set v = v + 1", ct);
            return tx.Attempt;
        });

        Assert.Equal(2, attempts);
        Assert.Equal(1, committed);
        Assert.Equal([12, 22], await Database.QueryAsync<int>("select v from t order by id"));
        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task After_its_connection_is_lost_a_transaction_takes_nothing_more_and_its_session_goes_on()
    {
        await using var session = Database.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await TerminateAsync(await transaction.ExecuteScalarAsync<int>("select pg_backend_pid()"));

            Assert.Equal("57P01", (await Assert.ThrowsAsync<PostgresException>(() => transaction.ExecuteAsync("update t set v = 0").AsTask())).SqlState);
            Assert.Equal(
                "The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]",
                (await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.ExecuteAsync("update t set v = 0").AsTask())).Message);
        }

        Assert.Equal(2, await session.ExecuteAsync("update t set v = v"));
        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_connection_lost_during_the_commit_leaves_the_outcome_unknown_and_is_not_rerun()
    {
        var attempts = 0;
        var pid = 0;
        var commit = Database.TransactAsync(async (tx, ct) =>
        {
            attempts = tx.Attempt;
            await tx.ExecuteAsync("insert into slow values (1)", ct);
            pid = await tx.ExecuteScalarAsync<int>("select pg_backend_pid()", ct);
        });
        await Eventually.HoldsAsync("COMMIT waits in its trigger", async () =>
            await database.Cluster.Primary.QueryAsAdminAsync($"select count(*) from pg_stat_activity where pid = {Volatile.Read(ref pid)} and query ilike 'commit%' and wait_event = 'PgSleep'") == "1");

        await TerminateAsync(pid);

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => commit.WaitAsync(Eventually.Bound));
        Assert.Equal(
            "The connection to 'db/a' was lost between COMMIT and its answer: the transaction is applied whole or not at all. A retry is not safe unless the work is idempotent; ask the data which it was. [RTG0402]",
            error.Message);
        Assert.Equal(1, attempts);
        Assert.Equal(0, await Database.ExecuteScalarAsync<long>("select count(*) from slow"));
        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_routed_transaction_whose_connection_is_lost_during_the_commit_says_so_too()
    {
        await using var connection = await Database.DataSource.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var insert = connection.CreateCommand();
        insert.CommandText = "insert into slow values (1) returning pg_backend_pid()";
        var pid = await insert.ExecuteScalarAsync();
        var commit = transaction.CommitAsync();
        await Eventually.HoldsAsync("COMMIT waits in its trigger", async () =>
            await database.Cluster.Primary.QueryAsAdminAsync($"select count(*) from pg_stat_activity where pid = {pid} and wait_event = 'PgSleep'") == "1");

        await TerminateAsync((int)pid!);

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => commit.WaitAsync(Eventually.Bound));
        insert.CommandText = "select count(*) from slow";
        Assert.Equal(0L, await insert.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_transaction_scope_around_a_call_is_refused()
    {
        const string Refusal =
            "A System.Transactions scope is around this call, and routed calls do not join it: what they write would stay although the scope is abandoned. Use 'TransactAsync', or suppress the scope ('TransactionScopeOption.Suppress') around the call. [RTG0401]";
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);

        var oneShot = await Assert.ThrowsAsync<InvalidOperationException>(() => Database.ExecuteAsync("insert into t values (9, 9)").AsTask());
        var ado = await Assert.ThrowsAsync<InvalidOperationException>(() => Database.DataSource.OpenConnectionAsync().AsTask());
        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal(2, await Database.ExecuteScalarAsync<long>("select count(*) from t"));
        }

        Assert.Equal(Refusal, oneShot.Message);
        Assert.Equal(Refusal, ado.Message);
    }

    private Task TerminateAsync(int pid) => database.Cluster.Primary.ExecuteAsAdminAsync($"select pg_terminate_backend({pid}, 10000)");
}
