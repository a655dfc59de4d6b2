using System.Data.Common;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Routing.Configuration;
using Routing.Providers.MySql;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the MySql engine, for MySQL and MariaDB, to Routing.</summary>
public static class MySqlRoutingBuilderExtensions
{
    /// <summary>
    /// Makes data sources with <c>"Provider": "MySql"</c> work, over the driver that the application references: MySqlConnector, or
    /// else MySql.Data. Where neither is there, the host's start fails and names the package. Calling it again changes nothing.
    /// Used at start-up, by one thread.
    /// </summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddMySql(this IRoutingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<Engine, MySqlEngine>());
        return builder;
    }

    /// <summary>As <see cref="AddMySql(IRoutingBuilder)"/>, over this driver: for an application that references both.</summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <param name="factory"><c>MySqlConnectorFactory.Instance</c> or <c>MySqlClientFactory.Instance</c>.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddMySql(this IRoutingBuilder builder, DbProviderFactory factory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(factory);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<Engine, MySqlEngine>(_ => new MySqlEngine(new MySqlClient(factory))));
        return builder;
    }
}
