using Microsoft.Extensions.DependencyInjection;

namespace Routing.Configuration;

/// <summary>
/// Knows the names of the data sources while services are being registered, because keyed services need them then.
/// </summary>
internal sealed class RoutingBuilder(IServiceCollection services) : IRoutingBuilder
{
    private readonly List<string> _dataSources = [];
    private readonly List<Action<string>> _registrations = [];

    public IServiceCollection Services => services;

    public IReadOnlyList<string> DataSources => _dataSources;

    public IRoutingBuilder Configure(string dataSource, Action<DataSourceOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(dataSource);
        ArgumentNullException.ThrowIfNull(configure);
        Add(dataSource);
        services.Configure<RoutingOptions>(options => configure(options.GetOrAdd(dataSource)));
        return this;
    }

    /// <summary>Runs a registration for each data source: now for those known, later for those that <see cref="Configure"/> adds.</summary>
    public void ForEachDataSource(Action<string> register)
    {
        _registrations.Add(register);
        foreach (var name in _dataSources)
        {
            register(name);
        }
    }

    internal void Add(string dataSource)
    {
        if (_dataSources.Contains(dataSource, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        _dataSources.Add(dataSource);
        foreach (var register in _registrations)
        {
            register(dataSource);
        }
    }
}
