using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Providers.SqlServer;

namespace Routing;

/// <summary>SQL Server's own settings of a data source.</summary>
public static class SqlServerDataSourceOptionsExtensions
{
    /// <summary>
    /// Configures SqlClient's connections before they open: <c>AccessTokenCallback</c>, <c>Credential</c>, a retry provider,
    /// column encryption key providers. Called for each new physical connection; the connection string and the pool are
    /// Routing's. Called again it replaces the earlier one.
    /// </summary>
    /// <param name="options">The data source.</param>
    /// <param name="configure">When it throws, the open fails with that error. Must be thread-safe and do the same each time.</param>
    public static DataSourceOptions UseSqlClient(this DataSourceOptions options, Action<SqlConnection> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.SetFeature(new SqlServerFeature(configure));
        return options;
    }
}
