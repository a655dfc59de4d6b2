using System.Data.Common;
using Routing.Configuration;
using Routing.Providers.MySql;

namespace Routing;

/// <summary>MySQL's and MariaDB's own settings of a data source.</summary>
public static class MySqlDataSourceOptionsExtensions
{
    /// <summary>
    /// Sets up each connection of the driver's before it opens: what a connection string cannot say, such as MySqlConnector's
    /// callbacks for certificates. Called for each new physical connection, also for those that cancel a command over another.
    /// Called again it replaces the earlier one.
    /// </summary>
    /// <param name="options">The data source.</param>
    /// <param name="configure">
    /// Gets a closed <c>MySqlConnection</c> of the driver in use. When it throws, the open fails with that error. Must be
    /// thread-safe and do the same each time.
    /// </param>
    public static DataSourceOptions UseMySql(this DataSourceOptions options, Action<DbConnection> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.SetFeature(new MySqlFeature(configure));
        return options;
    }
}
