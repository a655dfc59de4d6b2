using Microsoft.Extensions.DependencyInjection;

namespace Routing.Configuration;

/// <summary>Continues <c>AddDatabaseRouting</c>: engines and set-up in code. Used at start-up, by one thread.</summary>
public interface IRoutingBuilder
{
    /// <summary>The services that Routing is added to.</summary>
    IServiceCollection Services { get; }

    /// <summary>The data sources known so far, from the configuration and from <see cref="Configure"/>, in order of appearance.</summary>
    IReadOnlyList<string> DataSources { get; }

    /// <summary>
    /// Sets up a data source in code, after the configuration was read: the driver's builder, <c>OnPhysicalOpen</c>, a
    /// credential provider, or every setting. A name that the configuration does not have is added. The result is validated
    /// with everything else at start-up.
    /// </summary>
    /// <param name="dataSource">The data source's name.</param>
    /// <param name="configure">Called at each load of the configuration, so more than once where it reloads; must give the same each time.</param>
    /// <returns>The same builder.</returns>
    IRoutingBuilder Configure(string dataSource, Action<DataSourceOptions> configure);
}
