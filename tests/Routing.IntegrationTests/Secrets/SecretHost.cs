using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Routing.Configuration;
using Routing.Topology;

namespace Routing.IntegrationTests.Secrets;

/// <summary>A service with data sources from settings, all of whose logs, health reports and shown objects are kept.</summary>
internal sealed class SecretHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IConfigurationRoot _configuration;
    private readonly Findings _findings;

    /// <param name="settings">By path below <c>Routing:DataSources:</c>; a path that begins with <c>ConnectionStrings:</c> is taken as it is.</param>
    public SecretHost(Findings findings, Dictionary<string, string?> settings, Action<IRoutingBuilder>? configure = null)
    {
        _findings = findings;
        _configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(PathOf(setting.Key), setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(_configuration);
        services.AddLogging(logging => logging.AddProvider(findings.Logs).SetMinimumLevel(LogLevel.Trace));
        var routing = services.AddDatabaseRouting(_configuration.GetSection("Routing")).AddPostgreSql().AddSqlite().AddHealth();
        configure?.Invoke(routing);
        _services = services.BuildServiceProvider();
    }

    public IRoutingDatabases Databases => _services.GetRequiredService<IRoutingDatabases>();

    public ITopologyRegistry Topology => _services.GetRequiredService<ITopologyRegistry>();

    public void Reload(string path, string? value)
    {
        _configuration[PathOf(path)] = value;
        _configuration.Reload();
    }

    /// <summary>What is there to look at: health, options, topology, the data sources' faces.</summary>
    public async Task LookAroundAsync()
    {
        _findings.AddReport(await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync());
        var options = _services.GetRequiredService<IOptionsMonitor<RoutingOptions>>().CurrentValue;
        _findings.AddShown("options", options);
        foreach (var (name, source) in options.DataSources)
        {
            _findings.AddShown(name, source);
            foreach (var node in source.Nodes)
            {
                _findings.AddShown("node options", node);
                _findings.AddShown("node options", node.Value);
            }

            var db = Databases[name];
            _findings.AddShown(name, db);
            _findings.AddShown(name, db.DataSource);
            _findings.Add("shown " + name, db.DataSource.ConnectionString);
            _findings.AddShown(name, db.Explain("select 1"));
            await using var connection = db.DataSource.CreateConnection();
            _findings.AddShown(name, connection);
            _findings.Add("shown " + name, $"{connection.ConnectionString} {connection.Database} {connection.DataSource}");
            await using var session = db.OpenSession();
            _findings.AddShown(name, session);
            Assert.True(Topology.TryGet(name, out var store));
            _findings.AddShown(name, store.Current);
            foreach (var node in store.Current.Nodes)
            {
                _findings.AddShown(name, node);
            }
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static string PathOf(string path) =>
        path.StartsWith("ConnectionStrings:", StringComparison.Ordinal) ? path : "Routing:DataSources:" + path;
}
