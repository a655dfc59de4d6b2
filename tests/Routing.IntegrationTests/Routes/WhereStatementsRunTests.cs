using Npgsql;
using Routing.Testing;
using static Routing.IntegrationTests.RoutedHostExtensions;

namespace Routing.IntegrationTests.Routes;

/// <summary>Statement → the kind of node it really ran on, in the server's own words.</summary>
public sealed class WhereStatementsRunTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private RoutedHost _host = null!;

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync(
            """
            create table if not exists t (id bigint generated always as identity primary key, v int);
            insert into t (v) select 1 where not exists (select 1 from t);
            create sequence if not exists s;
            create or replace function harmless() returns int language sql stable as 'select 1';
            create or replace function writing() returns boolean language sql volatile as 'insert into t (v) values (1) returning pg_is_in_recovery()';
            create or replace view writing_view as select writing() as on_standby;
            """);
        _host = RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys]);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("select pg_is_in_recovery()")]
    [InlineData("select pg_is_in_recovery() from t order by id limit 1")]
    [InlineData("with c as (select pg_is_in_recovery() as r) select r from c")]
    [InlineData("with recursive c(n, r) as (select 1, pg_is_in_recovery() union all select n + 1, r from c where n < 3) select bool_and(r) from c")]
    [InlineData("select r from (values (pg_is_in_recovery())) v(r)")]
    [InlineData("/* a comment */ select 'insert into t; delete from t' <> '' and pg_is_in_recovery() -- for update")]
    public async Task Reads_run_on_a_standby(string sql) => Assert.True(await _host.Database.ExecuteScalarAsync<bool>(sql));

    [Theory]
    [InlineData("insert into t (v) values (1) returning pg_is_in_recovery()")]
    [InlineData("update t set v = v returning pg_is_in_recovery()")]
    [InlineData("delete from t where id = (select max(id) + 1 from t) or id = (select min(id) from t where v = 1) returning pg_is_in_recovery()")]
    [InlineData("with w as (insert into t (v) values (1) returning v) select pg_is_in_recovery() from w")]
    [InlineData("select pg_is_in_recovery() from t order by id limit 1 for update")]
    [InlineData("select pg_is_in_recovery() from t order by id limit 1 for share")]
    [InlineData("select pg_is_in_recovery() from nextval('s')")]
    [InlineData("select pg_is_in_recovery() from harmless()")]
    [InlineData("select pg_is_in_recovery() from pg_advisory_xact_lock(1)")]
    public async Task Writes_and_what_might_be_one_run_on_the_primary(string sql)
    {
        await _host.Database.ExecuteAsync("insert into t (v) values (1)");

        Assert.False(await _host.Database.ExecuteScalarAsync<bool>(sql));
    }

    [Fact]
    public async Task An_explicit_intent_wins_over_the_class()
    {
        Assert.True(await _host.Database.ExecuteScalarAsync<bool>("select pg_is_in_recovery() from harmless()", options: Reading));
        Assert.False(await _host.Database.ExecuteScalarAsync<bool>(OnStandby, options: Writing));
    }

    [Fact]
    public async Task A_view_that_writes_in_disguise_runs_again_on_the_primary()
    {
        Assert.Equal(Intent.Read, _host.Database.Explain("select on_standby from writing_view").Intent);

        Assert.False(await _host.Database.ExecuteScalarAsync<bool>("select on_standby from writing_view"));
    }

    [Fact]
    public async Task An_explicit_read_that_writes_is_refused_by_the_standby_and_not_healed()
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => _host.Database.ExecuteAsync("insert into t (v) values (1)", options: Reading).AsTask());

        Assert.Equal("25006", error.SqlState);
    }

    [Fact]
    public async Task A_read_only_session_reads_on_standbys_and_its_writes_are_refused_on_the_primary()
    {
        await using var session = _host.Database.OpenSession(new SessionOptions { ReadOnly = true });

        Assert.True(await session.ExecuteScalarAsync<bool>(OnStandby));
        var error = await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync("insert into t (v) values (1)").AsTask());
        Assert.Equal("25006", error.SqlState);
        Assert.Equal("cannot execute INSERT in a read-only transaction", error.MessageText);
        await using var transaction = await session.BeginTransactionAsync();
        Assert.True(await transaction.ExecuteScalarAsync<bool>(OnStandby));
    }

    [Fact]
    public async Task A_read_after_a_write_sees_it_every_time()
    {
        for (var i = 0; i < 50; i++)
        {
            var id = await _host.Database.ExecuteScalarAsync<long>("insert into t (v) values (1) returning id");

            Assert.Equal(1, await _host.Database.ExecuteScalarAsync<long>($"select count(*) from t where id = {id}"));
        }
    }

    [Fact]
    public async Task Session_state_and_transactions_begun_by_text_stay_on_the_primary()
    {
        await using var session = _host.Database.OpenSession();
        await session.ExecuteAsync("set application_name = 'mine'");
        Assert.False(await session.ExecuteScalarAsync<bool>(OnStandby));
        Assert.Equal("mine", await session.ExecuteScalarAsync<string>("select current_setting('application_name')"));
        await session.ExecuteAsync("discard all");
        Assert.True(await session.ExecuteScalarAsync<bool>(OnStandby, options: Anything));

        await session.ExecuteAsync("begin");
        Assert.False(await session.ExecuteScalarAsync<bool>(OnStandby));
        await session.ExecuteAsync("rollback");
        Assert.True(await session.ExecuteScalarAsync<bool>(OnStandby, options: Anything));
    }

    [Fact]
    public async Task A_stream_and_several_result_sets_come_from_a_standby()
    {
        await foreach (var onStandby in _host.Database.StreamAsync<bool>("select pg_is_in_recovery() from generate_series(1, 3)"))
        {
            Assert.True(onStandby);
        }

        await using var sets = await _host.Database.QueryMultipleAsync("select pg_is_in_recovery(); select pg_is_in_recovery()");
        Assert.True(Assert.Single(await sets.ReadAsync<bool>()));
        Assert.True(Assert.Single(await sets.ReadAsync<bool>()));
    }
}
