using Microsoft.Extensions.Configuration;
using Routing.LocalServers;

namespace QuickStart;

/// <summary>Where the tour runs: a temporary directory, and for PostgreSQL and MariaDB a cluster in it. Dispose removes both.</summary>
internal sealed class Databases : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("routing-quickstart-").FullName;
    private IAsyncDisposable? _cluster;

    private Databases()
    {
    }

    public bool HasReplicas => _cluster is not null;

    public string Description => _cluster switch
    {
        PostgreSqlCluster cluster => $"PostgreSQL: primary on port {cluster.Primary.Port}, standbys on ports {string.Join(", ", cluster.Standbys.Select(static node => node.Port))}",
        MariaDbCluster cluster => $"MariaDB: primary on port {cluster.Primary.Port}, replica on port {cluster.Replicas[0].Port}",
        _ => $"SQLite files in {_directory}",
    };

    public IConfiguration Configuration { get; private set; } = null!;

    public static Databases OnSqlite()
    {
        var databases = new Databases();
        databases.Configure("appsettings.json", new() { ["ConnectionStrings:Orders"] = $"Data Source={Path.Combine(databases._directory, "orders.db")}" });
        return databases;
    }

    public static async Task<Databases> OnPostgreSqlAsync(CancellationToken ct)
    {
        var databases = new Databases();
        try
        {
            Console.WriteLine("Starting a PostgreSQL primary and two streaming standbys ...");
            var cluster = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = 2 }, ct);
            databases._cluster = cluster;
            var database = await cluster.CreateDatabaseAsync("orders", ct);
            databases.Configure("appsettings.postgres.json", new()
            {
                ["ConnectionStrings:OrdersA"] = cluster.Primary.ConnectionString(database),
                ["ConnectionStrings:OrdersB"] = cluster.Standbys[0].ConnectionString(database),
                ["ConnectionStrings:OrdersC"] = cluster.Standbys[1].ConnectionString(database),
            });
            return databases;
        }
        catch
        {
            await databases.DisposeAsync();
            throw;
        }
    }

    public static async Task<Databases> OnMariaDbAsync(CancellationToken ct)
    {
        var databases = new Databases();
        try
        {
            Console.WriteLine("Starting a MariaDB primary and a replica ...");
            var cluster = await MariaDbCluster.StartAsync(cancellationToken: ct);
            databases._cluster = cluster;
            var database = await cluster.CreateDatabaseAsync("orders", ct);
            databases.Configure("appsettings.mariadb.json", new()
            {
                ["ConnectionStrings:OrdersA"] = cluster.Primary.ConnectionString(database),
                ["ConnectionStrings:OrdersB"] = cluster.Replicas[0].ConnectionString(database),
            });
            return databases;
        }
        catch
        {
            await databases.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private void Configure(string file, Dictionary<string, string?> connectionStrings)
    {
        connectionStrings["ConnectionStrings:Audit"] = $"Data Source={Path.Combine(_directory, "audit.db")}";
        Configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, file))
            .AddInMemoryCollection(connectionStrings)
            .Build();
    }
}
