using System.Data.Common;
using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Benchmarks.Databases;
using Routing.Benchmarks.Figures;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Providers.Sqlite;
using Routing.Sessions;

namespace Routing.Benchmarks.Suites;

/// <summary>
/// What does the facade over a physical connection cost or save, for one row by key in a SQLite file? The baseline makes a
/// command of the driver for each call, on a connection that stays open; the facade keeps the driver's prepared command.
/// </summary>
[MemoryDiagnoser]
public class DriverCommands
{
    private SqliteFile _file = null!;
    private SqliteConnection _held = null!;
    private IDriver _driver = null!;
    private PhysicalConnection _physical = null!;
    private LeaseConnection _facade = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _file = await SqliteFile.CreateAsync();
        _held = new SqliteConnection(_file.ConnectionString);
        await _held.OpenAsync();
        _driver = new SqliteEngine().CreateDriver(new DriverContext
        {
            DataSource = "orders",
            Node = "a",
            ConnectionString = _file.ConnectionString,
            Options = new DataSourceOptions { Provider = "Sqlite" },
            Time = TimeProvider.System,
            LoggerFactory = NullLoggerFactory.Instance,
        });
        _physical = await _driver.OpenAsync(Lane.Reader, async: true, Deadline.None, CancellationToken.None);
        _facade = LeaseConnection.Create(_physical, "Routing:db", supportsArrays: false);
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _physical.DisposeAsync();
        await _driver.DisposeAsync();
        await _held.DisposeAsync();
        await _file.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public long DriverCommand() => Read(_held);

    [Benchmark]
    public long Facade() => Read(_facade);

    private static long Read(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = OrderRow.ById;
        var id = command.CreateParameter();
        id.ParameterName = "@id";
        id.Value = 7L;
        command.Parameters.Add(id);
        using var reader = command.ExecuteReader();
        return reader.Read() ? reader.GetInt64(2) : 0;
    }
}
