using System.Data.Common;
#if MYSQLCONNECTOR
using MySqlConnector;
#else
using MySql.Data.MySqlClient;
#endif

namespace Routing.LocalServers;

/// <summary>The driver that this build reaches MariaDB with; the build property <c>MySqlDriver</c> chooses it.</summary>
public static class MariaDbDriver
{
    /// <summary>Its factory.</summary>
#if MYSQLCONNECTOR
    public static DbProviderFactory Factory => MySqlConnectorFactory.Instance;
#else
    public static DbProviderFactory Factory => MySqlClientFactory.Instance;
#endif

    /// <summary>Makes a connection, which is closed.</summary>
    /// <param name="connectionString">Its connection string.</param>
    public static DbConnection CreateConnection(string connectionString)
    {
        var connection = Factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        return connection;
    }
}
