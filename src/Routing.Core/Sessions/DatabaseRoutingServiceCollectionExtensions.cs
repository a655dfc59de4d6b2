using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Routing to a service collection.</summary>
public static class DatabaseRoutingServiceCollectionExtensions
{
    /// <summary>
    /// Adds the data sources of a configuration section. Add their engines to the result (<c>.AddPostgreSql()</c>,
    /// <c>.AddSqlite()</c>). The configuration is validated when the host starts, or, without a host, at the first use: all
    /// problems come in one <see cref="Routing.RoutingConfigurationException"/>. Later changes of weights, read options and
    /// nodes apply while running; other changes are logged as needing a restart.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section, by convention <c>Routing</c>.</param>
    /// <exception cref="InvalidOperationException">Routing was added before.</exception>
    public static IRoutingBuilder AddDatabaseRouting(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, section, configure: null);
    }

    /// <summary>Adds data sources that are set up in code. Otherwise as <see cref="AddDatabaseRouting(IServiceCollection, IConfigurationSection)"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets up everything. Called now, to know the names, and again when the options are made; must give the same each time.</param>
    /// <exception cref="InvalidOperationException">Routing was added before.</exception>
    public static IRoutingBuilder AddDatabaseRouting(this IServiceCollection services, Action<RoutingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, section: null, configure);
    }

    /// <summary>Adds the data sources of a configuration section, then completes them in code. Otherwise as <see cref="AddDatabaseRouting(IServiceCollection, IConfigurationSection)"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section, by convention <c>Routing</c>.</param>
    /// <param name="configure">Called after the section was read: now, to know the names, and at each load. Must give the same each time.</param>
    /// <exception cref="InvalidOperationException">Routing was added before.</exception>
    public static IRoutingBuilder AddDatabaseRouting(this IServiceCollection services, IConfigurationSection section, Action<RoutingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, section, configure);
    }

    private static RoutingBuilder Add(IServiceCollection services, IConfigurationSection? section, Action<RoutingOptions>? configure)
    {
        if (services.Any(static s => s.ServiceType == typeof(RoutingOptionsMonitor)))
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.AddedTwice, "AddDatabaseRouting was called twice. Call it once, and add data sources by .Configure(name, ...) on what it returns.");
        }

        var builder = new RoutingBuilder(services);
        AddOptions(services, new ConfigurationSource(section?.Path ?? ConfigurationSource.DefaultPath, section), configure);
        AddNames(builder, section, configure);
        RoutingServices.Add(builder);
        return builder;
    }

    private static void AddOptions(IServiceCollection services, ConfigurationSource source, Action<RoutingOptions>? configure)
    {
        services.TryAddSingleton(TimeProvider.System);
        if (source.Section is { } section)
        {
            services.AddSingleton<IConfigureOptions<RoutingOptions>>(new RoutingOptionsBinder(section));
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddSingleton<IValidateOptions<RoutingOptions>>(p => new RoutingOptionsValidator(
            source.Path, EnginesOf(p), new ConnectionStringResolver(p.GetService<IConfiguration>(), Environment.GetEnvironmentVariable)));
        services.AddSingleton(p => new RoutingOptionsMonitor(
            p.GetRequiredService<IOptionsFactory<RoutingOptions>>(), source, EnginesOf(p), p.GetRequiredService<TimeProvider>(), LoggerOf(p)));
        services.AddSingleton<IOptionsMonitor<RoutingOptions>>(static p => p.GetRequiredService<RoutingOptionsMonitor>());
        services.AddSingleton<IOptions<RoutingOptions>>(static p => new OptionsWrapper<RoutingOptions>(p.GetRequiredService<RoutingOptionsMonitor>().CurrentValue));

        // A host asks the monitor for the options before it starts anything, and making the monitor validates them.
        services.AddOptions<RoutingOptions>().ValidateOnStart();
    }

    private static List<EngineRules> EnginesOf(IServiceProvider provider) =>
        [.. provider.GetServices<Engine>().Select(static e => new EngineRules(e.Name, e.ConnectionStrings))];

    // A container without logging is still a container.
    private static ILogger LoggerOf(IServiceProvider provider) =>
        (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Routing.Configuration");

    private static void AddNames(RoutingBuilder builder, IConfigurationSection? section, Action<RoutingOptions>? configure)
    {
        foreach (var child in section?.GetSection(Settings.DataSources).GetChildren() ?? [])
        {
            builder.Add(child.Key);
        }

        if (configure is null)
        {
            return;
        }

        // On the bound options, because code that completes a section expects to find what the section says.
        var scratch = new RoutingOptions();
        if (section is not null)
        {
            new RoutingOptionsBinder(section).Configure(scratch);
        }

        configure(scratch);
        foreach (var name in scratch.DataSources.Keys)
        {
            builder.Add(name);
        }
    }
}
