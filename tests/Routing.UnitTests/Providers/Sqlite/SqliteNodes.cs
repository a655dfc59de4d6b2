using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Providers.Sqlite;
using Routing.Sessions;

namespace Routing.UnitTests.Providers.Sqlite;

/// <summary>A SQLite driver over a file of its own (or memory), and the physical connections a test opened; all gone at the end.</summary>
internal sealed class SqliteNodes : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("routing-sqlite-").FullName;
    private readonly List<PhysicalConnection> _opened = [];
    private IDriver? _driver;

    public DataSourceOptions Options { get; } = new() { Provider = "Sqlite" };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string ConnectionString { get; init; } = "";

    public string File => Path.Combine(_directory, "orders.sqlite");

    public IDriver Driver => _driver ??= new SqliteEngine().CreateDriver(new DriverContext
    {
        DataSource = "orders",
        Node = "a",
        ConnectionString = ConnectionString.Length == 0 ? $"Data Source={File}" : ConnectionString,
        Options = Options,
        Time = Time,
        LoggerFactory = NullLoggerFactory.Instance,
    });

    public async Task<PhysicalConnection> OpenAsync(Lane lane = Lane.Writer)
    {
        var physical = await Driver.OpenAsync(lane, async: true, Deadline.None, CancellationToken.None);
        _opened.Add(physical);
        return physical;
    }

    public async Task<LeaseConnection> LeaseAsync(Lane lane = Lane.Writer) =>
        LeaseConnection.Create(await OpenAsync(lane), "Routing:orders", supportsArrays: false);

    public async ValueTask DisposeAsync()
    {
        foreach (var physical in _opened)
        {
            await physical.DisposeAsync();
        }

        if (_driver is not null)
        {
            await _driver.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
