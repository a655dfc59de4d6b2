using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Providers.PostgreSql;
using Routing.Sessions;

namespace Routing.IntegrationTests.Drivers;

/// <summary>A driver of one server, and the physical connections a test opened; all gone at the end.</summary>
internal sealed class PostgreSqlNodes(string connectionString, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly List<PhysicalConnection> _opened = [];
    private IDriver? _driver;

    public DataSourceOptions Options { get; } = new() { Provider = "PostgreSql" };

    public IDriver Driver => _driver ??= new PostgreSqlEngine().CreateDriver(new DriverContext
    {
        DataSource = "orders",
        Node = "a",
        ConnectionString = connectionString,
        Options = Options,
        Time = time ?? TimeProvider.System,
        LoggerFactory = NullLoggerFactory.Instance,
    });

    public async Task<PhysicalConnection> OpenAsync(bool async = true)
    {
        var physical = await Driver.OpenAsync(Lane.Writer, async, Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(20)), CancellationToken.None);
        _opened.Add(physical);
        return physical;
    }

    public async Task<LeaseConnection> LeaseAsync() => LeaseConnection.Create(await OpenAsync(), "Routing:orders", supportsArrays: true);

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
    }

    public static int ProcessId(PhysicalConnection physical) => ((NpgsqlConnection)physical.Connection).ProcessID;
}
