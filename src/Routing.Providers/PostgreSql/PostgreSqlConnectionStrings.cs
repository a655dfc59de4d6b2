using System.ComponentModel;
using System.Data.Common;
using System.Reflection;
using Npgsql;
using Routing.Configuration;

namespace Routing.Providers.PostgreSql;

/// <summary>The connection strings of Npgsql. The names come from Npgsql's own builder, so that they fit the version in use.</summary>
internal sealed class PostgreSqlConnectionStrings : BuilderConnectionStringRules
{
    private static readonly PropertyInfo[] Properties =
    [
        .. typeof(NpgsqlConnectionStringBuilder)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(static p => p.IsDefined(typeof(DisplayNameAttribute))),
    ];

    private static readonly Dictionary<string, Type> Types = Properties.ToDictionary(NameOf, static p => p.PropertyType, StringComparer.OrdinalIgnoreCase);

    // Npgsql keeps its own list of these out of reach.
    private static readonly (string Synonym, string Key)[] Synonyms =
    [
        ("Server", "Host"),
        ("DB", "Database"),
        ("User Name", "Username"),
        ("UserId", "Username"),
        ("User Id", "Username"),
        ("UID", "Username"),
        ("PSW", "Password"),
        ("PWD", "Password"),
        ("Krbsrvname", "Kerberos Service Name"),
        ("Load Balance Timeout", "Connection Lifetime"),
    ];

    private static readonly string[] Secrets = ["Password", "SSL Password"];

    private static readonly ConnectionStringKey[] Rows =
    [
        new("Host", KeyRule.PassedThrough, "required; one server or socket directory. A list of servers is refused: each server has its own entry under Nodes"),
        new("Target Session Attributes", KeyRule.Refused, "Routing asks each node for its role; set Role on the node and Reads:Prefer on the data source"),
        new("Load Balance Hosts", KeyRule.Refused, "Routing balances by itself; set Weight on the nodes and Reads:Balance on the data source (false may stay)"),
        new("Multiplexing", KeyRule.Refused, "it would run the statements of several leases on one connection; remove it (false may stay)"),
        new("Enlist", KeyRule.Refused, "Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay)"),
        new("Host Recheck Seconds", KeyRule.Ours, "it belongs to lists of servers, and Routing watches the nodes itself"),
        new("Pooling", KeyRule.Ours, "always false: Routing's own pool holds the connections, see Pool"),
        new("Minimum Pool Size", KeyRule.Ours, "use Pool:MinIdle"),
        new("Maximum Pool Size", KeyRule.Ours, "use Pool:MaxSize"),
        new("Connection Idle Lifetime", KeyRule.Ours, "use Pool:MaxIdleTime"),
        new("Connection Pruning Interval", KeyRule.Ours, "use Pool:MaxIdleTime"),
        new("Connection Lifetime", KeyRule.Ours, "use Pool:MaxLifetime"),
        new("No Reset On Close", KeyRule.Ours, "use Pool:Reset"),
        new("Timeout", KeyRule.Ours, "use Timeouts:Connect"),
        new("Command Timeout", KeyRule.Ours, "use Timeouts:Command"),
        new("Internal Command Timeout", KeyRule.Ours, "use Timeouts:Command"),
        new("Cancellation Timeout", KeyRule.Ours, "use Timeouts:Cancel"),
        new("Persist Security Info", KeyRule.Ours, "always false: the password leaves the connection string when the connection opens"),
        new("Max Auto Prepare", KeyRule.PassedThrough, "statements are prepared automatically unless this is 0"),
        new("Auto Prepare Min Usages", KeyRule.PassedThrough, "default 2: prepared at the second use"),
        new("Application Name", KeyRule.PassedThrough, "shown in pg_stat_activity"),
        new("Search Path", KeyRule.PassedThrough, "part of the clean baseline: a reset comes back to it"),
        new("Options", KeyRule.PassedThrough, "part of the clean baseline: a reset comes back to it"),
        new("Include Error Detail", KeyRule.PassedThrough, "puts values of rows into error texts; off by default"),
    ];

    /// <summary>The one instance; after the tables it is made from.</summary>
    public static ConnectionStringRules Rules { get; } = new PostgreSqlConnectionStrings();

    public override IReadOnlyList<ConnectionStringKey> Keys => Rows;

    protected override string Driver => "Npgsql";

    protected override IReadOnlyDictionary<string, string> Spellings { get; } = FindSpellings();

    protected override IReadOnlyCollection<string> SecretKeys => Secrets;

    protected override DbConnectionStringBuilder CreateBuilder() => new NpgsqlConnectionStringBuilder();

    protected override string DescribeValue(string key)
    {
        if (!Types.TryGetValue(key, out var type))
        {
            return "what its documentation says";
        }

        return key switch
        {
            "Target Session Attributes" => "one of any, primary, standby, prefer-primary, prefer-standby, read-write, read-only",
            _ when type.IsEnum => "one of " + string.Join(", ", Enum.GetNames(type)),
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) => "a whole number in the key's range",
            _ => "what its documentation says",
        };
    }

    protected override bool IsRefused(string key, DbConnectionStringBuilder parsed)
    {
        var builder = (NpgsqlConnectionStringBuilder)parsed;
        return key switch
        {
            "Enlist" => builder.Enlist,
            "Multiplexing" => builder.Multiplexing,
            "Load Balance Hosts" => builder.LoadBalanceHosts,
            _ => true,
        };
    }

    protected override void Check(DbConnectionStringBuilder parsed, ICollection<string> problems)
    {
        var builder = (NpgsqlConnectionStringBuilder)parsed;
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            problems.Add("\"Host\" is not set; it names the server or the directory of its socket.");
        }
        else if (builder.Host.Contains(',', StringComparison.Ordinal))
        {
            problems.Add("\"Host\" names more than one server; each server has its own entry under Nodes.");
        }

        if (builder.Port > 65_535)
        {
            problems.Add($"\"Port\" is {builder.Port}; allowed is a whole number from 1 to 65535.");
        }
    }

    private static Dictionary<string, string> FindSpellings()
    {
        var spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in Properties)
        {
            // The canonical one first: it is what a hint names when two spellings are equally near.
            spellings[NameOf(property)] = NameOf(property);
            spellings[property.Name] = NameOf(property);
        }

        foreach (var (synonym, key) in Synonyms)
        {
            spellings[synonym] = key;
        }

        return spellings;
    }

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<DisplayNameAttribute>()!.DisplayName;
}
