using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// All data sources of the process. Owns their runtimes, and carries live configuration changes into them. Thread-safe.
/// </summary>
internal sealed class RoutingDatabases : IRoutingDatabases, ITopologyRegistry, IAsyncDisposable, IDisposable
{
    private readonly FrozenDictionary<string, RoutingDatabase> _databases;
    private readonly DataSourceFactory _factory;
    private readonly RoutingOptionsMonitor _options;
    private readonly ILogger _logger;
    private readonly IDisposable _reloads;
    private readonly string[] _names;
    private bool _disposed;

    public RoutingDatabases(RoutingOptionsMonitor options, DataSourceFactory factory, ILogger logger)
    {
        _factory = factory;
        _options = options;
        _logger = logger;
        var current = options.CurrentValue;
        _names = [.. current.DataSources.Keys];
        _databases = current.DataSources.ToFrozenDictionary(
            static source => source.Key,
            source => new RoutingDatabase(factory.Create(source.Key, source.Value)),
            StringComparer.OrdinalIgnoreCase);
        _reloads = options.OnReload(Apply);
    }

    public IReadOnlyCollection<string> Names => _names;

    IReadOnlyList<string> ITopologyRegistry.DataSources => _names;

    public IRoutingDatabase this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            return _databases.TryGetValue(name, out var database)
                ? database
                : throw new RoutingConfigurationException($"There is no data source named '{name}'. Configured are: {string.Join(", ", Names)}.") { Code = ErrorCodes.UnknownDataSource };
        }
    }

    public ConsistencyScope BeginScope(ConsistencyToken? from = null) => new(from, makeAmbient: true);

    public bool TryGet(string dataSource, [NotNullWhen(true)] out TopologyStore? store)
    {
        store = _databases.TryGetValue(dataSource, out var database) ? database.Source.Topology : null;
        return store is not null;
    }

    /// <summary>Asks every node of every data source once, so that the first statements need not wait for it.</summary>
    public Task StartAsync(CancellationToken ct) =>
        Task.WhenAll(_databases.Values.Select(database => database.Source.Start.RunAsync(async: true, ct).AsTask()));

    /// <summary>Warns of servers that cannot hold what all instances may open.</summary>
    public Task CheckCapacityAsync(CancellationToken ct)
    {
        var options = _options.CurrentValue;
        return ServerCapacity.WarnAsync([.. _databases.Values.Select(static database => database.Source)], options.MaxConnections, options.Instances, _logger, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _reloads.Dispose();
        await Task.WhenAll(_databases.Values.Select(static database => database.Source.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously: the shutdown runs on the thread pool and is waited for.</summary>
    [SuppressMessage("Usage", "VSTHRD002", Justification = "The container offers no asynchronous way, and the work runs on another thread.")]
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    private void Apply(RoutingOptionsReload reload)
    {
        foreach (var name in reload.Live.Select(static change => change.DataSource).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (_databases.TryGetValue(name, out var database) && reload.Effective.DataSources.TryGetValue(name, out var options))
            {
                LiveChanges.Apply(database.Source, options, _factory);
            }
        }
    }
}
