using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Routing.Benchmarks.Databases;
using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Peers;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.BenchmarkTests.Peers;

/// <summary>A comparison is worth nothing unless both sides do the same: what each peer reads and leaves behind.</summary>
public sealed class PeerTests
{
    private const string Payments = "select coalesce(sum(order_id * 1000 + cents), 0) from payments";

    [Theory]
    [InlineData(Ours.Label)]
    [InlineData(DapperOnSqlite.Label)]
    [InlineData(BareSqlite.Label)]
    public async Task On_SQLite_each_peer_does_the_same_work(string label)
    {
        await using var file = await SqliteFile.CreateAsync();
        await using Peer peer = label switch
        {
            Ours.Label => Ours.OnSqlite(file.ConnectionString),
            DapperOnSqlite.Label => new DapperOnSqlite(file.ConnectionString),
            _ => new BareSqlite(file.ConnectionString),
        };
        await using var check = new SqliteConnection(file.ConnectionString + ";Pooling=false");

        await DoesTheWorkAsync(peer, label, () => check.ExecuteScalarAsync<long>(Payments));
    }

    [Theory]
    [InlineData(Ours.Label)]
    [InlineData(DapperOnMySql.Label)]
    public async Task On_MariaDB_each_peer_does_the_same_work(string label)
    {
        await using var database = await MariaDbDatabase.CreateAsync();
        await MariaDbServer.FillAsync(database.Primary);
        await using Peer peer = label == Ours.Label ? Ours.OnMySql(database.Primary) : new DapperOnMySql(database.Primary);
        await using var check = MariaDbDriver.CreateConnection(database.Primary + ";Pooling=false");

        await DoesTheWorkAsync(peer, label, () => check.ExecuteScalarAsync<long>(Payments));
    }

    [Theory]
    [InlineData(Ours.Label)]
    [InlineData(DapperOnNpgsql.Label)]
    [InlineData(BareNpgsql.Label)]
    [InlineData(HeldNpgsql.Label)]
    [InlineData(EfCore.Label)]
    [InlineData(MultiHost.Label)]
    public async Task On_PostgreSQL_each_peer_does_the_same_work(string label)
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await PostgreSqlServer.FillAsync(database.Primary);
        await using Peer peer = label switch
        {
            Ours.Label => Ours.OnPostgreSql([database.Primary]),
            DapperOnNpgsql.Label => new DapperOnNpgsql(database.Primary),
            BareNpgsql.Label => new BareNpgsql(database.Primary),
            HeldNpgsql.Label => new HeldNpgsql(database.Primary),
            EfCore.Label => new EfCore(database.Primary),
            _ => new MultiHost([database.Primary]),
        };
        await using var check = new NpgsqlConnection(database.Primary + ";Pooling=false");

        await DoesTheWorkAsync(peer, label, () => check.ExecuteScalarAsync<long>(Payments));
    }

    [Theory]
    [InlineData(Ours.Label)]
    [InlineData(MultiHost.Label)]
    public async Task With_standbys_reads_go_to_them_and_writes_to_the_primary(string label)
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await PostgreSqlServer.FillAsync(database.Primary);
        await database.Cluster.WaitUntilReplicatedAsync();
        IReadOnlyList<string> nodes = [database.Primary, .. database.Standbys];
        await using Peer peer = label == Ours.Label ? Ours.OnPostgreSql(nodes) : new MultiHost(nodes);

        // The first reads of ours may be followed by resets on the same connections, until the catalogs are known.
        var expected = database.Cluster.Nodes.Select(node => (node.Name, WasRead: node != database.Cluster.Primary)).ToArray();
        var found = await ReadersAsync(peer, database);
        for (var again = 0; again < 100 && !found.SequenceEqual(expected); again++)
        {
            found = await ReadersAsync(peer, database);
        }

        Assert.Equal(expected, found);

        // A standby would refuse it.
        await peer.InsertAsync(7, 5);
    }

    /// <summary>After some reads: each node, and whether a read was the last that ran on one of its connections.</summary>
    private static async Task<(string Name, bool WasRead)[]> ReadersAsync(Peer peer, PostgreSqlDatabase database)
    {
        for (var n = 0; n < 20; n++)
        {
            await peer.ReadAsync(7);
        }

        var readers = new List<(string Name, bool WasRead)>();
        foreach (var node in database.Cluster.Nodes)
        {
            readers.Add((node.Name, await LastRanAsync(node, database.Name, "select id as Id")));
        }

        return [.. readers];
    }

    /// <summary>Whether a connection of the node, idle in its pool, ran such a text last.</summary>
    private static async Task<bool> LastRanAsync(PostgreSqlNode node, string database, string text) =>
        await node.QueryAsAdminAsync($"select count(*) > 0 from pg_stat_activity where datname = '{database}' and pid <> pg_backend_pid() and query like '{text}%'") == "t";

    private static async Task DoesTheWorkAsync(Peer peer, string label, Func<Task<long>> payments)
    {
        Assert.Equal(label, peer.Name);

        var order = await peer.ReadAsync(42);
        Assert.Equal((42, "customer 42", 1554), (order.Id, order.Customer, order.TotalCents));
        Assert.Equal((9_901, "customer 131", 66_337), await LastPage(peer));
        Assert.Equal(Enumerable.Range(1, OrderRow.Count).Sum(static i => (i * 37L) % 100_000), await peer.SumAsync());

        await peer.InsertAsync(3, 4);
        Assert.Equal(3004, await payments());

        await peer.PayAsync(42, 54);
        Assert.Equal(3004 + 42_054, await payments());
        Assert.Equal(1500, (await peer.ReadAsync(42)).TotalCents);
    }

    private static async Task<(long Id, string Customer, long TotalCents)> LastPage(Peer peer)
    {
        var rows = await peer.ListAsync(9_900);
        Assert.Equal(Enumerable.Range(9_901, Peer.ListLength).Select(static id => (long)id), rows.Select(static row => row.Id));
        return (rows[0].Id, rows[0].Customer, rows[0].TotalCents);
    }
}
