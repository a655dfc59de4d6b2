using Dapper;
using Npgsql;
using Routing.Benchmarks.Figures;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.Benchmarks.Databases;

/// <summary>
/// A PostgreSQL server of its own on loopback, with streaming standbys if asked, and the tables of the everyday work on
/// it. It does not wait for the disk, so that a commit measures what lies in front of the disk.
/// </summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Tables = OrderRow.Table + """
        ;
        create table payments (id bigint generated always as identity primary key, order_id bigint not null, cents bigint not null);
        """;

    private const string Fill = """
        insert into orders (id, customer, total_cents)
        select i, 'customer ' || (i % 977), (i * 37) % 100000 from generate_series(1, @count) as i
        """;

    private readonly PostgreSqlCluster _cluster;
    private readonly string _database;

    private PostgreSqlServer(PostgreSqlCluster cluster, string database)
    {
        _cluster = cluster;
        _database = database;
    }

    /// <summary>The primary's connection string.</summary>
    public string Primary => _cluster.Primary.ConnectionString(_database);

    /// <summary>The primary's connection string, then each standby's.</summary>
    public IReadOnlyList<string> All => [Primary, .. _cluster.Standbys.Select(standby => standby.ConnectionString(_database))];

    public static async Task<PostgreSqlServer> StartAsync(int standbys)
    {
        var cluster = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = standbys });
        try
        {
            var server = new PostgreSqlServer(cluster, await cluster.CreateDatabaseAsync());
            await FillAsync(server.Primary);
            await cluster.WaitUntilReplicatedAsync();
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
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.ExecuteAsync(Tables);
        await connection.ExecuteAsync(Fill, new { count = OrderRow.Count });
        await connection.ExecuteAsync("analyze orders");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
