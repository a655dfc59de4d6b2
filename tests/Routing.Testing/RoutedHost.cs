using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Routing.Configuration;

namespace Routing.Testing;

/// <summary>
/// A service's container with data sources, as a user would set it up, without a host: roles are asked at the first
/// statement. Dispose it asynchronously.
/// </summary>
public sealed class RoutedHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IConfigurationRoot _configuration;

    private RoutedHost(ServiceProvider services, IConfigurationRoot configuration, LogCapture logs)
    {
        _services = services;
        _configuration = configuration;
        Logs = logs;
    }

    /// <summary>Everything logged so far.</summary>
    public LogCapture Logs { get; }

    /// <summary>The container.</summary>
    public IServiceProvider Services => _services;

    /// <summary>All data sources.</summary>
    public IRoutingDatabases Databases => _services.GetRequiredService<IRoutingDatabases>();

    /// <summary>The data source <c>db</c>.</summary>
    public IRoutingDatabase Database => Databases["db"];

    /// <summary>A data source <c>db</c> on PostgreSQL nodes; the first is called <c>a</c>, the next <c>b</c>.</summary>
    /// <param name="connectionStrings">One per node.</param>
    /// <param name="settings">More settings, by path below the data source, e.g. <c>Pool:MaxSize</c>.</param>
    /// <param name="configure">What is set up in code.</param>
    /// <param name="health">Whether monitors run.</param>
    /// <param name="log">Whether logs are captured, at every level.</param>
    public static RoutedHost OnPostgreSql(
        IEnumerable<string> connectionStrings, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool health = true, bool log = true) =>
        Build("PostgreSql", connectionStrings, settings, configure, health, log);

    /// <summary>A data source <c>db</c> on one SQLite file or in-memory database.</summary>
    /// <param name="connectionString">Where.</param>
    /// <param name="settings">More settings, by path below the data source.</param>
    /// <param name="configure">What is set up in code.</param>
    /// <param name="log">Whether logs are captured, at every level.</param>
    public static RoutedHost OnSqlite(string connectionString, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool log = true) =>
        Build("Sqlite", [connectionString], settings, configure, health: false, log);

    /// <summary>A data source <c>db</c> on SQL Server nodes; the first is called <c>a</c>, the next <c>b</c>.</summary>
    /// <param name="connectionStrings">One per node.</param>
    /// <param name="settings">More settings, by path below the data source.</param>
    /// <param name="configure">What is set up in code.</param>
    /// <param name="health">Whether monitors run.</param>
    /// <param name="log">Whether logs are captured, at every level.</param>
    public static RoutedHost OnSqlServer(
        IEnumerable<string> connectionStrings, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool health = true, bool log = true) =>
        Build("SqlServer", connectionStrings, settings, configure, health, log);

    /// <summary>Changes settings of the data source while it runs, as an edited file would: applied soon, not at once.</summary>
    /// <param name="settings">By path below the data source.</param>
    public void Reload(params (string Path, string? Value)[] settings)
    {
        foreach (var (path, value) in settings)
        {
            _configuration["Routing:DataSources:db:" + path] = value;
        }

        _configuration.Reload();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static RoutedHost Build(
        string provider, IEnumerable<string> connectionStrings, Dictionary<string, string>? settings, Action<DataSourceOptions>? configure, bool health, bool log)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Routing:DataSources:db:Provider"] = provider };
        var name = 'a';
        foreach (var connectionString in connectionStrings)
        {
            values[$"Routing:DataSources:db:Nodes:{name++}:ConnectionString"] = connectionString;
        }

        foreach (var (key, value) in settings ?? [])
        {
            values["Routing:DataSources:db:" + key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var logs = new LogCapture();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging =>
        {
            if (log)
            {
                logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
            }
        });
        var routing = services.AddDatabaseRouting(configuration.GetSection("Routing")).AddPostgreSql().AddSqlServer().AddSqlite();
        if (health)
        {
            routing.AddHealth();
        }

        if (configure is not null)
        {
            routing.Configure("db", configure);
        }

        return new RoutedHost(services.BuildServiceProvider(), configuration, logs);
    }
}
