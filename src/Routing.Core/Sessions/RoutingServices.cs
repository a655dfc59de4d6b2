using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Pools;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>Registers what a service injects: all data sources, each one by key, and the only one without a key.</summary>
internal static class RoutingServices
{
    public static void Add(RoutingBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(static provider => new DataSourceFactory(
            provider.GetServices<Engine>(),
            provider.GetRequiredService<TimeProvider>(),
            LoggersOf(provider),
            provider.GetService<ITopologyMonitorFactory>(),
            new ConnectionLimits(provider.GetRequiredService<RoutingOptionsMonitor>().CurrentValue.MaxConnections)));
        services.AddSingleton(static provider => new RoutingDatabases(
            provider.GetRequiredService<RoutingOptionsMonitor>(), provider.GetRequiredService<DataSourceFactory>(), LoggersOf(provider).CreateLogger("Routing.Sessions")));
        services.AddSingleton<IRoutingDatabases>(static provider => provider.GetRequiredService<RoutingDatabases>());
        services.AddSingleton<ITopologyRegistry>(static provider => provider.GetRequiredService<RoutingDatabases>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RoutingStartup>(
            static provider => new RoutingStartup(provider.GetRequiredService<RoutingDatabases>())));
        services.AddSingleton(static provider => TheOnlyOne(provider.GetRequiredService<RoutingDatabases>()));
        builder.ForEachDataSource(name =>
        {
            services.AddKeyedSingleton(name, static (provider, key) => provider.GetRequiredService<RoutingDatabases>()[(string)key!]);
            services.AddKeyedSingleton(name, static (provider, key) => provider.GetRequiredService<RoutingDatabases>()[(string)key!].DataSource);
        });
    }

    private static ILoggerFactory LoggersOf(IServiceProvider provider) => provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    private static IRoutingDatabase TheOnlyOne(RoutingDatabases databases) => databases.Names.Count == 1
        ? databases[databases.Names.First()]
        : throw CodedErrors.InvalidOperation(
            ErrorCodes.AmbiguousDatabase,
            $"There are {databases.Names.Count} data sources ({string.Join(", ", databases.Names)}), so an IRoutingDatabase without a key is ambiguous. Inject it by key: [FromKeyedServices(\"{databases.Names.First()}\")].");
}
