using Microsoft.Extensions.DependencyInjection.Extensions;
using Routing.Configuration;
using Routing.Providers.PostgreSql;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the PostgreSql engine to Routing.</summary>
public static class PostgreSqlRoutingBuilderExtensions
{
    /// <summary>Makes data sources with <c>"Provider": "PostgreSql"</c> work. Calling it again changes nothing. Used at start-up, by one thread.</summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddPostgreSql(this IRoutingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<Engine, PostgreSqlEngine>());
        return builder;
    }
}
