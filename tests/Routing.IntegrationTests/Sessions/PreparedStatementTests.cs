using Npgsql;
using Routing.Drivers;
using Routing.IntegrationTests.Drivers;
using Routing.Sessions;
using Routing.Testing;
using Routing.Topology;

namespace Routing.IntegrationTests.Sessions;

/// <summary>What is prepared on a connection: from when, how long, how much, and what happens when it no longer fits.</summary>
public sealed class PreparedStatementTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private const string Prepared = "select count(*)::int from pg_prepared_statements where statement = @text";

    private static readonly Dictionary<string, string> OneConnection = new() { ["Pool:MaxSize"] = "1" };

    public static TheoryData<string> Returns => ["", "set application_name = 'other'", "select pg_advisory_lock(7)"];

    [Theory]
    [MemberData(nameof(Returns))]
    public async Task A_statement_is_prepared_at_its_second_use_and_stays_so_over_returns_and_resets(string dirt)
    {
        await using var host = Open(OneConnection);
        const string Text = "select @v::int + 1";
        await AskAsync(host, Text, 1);
        Assert.Equal(0, await PreparedAsync(host, "select $1::int + 1"));
        await AskAsync(host, Text, 2);
        Assert.Equal(1, await PreparedAsync(host, "select $1::int + 1"));
        var process = await ProcessAsync(host);

        for (var i = 0; i < 5; i++)
        {
            if (dirt.Length > 0)
            {
                await using var session = host.Database.OpenSession();
                await session.ExecuteAsync(dirt);
            }

            await AskAsync(host, Text, i);
        }

        Assert.Equal(process, await ProcessAsync(host));
        Assert.Equal(1, await PreparedAsync(host, "select $1::int + 1"));
    }

    /// <summary>With a reset in front of each statement, the reset's own statements are among the least used of so few.</summary>
    [Theory]
    [InlineData("WhenDirty")]
    [InlineData("Always")]
    public async Task The_bound_is_kept_and_the_least_used_goes_first(string reset)
    {
        await using var host = RoutedHost.OnPostgreSql(
            [database.Primary + ";Max Auto Prepare=12"], new() { ["Pool:MaxSize"] = "1", ["Pool:Reset"] = reset }, health: false);
        for (var i = 0; i < 20; i++)
        {
            for (var use = 0; use < 3; use++)
            {
                await AskAsync(host, $"select @v::int + {i}", i);
                await AskAsync(host, "select @v::int - 1", i);
            }

            var names = await AllPreparedAsync(host);
            Assert.InRange(names.Count, 1, 12);
            Assert.Contains("select $1::int - 1", names);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plan_that_a_change_of_the_table_made_wrong_is_dropped_and_the_statement_run_once_more(bool ado)
    {
        await using var host = Open(OneConnection);
        var table = "stale_" + (ado ? "ado" : "verbs");
        await database.ExecuteAsync($"create table {table} (id int); insert into {table} values (1)");
        var text = $"select * from {table}";
        Func<Task<int>>[] reads = ado
            ? [() => ColumnsByReaderAsync(host, text)]
            : [() => ColumnsAsync(host, text), () => ColumnsInSessionAsync(host, text), () => ColumnsOfStreamAsync(host, text), () => ColumnsOfResultsAsync(host, text)];
        var columns = 1;
        foreach (var read in reads)
        {
            for (var use = 0; use < 4; use++)
            {
                Assert.Equal(columns, await read());
            }

            var process = await ProcessAsync(host);
            await database.ExecuteAsync($"alter table {table} add column c{columns} int default 7");
            columns++;

            Assert.Equal(columns, await read());
            Assert.Equal(columns, await read());
            Assert.Equal(process, await ProcessAsync(host));
        }
    }

    [Fact]
    public async Task In_a_transaction_a_wrong_plan_reruns_the_transaction()
    {
        await using var host = Open(OneConnection);
        await database.ExecuteAsync("create table stale_tx (id int); insert into stale_tx values (1)");
        for (var use = 0; use < 4; use++)
        {
            Assert.Equal(1, await ColumnsAsync(host, "select * from stale_tx"));
        }

        await database.ExecuteAsync("alter table stale_tx add column c int");
        var attempts = 0;
        var columns = await host.Database.TransactAsync(async (tx, ct) =>
        {
            attempts++;
            return ((IDictionary<string, object?>)(await tx.QueryAsync<dynamic>("select * from stale_tx", ct: ct))[0]).Count;
        });

        Assert.Equal(2, columns);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task One_connections_wrong_plan_closes_no_other_connection()
    {
        await using var host = Open(new() { ["Pool:MaxSize"] = "3" });
        await database.ExecuteAsync("create table stale_pool (id int); insert into stale_pool values (1)");
        var before = await EachAsync(host);
        for (var use = 0; use < 3; use++)
        {
            Assert.Equal(before, await EachAsync(host));
        }

        await database.ExecuteAsync("alter table stale_pool add column c int");

        Assert.Equal(before, await EachAsync(host));
        Assert.Equal(before, await EachAsync(host));
    }

    [Fact]
    public async Task Schemas_do_not_share_a_prepared_statement()
    {
        await database.ExecuteAsync("create schema one; create schema two; create table one.t (v text); create table two.t (v int); insert into one.t values ('one'); insert into two.t values (2)");
        await using var host = Open(OneConnection);
        for (var round = 0; round < 4; round++)
        {
            Assert.Equal("one", await InSchemaAsync(host, "one"));
            Assert.Equal("2", await InSchemaAsync(host, "two"));
        }
    }

    /// <summary>
    /// The driver's commands that a connection keeps for itself hold on to the names of what was prepared for them. The
    /// names go to other statements once all were dropped; a kept command would then run one of those.
    /// </summary>
    [Fact]
    public async Task After_the_plans_are_dropped_nothing_runs_under_the_name_of_another_statement()
    {
        await database.ExecuteAsync("create sequence calls");
        await using var nodes = new PostgreSqlNodes(database.Primary);
        var lease = await nodes.LeaseAsync();
        await AskAllAsync(lease.Physical);

        Assert.True(await lease.Physical.ResetAsync(Dirt.SessionState | Dirt.Plans, async: true, CancellationToken.None));
        for (var i = 0; i < 8; i++)
        {
            await PrepareAsync(lease, $"select nextval('calls') + {i}");
        }

        await AskAllAsync(lease.Physical);
        await using var calls = lease.CreateCommand();
        calls.CommandText = "select last_value from calls";
        Assert.Equal(24L, await calls.ExecuteScalarAsync());
    }

    /// <summary>Everything that the pool and the monitors ask, often enough to be prepared.</summary>
    private static async Task AskAllAsync(PhysicalConnection physical)
    {
        for (var use = 0; use < 3; use++)
        {
            Assert.True(await physical.ValidateAsync(async: true, CancellationToken.None));
            Assert.Equal(NodeRole.Primary, (await physical.ProbeAsync(async: true, CancellationToken.None)).Role);
            Assert.NotNull(await physical.CapturePositionAsync(async: true, CancellationToken.None));
        }
    }

    private static async Task PrepareAsync(LeaseConnection lease, string text)
    {
        for (var use = 0; use < 3; use++)
        {
            await using var command = lease.CreateCommand();
            command.CommandText = text;
            await command.ExecuteScalarAsync();
        }
    }

    private static async Task<string> InSchemaAsync(RoutedHost host, string schema)
    {
        await using var session = host.Database.OpenSession();
        await session.ExecuteAsync($"set search_path = {Sql.Raw(schema)}");
        return (await session.ExecuteScalarAsync<object>("select v from t"))!.ToString()!;
    }

    /// <summary>Holds every connection of the pool at once and reads on each; the server processes that answered.</summary>
    private static async Task<IReadOnlyList<int>> EachAsync(RoutedHost host)
    {
        var processes = new List<int>();
        var sessions = new List<Session>();
        for (var i = 0; i < 3; i++)
        {
            var session = host.Database.OpenSession();
            sessions.Add(session);
            await session.PinAsync();
            await session.QueryAsync<dynamic>("select * from stale_pool");
            processes.Add(await session.ExecuteScalarAsync<int>("select pg_backend_pid()"));
        }

        foreach (var session in sessions)
        {
            await session.DisposeAsync();
        }

        processes.Sort();
        return processes;
    }

    private RoutedHost Open(Dictionary<string, string> settings) => RoutedHost.OnPostgreSql([database.Primary], settings, health: false);

    private static async Task AskAsync(RoutedHost host, string text, int v) => await host.Database.ExecuteScalarAsync<int>(text, new { v });

    private static async Task<int> PreparedAsync(RoutedHost host, string text) => await host.Database.ExecuteScalarAsync<int>(Prepared, new { text });

    private static async Task<IReadOnlyList<string>> AllPreparedAsync(RoutedHost host) =>
        await host.Database.QueryAsync<string>("select statement from pg_prepared_statements where name like '\\_auto%'");

    private static async Task<int> ProcessAsync(RoutedHost host) => await host.Database.ExecuteScalarAsync<int>("select pg_backend_pid()");

    private static async Task<int> ColumnsAsync(RoutedHost host, string text) =>
        ((IDictionary<string, object?>)(await host.Database.QueryAsync<dynamic>(text))[0]).Count;

    private static async Task<int> ColumnsInSessionAsync(RoutedHost host, string text)
    {
        await using var session = host.Database.OpenSession();
        await using var pin = await session.PinAsync();
        return ((IDictionary<string, object?>)(await session.QueryAsync<dynamic>(text))[0]).Count;
    }

    private static async Task<int> ColumnsOfStreamAsync(RoutedHost host, string text)
    {
        var columns = 0;
        await foreach (IDictionary<string, object?> row in host.Database.StreamAsync<dynamic>(text))
        {
            columns = row.Count;
        }

        return columns;
    }

    private static async Task<int> ColumnsOfResultsAsync(RoutedHost host, string text)
    {
        await using var results = await host.Database.QueryMultipleAsync(text);
        return ((IDictionary<string, object?>)(await results.ReadAsync<dynamic>())[0]).Count;
    }

    private static async Task<int> ColumnsByReaderAsync(RoutedHost host, string text)
    {
        await using var connection = await host.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await using var reader = await command.ExecuteReaderAsync();
        return reader.FieldCount;
    }
}
