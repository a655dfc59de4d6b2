using Dapper;
using Routing.Benchmarks.Figures;
using Routing.LocalServers;

namespace Routing.Benchmarks.Databases;

/// <summary>A MariaDB server of its own on loopback, with the tables of the everyday work on it. It does not wait for the disk.</summary>
internal sealed class MariaDbServer : IAsyncDisposable
{
    private const string Fill = """
        insert into orders (id, customer, total_cents)
        select seq, concat('customer ', seq % 977), (seq * 37) % 100000 from seq_1_to_10000
        """;

    private readonly MariaDbCluster _cluster;
    private readonly string _database;

    private MariaDbServer(MariaDbCluster cluster, string database)
    {
        _cluster = cluster;
        _database = database;
    }

    /// <summary>Its connection string.</summary>
    public string Primary => _cluster.Primary.ConnectionString(_database);

    public static async Task<MariaDbServer> StartAsync()
    {
        var cluster = await MariaDbCluster.StartAsync(new MariaDbClusterOptions { Replicas = 0 });
        try
        {
            var server = new MariaDbServer(cluster, await cluster.CreateDatabaseAsync());
            await FillAsync(server.Primary);
            return server;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the tables of the everyday work in an empty database.</summary>
    public static async Task FillAsync(string connectionString)
    {
        await using var connection = MariaDbDriver.CreateConnection(connectionString + ";Pooling=false");
        await connection.ExecuteAsync(OrderRow.Table);
        await connection.ExecuteAsync("create table payments (id bigint auto_increment primary key, order_id bigint not null, cents bigint not null)");
        await connection.ExecuteAsync(Fill);
        await connection.ExecuteAsync("analyze table orders");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
