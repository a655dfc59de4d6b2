using Npgsql;
using Routing.LocalServers;
using Xunit;

namespace Routing.Testing;

/// <summary>
/// An empty database on the shared cluster, present on all nodes. As a class fixture
/// (<c>IClassFixture&lt;PostgreSqlDatabase&gt;</c>) each test class has its own; as a local variable a test has
/// (<see cref="CreateAsync"/>).
/// </summary>
public sealed class PostgreSqlDatabase : IAsyncLifetime, IAsyncDisposable
{
    private PostgreSqlCluster? _cluster;

    /// <summary>The shared cluster; leave its nodes alone.</summary>
    public PostgreSqlCluster Cluster => _cluster ?? throw new InvalidOperationException("The database is not created yet.");

    /// <summary>The database's name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The primary's connection string for the application's user.</summary>
    public string Primary => Cluster.Primary.ConnectionString(Name);

    /// <summary>The standbys' connection strings for the application's user.</summary>
    public IReadOnlyList<string> Standbys => [.. Cluster.Standbys.Select(s => s.ConnectionString(Name))];

    /// <summary>A database for one test.</summary>
    public static async Task<PostgreSqlDatabase> CreateAsync()
    {
        var database = new PostgreSqlDatabase();
        await database.InitializeAsync();
        return database;
    }

    /// <summary>Runs statements on the primary as the application's user, and waits until the standbys have replayed them.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using (var connection = new NpgsqlConnection(Primary + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }

        await Cluster.WaitUntilReplicatedAsync();
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _cluster = await SharedPostgreSql.GetAsync();
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
