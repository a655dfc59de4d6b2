using Microsoft.Extensions.DependencyInjection.Extensions;
using Routing.Configuration;
using Routing.Providers.SqlServer;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the SqlServer engine to Routing.</summary>
public static class SqlServerRoutingBuilderExtensions
{
    /// <summary>Makes data sources with <c>"Provider": "SqlServer"</c> work. Calling it again changes nothing. Used at start-up, by one thread.</summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddSqlServer(this IRoutingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<Engine, SqlServerEngine>());
        return builder;
    }
}
