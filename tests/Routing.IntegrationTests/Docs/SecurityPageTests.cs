using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Routing.LocalServers;
using Routing.Testing;
using Routing.UnitTests.Docs;
using NodeState = Routing.Topology.NodeState;

namespace Routing.IntegrationTests.Docs;

/// <summary>
/// The SQL of docs/guide/security.md, run on a cluster: a user with these rights and no others runs the whole library. Roles
/// belong to a server rather than to a database, so each test has names of its own in place of the page's "shop".
/// </summary>
public sealed class SecurityPageTests
{
    private const string Page = "docs/guide/security.md";
    private const string Password = "change me";

    private static int s_shops;

    [Fact]
    public async Task The_application_s_rights_are_enough_for_reads_writes_sessions_and_monitors()
    {
        await using var shop = await CreateShopAsync();
        await using var host = shop.Open();
        var db = host.Database;

        await db.ExecuteAsync("insert into orders (customer) values ('Ada')");
        Assert.Equal("Ada", await db.ExecuteScalarAsync<string>("select customer from orders"));
        await db.TransactAsync(async (tx, ct) => await tx.ExecuteAsync("update orders set customer = 'Grace'", ct: ct));
        Assert.Equal(1, await db.ExecuteAsync("delete from orders where customer = 'Grace'"));
        await db.ExecuteAsync("insert into orders (customer) values ('Grace')");
        await using (var session = db.OpenSession())
        {
            await session.ExecuteAsync("set statement_timeout = '1min'");
            Assert.Equal("Grace", await session.ExecuteScalarAsync<string>("select customer from orders"));
        }

        await using (var readOnly = db.OpenSession(new SessionOptions { ReadOnly = true }))
        {
            Assert.Equal(1, await readOnly.ExecuteScalarAsync<long>("select count(*) from orders"));
        }

        await Eventually.HoldsAsync("a standby serves reads", () => db.ExecuteScalarAsync<bool>(RoutedHostExtensions.OnStandby).AsTask());
        await host.SeesAsync("a", NodeState.Up);
        await host.SeesAsync("b", NodeState.Up);
        Assert.All(db.Topology.Nodes, static node => Assert.NotNull(node.Position));
        Assert.DoesNotContain(host.Logs.Events, static entry => entry.ToString().Contains("permission denied", StringComparison.Ordinal));
        await host.AllReturnedAsync();
    }

    [Fact]
    public async Task The_application_may_not_do_more()
    {
        await using var shop = await CreateShopAsync();
        await using var host = shop.Open();
        string[] forbidden = ["create table mine (id int)", "drop table orders", "truncate orders", "create temporary table mine (id int)", "create schema mine"];

        foreach (var sql in forbidden)
        {
            await using var session = host.Database.OpenSession();
            var error = await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync(sql).AsTask());
            Assert.Equal("42501", error.SqlState);
        }
    }

    [Fact]
    public async Task A_standby_tells_its_timeline_to_a_user_who_may_read_all_statistics()
    {
        await using var shop = await CreateShopAsync();
        await using (var host = shop.Open())
        {
            await host.Database.ExecuteScalarAsync<int>("select 1");
            await Eventually.HoldsAsync("the standby has answered, without a timeline", () => host.Node("a").Epoch == 1 && host.Node("b") is { Position: not null, Epoch: 0 });
        }

        await shop.RunAsync("security-timeline");
        await using (var host = shop.Open())
        {
            await host.Database.ExecuteScalarAsync<int>("select 1");
            await Eventually.HoldsAsync("both have a timeline", () => (host.Node("a").Epoch, host.Node("b").Epoch) == (1, 1));
        }
    }

    [Fact]
    public async Task Where_everybody_lost_the_functions_the_page_gives_back_those_that_monitors_call()
    {
        await using var shop = await CreateShopAsync();
        await shop.AdminAsync(
            """
            do $$ declare f regprocedure; begin
                for f in select p.oid::regprocedure from pg_proc p
                         where p.pronamespace = 'pg_catalog'::regnamespace
                           and (p.proname like 'pg\_last\_%' or p.proname like 'pg\_current\_wal%' or p.proname like 'pg\_control\_%'
                                or p.proname in ('pg_is_in_recovery', 'pg_walfile_name')) loop
                    execute format('revoke execute on function %s from public', f);
                end loop;
            end $$
            """);
        await using (var refused = shop.Open())
        {
            await Eventually.HoldsAsync("the monitors were refused", async () =>
            {
                try
                {
                    await refused.Database.ExecuteScalarAsync<int>("select 1");
                }
                catch (NodeUnavailableException)
                {
                    // Nobody knows which node is what.
                }

                return refused.Logs.WithId(3007).Exists(static entry => entry.Message.Contains("permission denied for function", StringComparison.Ordinal));
            });
        }

        await shop.RunAsync("security-functions");
        await using var host = shop.Open();
        await host.Database.ExecuteAsync("insert into orders (customer) values ('Ada')");
        await Eventually.HoldsAsync("a standby serves reads", () => host.Database.ExecuteScalarAsync<bool>("select customer = 'Ada' and current_setting('port') <> (" + shop.PrimaryPort + ")::text from orders").AsTask());
    }

    [Fact]
    public async Task A_refused_log_in_is_in_the_log_with_the_server_s_error()
    {
        await using var shop = await CreateShopAsync();
        await using var host = shop.Open("wrong");

        await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask());

        await Eventually.HoldsAsync("the log has the server's error", () => host.Logs.WithId(3001).AddRange(host.Logs.WithId(3002))
            .Exists(static entry => entry.Message.Contains("password authentication failed", StringComparison.Ordinal)));
        Assert.DoesNotContain(host.Logs.Events, static entry => entry.ToString().Contains("wrong", StringComparison.Ordinal));
    }

    private static async Task<Shop> CreateShopAsync()
    {
        var shop = new Shop(await SharedPostgreSql.GetAsync(), string.Create(CultureInfo.InvariantCulture, $"shop{Interlocked.Increment(ref s_shops)}"));
        await shop.RunAsync("security-roles", "postgres");
        await shop.RunAsync("security-schema");
        await shop.RunAsync("security-tables");
        return shop;
    }

    /// <summary>A database made as the page says, under a name of its own.</summary>
    private sealed class Shop(PostgreSqlCluster cluster, string name) : IAsyncDisposable
    {
        public string PrimaryPort => cluster.Primary.PortText();

        public async Task RunAsync(string block, string? database = null)
        {
            var text = Markdown.Blocks(Page).Single(b => b is { Mark: "sql" } && b.Name == block).Text;

            text = Regex.Replace(text, @"\bshop", name, RegexOptions.None, TimeSpan.FromSeconds(1));

            // CREATE DATABASE cannot be in a transaction, which several statements at once would be.
            string[] parts = block == "security-roles" ? text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text];
            foreach (var part in parts)
            {
                await cluster.Primary.ExecuteAsAdminAsync(part, database ?? name);
            }

            await cluster.WaitUntilReplicatedAsync();
        }

        public async Task AdminAsync(string sql)
        {
            await cluster.Primary.ExecuteAsAdminAsync(sql, name);
            await cluster.WaitUntilReplicatedAsync();
        }

        public RoutedHost Open(string password = Password) => RoutedHost.OnPostgreSql(new[] { cluster.Primary, cluster.Standbys[0] }.Select(node =>
            new NpgsqlConnectionStringBuilder(node.ConnectionString(name)) { Username = name + "_app", Password = password, SearchPath = name }.ConnectionString));

        public async ValueTask DisposeAsync()
        {
            await cluster.DropDatabaseAsync(name);
            await cluster.Primary.ExecuteAsAdminAsync($"drop role {name}_app; drop role {name}_owner");
        }
    }
}
