using System.Globalization;
using Microsoft.Data.SqlClient;
using Routing.Testing.Tds;
using Routing.Testing.Tds.Tsql;

namespace Routing.ConformanceTests.SqlServer;

/// <summary>
/// Where the suites run: by default the protocol server of <c>Routing.Testing</c>, which proves what SqlClient and the
/// provider do with a server's answers and not what SQL Server answers; on a real server where <c>ROUTING_TEST_SQLSERVER</c>
/// holds a connection string that may create databases.
/// </summary>
internal sealed class SqlServerTarget : IAsyncDisposable
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "ROUTING_TEST_SQLSERVER";

    private readonly TdsServer? _server;
    private readonly TdsServer? _replica;
    private readonly string? _administrator;
    private readonly string _database = "routing_" + Guid.NewGuid().ToString("N");

    private SqlServerTarget(TdsServer? server, TdsServer? replica, string? administrator, string connectionString)
    {
        _server = server;
        _replica = replica;
        _administrator = administrator;
        ConnectionString = connectionString;
    }

    /// <summary>Whether a real server is named, which every class then runs on.</summary>
    public static bool IsNamed => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 };

    /// <summary>Of a database of its own.</summary>
    public string ConnectionString { get; private set; }

    /// <summary>The primary's, then the secondary's where there is one.</summary>
    public IEnumerable<string> Nodes => _replica is null ? [ConnectionString] : [ConnectionString, ConnectionStringOf(_replica)];

    /// <summary>Whether it is a real server.</summary>
    public bool IsReal => _administrator is not null;

    /// <summary>Where the primary listens; a real server must do so on this machine.</summary>
    public int Port => int.Parse(new SqlConnectionStringBuilder(ConnectionString).DataSource.Split(',') is [_, var port] ? port : "1433", CultureInfo.InvariantCulture);

    /// <summary>Creates the database.</summary>
    public static async Task<SqlServerTarget> CreateAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } administrator)
        {
            var engine = new TsqlEngine();
            var server = new TdsServer(engine);
            return new SqlServerTarget(server, new TdsServer(engine.CreateReplica()), administrator: null, ConnectionStringOf(server));
        }

        var target = new SqlServerTarget(server: null, replica: null, administrator, connectionString: "");
        target.ConnectionString = new SqlConnectionStringBuilder(administrator) { InitialCatalog = target._database }.ConnectionString;

        // Readers must not wait for writers, as on the other engines.
        await ExecuteAsync(administrator, $"create database [{target._database}]");
        await ExecuteAsync(administrator, $"alter database [{target._database}] set read_committed_snapshot on");
        await ExecuteAsync(administrator, $"alter database [{target._database}] set allow_snapshot_isolation on");
        return target;
    }

    /// <summary>Runs texts past Routing, one batch each.</summary>
    public async Task ExecuteAsync(params IEnumerable<string> batches)
    {
        foreach (var batch in batches)
        {
            await ExecuteAsync(ConnectionString, batch);
        }
    }

    /// <summary>Lets the server end a connection.</summary>
    /// <param name="number">The number of its session.</param>
    public Task EndConnectionAsync(int number)
    {
        if (_administrator is not null)
        {
            return ExecuteAsync(_administrator, $"kill {number}");
        }

        _server!.Sessions.Single(session => session.Spid == number).Drop();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _replica?.Dispose();
        _server?.Dispose();
        if (_administrator is not null)
        {
            await ExecuteAsync(_administrator, $"alter database [{_database}] set single_user with rollback immediate");
            await ExecuteAsync(_administrator, $"drop database [{_database}]");
        }
    }

    private static string ConnectionStringOf(TdsServer server) => server.ConnectionString("conformance");

    private static async Task ExecuteAsync(string connectionString, string text)
    {
        await using var connection = new SqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new SqlCommand(text, connection);
        await command.ExecuteNonQueryAsync();
    }
}
