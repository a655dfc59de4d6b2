using Npgsql;
using Routing.Configuration;
using Routing.Providers.PostgreSql;

namespace Routing;

/// <summary>PostgreSQL's own settings of a data source.</summary>
public static class PostgreSqlDataSourceOptionsExtensions
{
    /// <summary>
    /// Configures Npgsql: type mappings, enums and composites, JSON, TLS callbacks; tracing only where
    /// <c>Telemetry:DriverSpans</c> lets Npgsql make spans. Called for each new physical
    /// connection, because each has an Npgsql data source of its own; Routing's own settings (pooling, time-outs, reset)
    /// are applied after it. Called again it replaces the earlier one.
    /// </summary>
    /// <param name="options">The data source.</param>
    /// <param name="configure">When it throws, the open fails with that error. Must be thread-safe and do the same each time.</param>
    public static DataSourceOptions UseNpgsql(this DataSourceOptions options, Action<NpgsqlDataSourceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.SetFeature(new PostgreSqlFeature(configure));
        return options;
    }
}
