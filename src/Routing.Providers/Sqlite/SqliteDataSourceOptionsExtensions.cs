using Microsoft.Data.Sqlite;
using Routing.Configuration;
using Routing.Providers.Sqlite;

namespace Routing;

/// <summary>SQLite's own settings of a data source.</summary>
public static class SqliteDataSourceOptionsExtensions
{
    /// <summary>
    /// Prepares each new physical connection, before <see cref="DataSourceOptions.OnPhysicalOpen"/>: functions,
    /// aggregates, collations, PRAGMAs. What it sets belongs to the clean baseline. Called again it replaces the earlier
    /// one. Connections of the reader lane refuse writes only after it has run, but it should not write: it runs once per connection.
    /// <para>
    /// Durability is SQLite's own default, <c>synchronous=FULL</c>: an acknowledged commit survives a power cut. A
    /// <c>PRAGMA synchronous=NORMAL</c> in here makes small writes several times faster; in WAL mode it can lose the last
    /// commits at a power cut, but never corrupts the file.
    /// </para>
    /// </summary>
    /// <param name="options">The data source.</param>
    /// <param name="configure">Called with an open connection; when it throws, the open fails with that error. Must be thread-safe.</param>
    public static DataSourceOptions UseSqlite(this DataSourceOptions options, Action<SqliteConnection> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.SetFeature(new SqliteFeature(configure));
        return options;
    }
}
