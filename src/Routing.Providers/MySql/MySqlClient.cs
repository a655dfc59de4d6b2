using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Routing.Diagnostics;

namespace Routing.Providers.MySql;

/// <summary>
/// The ADO.NET client library underneath: MySqlConnector or MySql.Data. Everything else of the provider is written against
/// ADO.NET's base classes; what differs between the two, and what the base classes do not show, is here. Immutable; thread-safe.
/// </summary>
internal sealed class MySqlClient(DbProviderFactory factory)
{
    private static readonly string[] Factories =
    [
        "MySqlConnector.MySqlConnectorFactory, MySqlConnector",
        "MySql.Data.MySqlClient.MySqlClientFactory, MySql.Data",
    ];

    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Numbers = new();

    /// <summary>The library's name, which is its package's.</summary>
    public string Name { get; } = factory.GetType().Assembly.GetName().Name!;

    public DbProviderFactory Factory => factory;

    /// <summary>
    /// Whether a reader can be closed after the server broke its result off with an error. MySql.Data waits for ever for the rest,
    /// unless the error is that of a killed query.
    /// </summary>
    public bool ClosesFailedReaders => Name != "MySql.Data";

    /// <summary>
    /// Whether an open may be ended from outside. MySql.Data throws out of its token's callback while TLS is being agreed on: into
    /// whoever cancels, and at its own time-out on a timer's thread, which ends the process.
    /// </summary>
    public bool EndsOpens => Name != "MySql.Data";

    /// <summary>
    /// Whether <c>SSL Mode=VerifyCA</c> lets pass another host's certificate where the machine trusts its authority. MySql.Data asks for
    /// a file of the authority then, and refuses without.
    /// </summary>
    public bool TellsAuthorityFromHost => Name != "MySql.Data";

    /// <summary>Whether <c>SSL Mode=VerifyFull</c> looks at the host where the authority comes from a file. MySql.Data does not.</summary>
    public bool ChecksHostByFile => Name != "MySql.Data";

    /// <summary>
    /// Whether a reader gives a <see cref="DateTimeOffset"/> whole, and knows <see cref="DateOnly"/> and <see cref="TimeOnly"/>. MySql.Data's leaves the
    /// fraction of a second out, and gives the year 1 for what is no date at all.
    /// </summary>
    public bool ReadsMoments => Name != "MySql.Data";

    /// <summary>The library that is deployed with the application, MySqlConnector before MySql.Data; null when neither is.</summary>
    public static MySqlClient? Find()
    {
        foreach (var name in Factories)
        {
            if (Type.GetType(name, throwOnError: false)?.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) is DbProviderFactory found)
            {
                return new MySqlClient(found);
            }
        }

        return null;
    }

    /// <summary>What to do where <see cref="Find"/> finds nothing.</summary>
    public static RoutingConfigurationException Missing() => new(MissingText) { Code = ErrorCodes.InvalidConfiguration };

    /// <summary>The same, as a problem of a connection string.</summary>
    public const string MissingText =
        "no driver for MySQL and MariaDB is deployed; add the package MySqlConnector (or MySql.Data) to the application, or hand its factory to AddMySql(factory).";

    /// <summary>The server's error number, also of an error that another one wraps; 0 when the server said nothing.</summary>
    public static int NumberOf(Exception error)
    {
        for (var at = error; at is not null; at = at.InnerException)
        {
            if (at is not DbException)
            {
                continue;
            }

            var property = Numbers.GetOrAdd(at.GetType(), static type => type.GetProperty("Number", typeof(int)));
            if (property?.GetValue(at) is int number && number != 0)
            {
                return number;
            }
        }

        return 0;
    }

    /// <summary>The number as text, which says more than the SQLSTATE (most are HY000); null when the server said nothing.</summary>
    public static string? StatusCodeOf(Exception error) =>
        NumberOf(error) is var number and not 0 ? number.ToString(CultureInfo.InvariantCulture) : null;

    public DbConnection CreateConnection(string connectionString)
    {
        var connection = factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        return connection;
    }
}
