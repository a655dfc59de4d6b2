using Routing.LocalServers;
using Xunit;

namespace Routing.Testing;

/// <summary>
/// An empty database on the shared MariaDB cluster, present on all nodes. As a class fixture
/// (<c>IClassFixture&lt;MariaDbDatabase&gt;</c>) each test class has its own; as a local variable a test has
/// (<see cref="CreateAsync"/>).
/// </summary>
public sealed class MariaDbDatabase : IAsyncLifetime, IAsyncDisposable
{
    private MariaDbCluster? _cluster;

    /// <summary>The shared cluster; leave its nodes alone.</summary>
    public MariaDbCluster Cluster => _cluster ?? throw new InvalidOperationException("The database is not created yet.");

    /// <summary>The database's name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The primary's connection string for the application's user.</summary>
    public string Primary => Cluster.Primary.ConnectionString(Name);

    /// <summary>The replicas' connection strings for the application's user.</summary>
    public IReadOnlyList<string> Replicas => [.. Cluster.Replicas.Select(s => s.ConnectionString(Name))];

    /// <summary>A database for one test.</summary>
    public static async Task<MariaDbDatabase> CreateAsync()
    {
        var database = new MariaDbDatabase();
        await database.InitializeAsync();
        return database;
    }

    /// <summary>Runs statements on the primary as the application's user, one after the other, and waits until the replicas have applied them.</summary>
    public async Task ExecuteAsync(params string[] statements)
    {
        await using (var connection = MariaDbDriver.CreateConnection(Primary + ";Pooling=false;Allow User Variables=true"))
        {
            await connection.OpenAsync();
            foreach (var sql in statements)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = sql;
                await command.ExecuteNonQueryAsync();
            }
        }

        await Cluster.WaitUntilReplicatedAsync();
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _cluster = await SharedMariaDb.GetAsync();
        Name = await _cluster.CreateDatabaseAsync();
    }

    /// <inheritdoc/>
    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    /// <summary>Drops the database, so that a run of many classes needs the disk space of a few.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Name.Length > 0)
        {
            await Cluster.DropDatabaseAsync(Name);
        }
    }
}
