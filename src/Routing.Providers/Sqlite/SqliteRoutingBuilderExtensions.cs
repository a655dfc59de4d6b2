using Microsoft.Extensions.DependencyInjection.Extensions;
using Routing.Configuration;
using Routing.Providers.Sqlite;
using Routing.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Sqlite engine to Routing.</summary>
public static class SqliteRoutingBuilderExtensions
{
    /// <summary>Makes data sources with <c>"Provider": "Sqlite"</c> work. Calling it again changes nothing. Used at start-up, by one thread.</summary>
    /// <param name="builder">What <c>AddDatabaseRouting</c> returned.</param>
    /// <returns>The same builder.</returns>
    public static IRoutingBuilder AddSqlite(this IRoutingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<Engine, SqliteEngine>());
        return builder;
    }
}
