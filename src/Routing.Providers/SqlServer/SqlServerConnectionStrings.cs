using System.Data.Common;
using Microsoft.Data.SqlClient;
using Routing.Configuration;

namespace Routing.Providers.SqlServer;

/// <summary>The connection strings of Microsoft.Data.SqlClient. The keys come from its own builder, so that they fit the version in use.</summary>
internal sealed class SqlServerConnectionStrings : BuilderConnectionStringRules
{
    // SqlClient keeps its own list of these out of reach.
    private static readonly (string Synonym, string Key)[] Synonyms =
    [
        ("Server", "Data Source"),
        ("Addr", "Data Source"),
        ("Address", "Data Source"),
        ("Network Address", "Data Source"),
        ("Database", "Initial Catalog"),
        ("UID", "User ID"),
        ("User", "User ID"),
        ("PWD", "Password"),
        ("App", "Application Name"),
        ("WSID", "Workstation ID"),
        ("Trusted_Connection", "Integrated Security"),
        ("Timeout", "Connect Timeout"),
        ("Connection Timeout", "Connect Timeout"),
        ("Connection Lifetime", "Load Balance Timeout"),
        ("Extended Properties", "AttachDbFilename"),
        ("Initial File Name", "AttachDbFilename"),
        ("Language", "Current Language"),
        ("PersistSecurityInfo", "Persist Security Info"),
        ("ServerSPN", "Server SPN"),
        ("FailoverPartnerSPN", "Failover Partner SPN"),
        ("HostNameInCertificate", "Host Name In Certificate"),
        ("ServerCertificate", "Server Certificate"),
    ];

    private static readonly string[] Secrets = ["Password"];

    private static readonly ConnectionStringKey[] Rows =
    [
        new("Data Source", KeyRule.PassedThrough, "required; one server, or the listener of an availability group with MultiSubnetFailover"),
        new("Application Intent", KeyRule.PassedThrough, "ReadOnly for a node that the listener shall send to a secondary; Routing asks each node for its role by itself"),
        new("Multi Subnet Failover", KeyRule.PassedThrough, "set it for a listener with several addresses: they are tried at once"),
        new("Failover Partner", KeyRule.Refused, "each server has its own entry under Nodes"),
        new("Multiple Active Result Sets", KeyRule.Refused, "a connection runs one command at a time; a session opens a second lease for what runs beside its stream (false may stay)"),
        new("Enlist", KeyRule.Refused, "Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay)"),
        new("Pooling", KeyRule.Ours, "Routing's own pool holds the connections, see Pool; SqlClient's, of one connection each, serves the reset"),
        new("Min Pool Size", KeyRule.Ours, "use Pool:MinIdle"),
        new("Max Pool Size", KeyRule.Ours, "use Pool:MaxSize"),
        new("Load Balance Timeout", KeyRule.Ours, "use Pool:MaxLifetime"),
        new("Pool Blocking Period", KeyRule.Ours, "Routing's own pool decides how long to wait after a failed open"),
        new("Connect Retry Count", KeyRule.Ours, "always 0: a connection that SqlClient restored would not be the one that was set up"),
        new("Connect Retry Interval", KeyRule.Ours, "see Connect Retry Count"),
        new("Connect Timeout", KeyRule.Ours, "use Timeouts:Connect"),
        new("Command Timeout", KeyRule.Ours, "use Timeouts:Command"),
        new("Persist Security Info", KeyRule.Ours, "always false: the password leaves the connection string when the connection opens"),
        new("Encrypt", KeyRule.PassedThrough, "SqlClient's default is Mandatory; Strict needs SQL Server 2022"),
        new("Trust Server Certificate", KeyRule.PassedThrough, "true accepts any certificate: for development only"),
        new("Application Name", KeyRule.PassedThrough, "shown in sys.dm_exec_sessions"),
    ];

    /// <summary>The one instance; after the tables it is made from.</summary>
    public static ConnectionStringRules Rules { get; } = new SqlServerConnectionStrings();

    public override IReadOnlyList<ConnectionStringKey> Keys => Rows;

    protected override string Driver => "Microsoft.Data.SqlClient";

    protected override IReadOnlyDictionary<string, string> Spellings { get; } = FindSpellings();

    protected override IReadOnlyCollection<string> SecretKeys => Secrets;

    protected override DbConnectionStringBuilder CreateBuilder() => new SqlConnectionStringBuilder();

    protected override string DescribeValue(string key) => key switch
    {
        "Application Intent" => "one of " + string.Join(", ", Enum.GetNames<ApplicationIntent>()),
        "Encrypt" => "one of Optional, Mandatory, Strict, true, false",
        _ when key.EndsWith("Timeout", StringComparison.Ordinal) || key.EndsWith("Size", StringComparison.Ordinal) => "a whole number in the key's range",
        _ => "what its documentation says",
    };

    protected override bool IsRefused(string key, DbConnectionStringBuilder parsed)
    {
        var builder = (SqlConnectionStringBuilder)parsed;
        return key switch
        {
            "Enlist" => builder.Enlist,
            "Multiple Active Result Sets" => builder.MultipleActiveResultSets,
            _ => true,
        };
    }

    protected override void Check(DbConnectionStringBuilder parsed, ICollection<string> problems)
    {
        var builder = (SqlConnectionStringBuilder)parsed;
        if (string.IsNullOrWhiteSpace(builder.DataSource))
        {
            problems.Add("\"Data Source\" is not set; it names the server.");
        }

        if (builder.MultiSubnetFailover && builder.DataSource.Contains('\\', StringComparison.Ordinal))
        {
            problems.Add("\"Multi Subnet Failover\" does not go with a named instance in \"Data Source\"; allowed is a listener's name with its port.");
        }
    }

    private static Dictionary<string, string> FindSpellings()
    {
        var spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string key in new SqlConnectionStringBuilder().Keys)
        {
            spellings[key] = key;
            spellings[key.Replace(" ", "", StringComparison.Ordinal)] = key;
        }

        foreach (var (synonym, key) in Synonyms)
        {
            spellings[synonym] = key;
        }

        return spellings;
    }
}
