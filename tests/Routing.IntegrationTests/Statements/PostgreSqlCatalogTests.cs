using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Routing.Drivers;
using Routing.Providers.PostgreSql;
using Routing.Sessions;
using Routing.Statements;
using Routing.Testing;

namespace Routing.IntegrationTests.Statements;

/// <summary>
/// What is read from a real server's catalogs: ordinary schemas are proven whole, each doubt reaches what it concerns, and
/// the fingerprint changes with every definition. What the doubts protect from is shown by the state-leak suite.
/// </summary>
public sealed class PostgreSqlCatalogTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime, IAsyncDisposable
{
    private const string Ordinary = """
        create table clean_plain (id bigint generated always as identity primary key, name text not null default 'x' check (length(name) < 100), total numeric(10,2) default 0, made timestamptz default now());
        create table clean_serial (id bigserial primary key, parent bigint references clean_plain (id) on delete cascade, half int generated always as (2 / 1) stored);
        create index clean_lower on clean_plain (lower(name)) where total >= 0;
        create view clean_view as select p.id, lower(p.name) as name, count(s.id) as many from clean_plain p left join clean_serial s on s.parent = p.id group by p.id, p.name;
        create function clean_sql(x bigint) returns bigint language sql stable as 'select count(*) from clean_plain where id > x';
        create function clean_atomic(x bigint) returns bigint language sql stable return x + 1;
        create table clean_parent (id int, name text) partition by range (id);
        create table clean_child partition of clean_parent for values from (0) to (100);
        create domain clean_short as text check (length(value) < 50);
        create table clean_domain (name clean_short);
        create type clean_mood as enum ('good', 'bad');
        create table clean_enum (mood clean_mood);
        insert into clean_plain (name) values ('a'), ('b');
        """;

    private readonly PostgreSqlCatalog _reader = new(PostgreSqlSyntax.Classifier);
    private NpgsqlConnection _connection = null!;

    private static IReadOnlyList<string> Clean { get; } =
    [
        "select 1",
        "select * from clean_plain where id = @id",
        "select p.id, lower(p.name) from public.clean_plain p where name like 'a%' order by 1 limit 10",
        "insert into clean_plain (name, total) values (@name, 1.5) returning id",
        "insert into clean_serial (parent) select id from clean_plain",
        "update clean_plain set total = total + 1 where id = @id",
        "delete from clean_plain where id = -1",
        "select * from clean_view",
        "select clean_sql(1), public.clean_atomic(2)",
        "insert into clean_parent values (1, 'x')",
        "select * from clean_domain",
        "insert into clean_enum values ('good')",
        "select nextval('leak_sequence')",
        "select * from clean_plain for update skip locked",
        "select relname from pg_class where relkind = 'r'",
        "select table_name from information_schema.tables",
        "with c as (select * from clean_plain) select count(*) from c",
    ];


    public async Task InitializeAsync()
    {
        _connection = new NpgsqlConnection(database.Primary + ";Pooling=false");
        await _connection.OpenAsync();
        await RunAsync("drop schema public cascade; create schema public");
        await RunAsync(Ordinary);
    }

    public async Task DisposeAsync() => await _connection.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await _connection.DisposeAsync();

    [Fact]
    public async Task Ordinary_schema_is_proven_whole()
    {
        var catalog = await ReadAsync();
        foreach (var text in Clean)
        {
            var doubt = PostgreSqlSyntax.Classifier.Doubt(text, catalog);
            Assert.True(doubt is null, $"{text}: {doubt}");
        }
    }

    /// <summary>What is defined, what is doubtful then, what is not.</summary>
    [Theory]
    [InlineData("create trigger t after insert on clean_plain for each row execute function f_trigger()", "insert into clean_plain (name) values ('a')", "select * from clean_plain")]
    [InlineData("create trigger t after delete on clean_serial for each row execute function f_trigger()", "delete from clean_plain", "insert into clean_enum values ('good')")]
    [InlineData("create trigger t after insert on clean_child for each row execute function f_trigger()", "insert into clean_parent values (1)", "select * from clean_parent")]
    [InlineData("create trigger t after insert on clean_plain for each row execute function f_trigger(); alter table clean_plain disable trigger t", "insert into clean_plain (name) values ('a')", "select * from clean_plain")]
    [InlineData("create rule r as on delete to clean_plain do also select f()", "delete from clean_plain", "select * from clean_plain")]
    [InlineData("alter table clean_plain alter column name set default f()", "insert into clean_plain (total) values (1)", "select * from clean_plain")]
    [InlineData("alter table clean_plain add check (f(name))", "select * from clean_plain", "select * from clean_serial")]
    [InlineData("create index on clean_plain (f(name))", "select * from clean_plain", "select * from clean_serial")]
    [InlineData("create index on clean_plain (id) where f(name)", "select * from clean_plain", "select * from clean_serial")]
    [InlineData("create policy p on clean_plain using (f(name))", "select * from clean_plain", "select * from clean_serial")]
    [InlineData("create statistics s on (f(name)), id from clean_plain", "select * from clean_plain", "select * from clean_serial")]
    [InlineData("create or replace view clean_view as select id, f() as name, 1::bigint as many from clean_plain", "select * from clean_view", "select * from clean_plain")]
    [InlineData("create or replace function clean_sql(x bigint) returns bigint language plpgsql as 'begin return 1; end'", "select clean_sql(1)", "select clean_atomic(1)")]
    [InlineData("create or replace function clean_sql(x bigint) returns bigint language sql as 'select length(f())'", "select clean_sql(1)", "select clean_atomic(1)")]
    [InlineData("create function clean_atomic(x text) returns text language sql return f()", "select clean_atomic(1)", "select clean_sql(1)")]
    [InlineData("create function lower(x int) returns text language sql return f()", "select lower('A')", "select upper('A')")]
    [InlineData("alter domain clean_short add check (f(value))", "select * from clean_domain where name = 'a'", "select 1 from clean_plain")]
    [InlineData("create operator === (leftarg = int, rightarg = int, function = f_two)", "select 1 === 2", "select 1 = 2")]
    [InlineData("create operator ~~~ (leftarg = int, rightarg = int, function = f_two)", "select 1 = 2", "")]
    [InlineData("create view other as select * from clean_view; create or replace view clean_view as select id, f() as name, 1::bigint as many from clean_plain", "select * from other", "select * from clean_plain")]
    [InlineData("create schema s; create view s.clean_plain as select f()", "select * from clean_plain", "select * from public.clean_serial")]
    public async Task Doubt_reaches_what_it_concerns(string definition, string doubtful, string proven)
    {
        await RunAsync("""
            create function f() returns text language plpgsql as 'begin return 1; end';
            create function f(x text) returns boolean language plpgsql immutable as 'begin return true; end';
            create function f_two(a int, b int) returns boolean language plpgsql as 'begin return true; end';
            create function f_trigger() returns trigger language plpgsql as 'begin return new; end';
            """);
        var before = await ReadAsync();
        Assert.Null(PostgreSqlSyntax.Classifier.Doubt(doubtful.Replace("===", "=", StringComparison.Ordinal).Replace("select * from other", "select 1", StringComparison.Ordinal), before));

        await RunAsync(definition);
        var catalog = await ReadAsync();
        Assert.NotNull(PostgreSqlSyntax.Classifier.Doubt(doubtful, catalog));
        if (proven.Length > 0)
        {
            var doubt = PostgreSqlSyntax.Classifier.Doubt(proven, catalog);
            Assert.True(doubt is null, doubt);
        }
    }

    [Theory]
    [InlineData("create table fresh (id int)")]
    [InlineData("alter table clean_plain add fresh int")]
    [InlineData("alter table clean_enum alter column mood type text")]
    [InlineData("create trigger t after insert on clean_plain for each row execute function suppress_redundant_updates_trigger()")]
    [InlineData("create or replace function clean_sql(x bigint) returns bigint language sql stable as 'select 2::bigint'")]
    [InlineData("create or replace view clean_view as select id, upper(name) as name, 1::bigint as many from clean_plain")]
    [InlineData("alter table clean_plain alter column name set default 'z'")]
    [InlineData("alter table clean_plain alter column name drop default")]
    [InlineData("alter table clean_plain add constraint c check (id > 0)")]
    [InlineData("alter domain clean_short add constraint c check (value <> 'a')")]
    [InlineData("create policy p on clean_plain using (true)")]
    [InlineData("create rule r as on insert to clean_enum do also nothing")]
    [InlineData("create index on clean_plain (upper(name))")]
    [InlineData("create statistics s on id, total from clean_plain")]
    [InlineData("create table fresh (like clean_parent); alter table clean_parent attach partition fresh for values from (100) to (200)")]
    [InlineData("alter schema public rename to elsewhere; create schema public")]
    [InlineData("create cast (clean_mood as int) with inout")]
    [InlineData("create operator === (leftarg = int, rightarg = int, function = int4eq)")]
    [InlineData("drop function clean_sql")]
    public async Task Fingerprint_changes_with_every_definition(string definition)
    {
        var before = await _reader.FingerprintAsync(_connection, CancellationToken.None);
        Assert.Equal(before, await _reader.FingerprintAsync(_connection, CancellationToken.None));
        await RunAsync(definition);
        Assert.NotEqual(before, await _reader.FingerprintAsync(_connection, CancellationToken.None));
        await RunAsync("drop schema if exists elsewhere cascade");
    }

    [Theory]
    [InlineData("create temp table t (id serial primary key, name text default 'x' check (name <> ''))")]
    [InlineData("insert into clean_plain (name) values ('c')")]
    [InlineData("analyze clean_plain")]
    [InlineData("vacuum clean_plain")]
    public async Task Fingerprint_stays_where_nothing_is_defined_for_others(string text)
    {
        var before = await _reader.FingerprintAsync(_connection, CancellationToken.None);
        await RunAsync(text);
        Assert.Equal(before, await _reader.FingerprintAsync(_connection, CancellationToken.None));
    }

    /// <summary>A node's own view of its functions: what is called pure exists and does not claim to be volatile, but for those that are known to change nothing.</summary>
    [Fact]
    public async Task Every_function_called_pure_exists_and_is_not_volatile()
    {
        var pure = PostgreSqlWords.Create().FunctionsThat(static effect => effect is { Class: StatementClass.Read, Effect: SessionEffect.Neutral }).ToHashSet(StringComparer.Ordinal);
        var volatility = new Dictionary<string, char>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand("select proname::text, max(provolatile)::text from pg_proc where oid < 16384 and prokind in ('f', 'a', 'w') group by 1", _connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                volatility.Add(reader.GetString(0), reader.GetString(1)[0]);
            }
        }

        var unknown = pure.Where(name => !volatility.ContainsKey(name)).Except(PostgreSqlFunctions.NewerNames).Except(NotInTheCatalog).Order(StringComparer.Ordinal);
        Assert.Empty(unknown);
        var changing = pure.Where(name => volatility.GetValueOrDefault(name) == 'v').Except(PostgreSqlFunctions.VolatileNames).Order(StringComparer.Ordinal);
        Assert.Empty(changing);
        Assert.All(PostgreSqlFunctions.VolatileNames, name => Assert.True(volatility.GetValueOrDefault(name) is 'v' or 's' || !volatility.ContainsKey(name), name));
    }

    // Written like calls, they are grammar.
    private static readonly string[] NotInTheCatalog = ["coalesce", "greatest", "least", "nullif", "xmlattributes"];

    [Fact]
    public async Task Statement_is_clean_on_the_wire_and_its_table_with_a_trigger_is_not()
    {
        await RunAsync("create function f_trigger() returns trigger language plpgsql as 'begin return new; end'; create trigger t after insert on clean_enum for each row execute function f_trigger()");
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        var source = ((RoutingDatabase)host.Database).Source;
        await host.Database.ExecuteScalarAsync<int>("select 1");
        var node = source.Topology.Current.Nodes.First();
        await Eventually.HoldsAsync("the definitions are known", () => Task.FromResult(source.Catalogs!.Of(node) is not null));

        Assert.Equal(Dirt.None, source.Proof.DirtOf(source.Statements.Get("insert into clean_plain (name) values (@n)"), node));
        Assert.Equal(Dirt.Unproven, source.Proof.DirtOf(source.Statements.Get("insert into clean_enum values ('bad')"), node));
        Assert.Equal(Dirt.Unknown, source.Proof.DirtOf(source.Statements.Get("select f_unknown()"), node));

        // A definition of our own counts at once, and what it made is known soon.
        await host.Database.ExecuteAsync("create table fresh (id int)");
        Assert.NotEqual(Dirt.None, source.Proof.DirtOf(source.Statements.Get("insert into clean_enum values ('good')"), node));
        await Eventually.HoldsAsync("the new table is known", () => Task.FromResult(source.Proof.DirtOf(source.Statements.Get("insert into fresh values (1)"), node) == Dirt.None));
    }

    /// <summary>On a clock of the test's: the interval passes at once, the server is the real one.</summary>
    [Fact]
    public async Task Trigger_that_another_client_makes_is_noticed_after_the_interval()
    {
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        await host.Database.ExecuteScalarAsync<int>("select 1");
        var source = ((RoutingDatabase)host.Database).Source;
        var node = source.Topology.Current.Nodes.First();
        var time = new ManualTimeProvider();
        await using var watch = new CatalogWatch("orders", source.Pools, _reader, TimeSpan.FromSeconds(20), time, NullLogger.Instance);
        var proof = new CleanProof(source.Engine.Classifier, byCatalog: true, watch);
        var insert = source.Statements.Get("insert into clean_enum values ('good')");
        watch.Want(node);
        await Eventually.HoldsAsync("the definitions are known", () => Task.FromResult(proof.DirtOf(insert, node) == Dirt.None));

        await RunAsync("create function f_trigger() returns trigger language plpgsql as 'begin return new; end'; create trigger t after insert on clean_enum for each row execute function f_trigger()");
        Assert.Equal(Dirt.None, proof.DirtOf(insert, node));
        time.Advance(CatalogWatch.Interval * 1.21);

        await Eventually.HoldsAsync("the trigger is known", () => Task.FromResult(watch.Of(node) is { } catalog && catalog.ProvableUse("public", "clean_enum") == CatalogUse.Read));
        Assert.Equal(Dirt.Unproven, proof.DirtOf(insert, node));
    }

    private async ValueTask<Catalog> ReadAsync() => (await _reader.ReadAsync(_connection, CancellationToken.None)).Catalog;

    private async Task RunAsync(string text)
    {
        await using var command = new NpgsqlCommand(text, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
