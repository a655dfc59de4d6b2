using System.ComponentModel;
using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Routing.Configuration;

namespace Routing.Providers.MySql;

/// <summary>
/// The connection strings of MySqlConnector and MySql.Data. The two spell many keys alike; each knows some that the other does
/// not, and its own builder has the last word on those.
/// </summary>
internal sealed class MySqlConnectionStrings : BuilderConnectionStringRules
{
    private static readonly (string Synonym, string Key)[] Synonyms =
    [
        ("Host", "Server"),
        ("Data Source", "Server"),
        ("DataSource", "Server"),
        ("Address", "Server"),
        ("Addr", "Server"),
        ("Network Address", "Server"),
        ("Initial Catalog", "Database"),
        ("UserID", "User ID"),
        ("Username", "User ID"),
        ("User Name", "User ID"),
        ("Uid", "User ID"),
        ("User", "User ID"),
        ("Pwd", "Password"),
        ("Connect Timeout", "Connection Timeout"),
        ("ConnectionTimeout", "Connection Timeout"),
        ("DefaultCommandTimeout", "Default Command Timeout"),
        ("Command Timeout", "Default Command Timeout"),
        ("Min Pool Size", "Minimum Pool Size"),
        ("MinPoolSize", "Minimum Pool Size"),
        ("Max Pool Size", "Maximum Pool Size"),
        ("MaxPoolSize", "Maximum Pool Size"),
        ("ConnectionLifeTime", "Connection Lifetime"),
        ("AutoEnlist", "Auto Enlist"),
        ("AllowUserVariables", "Allow User Variables"),
        ("AllowBatch", "Allow Batch"),
        ("PersistSecurityInfo", "Persist Security Info"),
        ("ConnectionReset", "Connection Reset"),
        ("SslMode", "SSL Mode"),
        ("Ssl-Mode", "SSL Mode"),
        ("SSL CA", "SslCa"),
        ("Ssl-Ca", "SslCa"),
        ("CA Certificate File", "SslCa"),
        ("CACertificateFile", "SslCa"),
        ("Dns-Srv", "DNS SRV"),
        ("DnsSrv", "DNS SRV"),
        ("LoadBalance", "Load Balance"),
        ("CharSet", "Character Set"),
    ];

    private static readonly string[] Secrets = ["Password", "Password1", "Password2", "Password3", "Certificate Password", "CertificatePassword", "OpenIdIdentityToken"];

    private static readonly ConnectionStringKey[] Rows =
    [
        new("Server", KeyRule.PassedThrough, "required; one server or socket. A list of servers is refused: each server has its own entry under Nodes"),
        new("Load Balance", KeyRule.Refused, "Routing balances by itself; set Weight on the nodes and Reads:Balance on the data source"),
        new("DNS SRV", KeyRule.Refused, "it stands for a list of servers; each server has its own entry under Nodes (false may stay)"),
        new("Replication", KeyRule.Refused, "Routing asks each node for its role; set Role on the node and Reads:Prefer on the data source (false may stay)"),
        new("Server Redirection Mode", KeyRule.Refused, "a connection must lead to the node it is for; remove it (Disabled may stay)"),
        new("Auto Enlist", KeyRule.Refused, "Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay)"),
        new("Sql Server Mode", KeyRule.Refused, "it makes brackets into quotes, which Routing does not read; write backticks (false may stay)"),
        new("Table Cache", KeyRule.Refused, "it answers reads from memory, whatever the database holds by then; remove it (false may stay)"),
        new("Pooling", KeyRule.Ours, "always false: Routing's own pool holds the connections, see Pool"),
        new("Minimum Pool Size", KeyRule.Ours, "use Pool:MinIdle"),
        new("Maximum Pool Size", KeyRule.Ours, "use Pool:MaxSize"),
        new("Connection Lifetime", KeyRule.Ours, "use Pool:MaxLifetime"),
        new("Connection Idle Timeout", KeyRule.Ours, "use Pool:MaxIdleTime"),
        new("Connection Reset", KeyRule.Ours, "use Pool:Reset"),
        new("Connection Timeout", KeyRule.Ours, "use Timeouts:Connect"),
        new("Default Command Timeout", KeyRule.Ours, "use Timeouts:Command"),
        new("Cancellation Timeout", KeyRule.Ours, "use Timeouts:Cancel"),
        new("Persist Security Info", KeyRule.Ours, "always false: the password leaves the connection string when the connection opens"),
        new("Allow Batch", KeyRule.Ours, "always true: a text may hold several statements"),
        new("Allow User Variables", KeyRule.PassedThrough, "with true, @name in a text is a variable of the session where no parameter has that name; the default, false, makes it an error"),
        new("Character Set", KeyRule.PassedThrough, "utf8mb4 unless set"),
        new("SSL Mode", KeyRule.PassedThrough, "the default encrypts where the server offers it, and checks no certificate; use VerifyFull"),
        new("SslCa", KeyRule.PassedThrough, "with MySql.Data refused beside VerifyFull, because it does not look at the server's name then"),
        new("Treat Tiny As Boolean", KeyRule.PassedThrough, "default true: TINYINT(1) is a bool"),
        new("Use Affected Rows", KeyRule.PassedThrough, "default false: an update counts the rows it found; with true those it changed"),
    ];

    private readonly MySqlClient _client;
    private readonly Dictionary<string, Type> _types;

    public MySqlConnectionStrings(MySqlClient client)
    {
        _client = client;
        var properties = client.Factory.CreateConnectionStringBuilder()!.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.DeclaringType != typeof(DbConnectionStringBuilder) && p.GetIndexParameters().Length == 0)
            .ToArray();
        Spellings = FindSpellings(properties);
        _types = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in properties)
        {
            _types[Spellings[property.Name]] = property.PropertyType;
        }
    }

    public override IReadOnlyList<ConnectionStringKey> Keys => Rows;

    protected override string Driver => _client.Name;

    protected override IReadOnlyDictionary<string, string> Spellings { get; }

    protected override IReadOnlyCollection<string> SecretKeys => Secrets;

    protected override DbConnectionStringBuilder CreateBuilder() => _client.Factory.CreateConnectionStringBuilder()!;

    protected override string DescribeValue(string key) => _types.GetValueOrDefault(key) switch
    {
        { IsEnum: true } type => "one of " + string.Join(", ", Enum.GetNames(type)),
        { } type when type == typeof(bool) => "true or false",
        { } type when type == typeof(int) || type == typeof(uint) => "a whole number in the key's range",
        _ => "what its documentation says",
    };

    protected override bool IsRefused(string key, DbConnectionStringBuilder parsed) =>
        !parsed.TryGetValue(key, out var value)
        || Convert.ToString(value, CultureInfo.InvariantCulture) is not { } text
        || !(text.Equals("false", StringComparison.OrdinalIgnoreCase) || text.Equals("disabled", StringComparison.OrdinalIgnoreCase));

    protected override void Check(DbConnectionStringBuilder parsed, ICollection<string> problems)
    {
        var server = parsed.TryGetValue("Server", out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
        if (string.IsNullOrWhiteSpace(server))
        {
            problems.Add("\"Server\" is not set; it names the server or its socket.");
        }
        else if (server.Contains(',', StringComparison.Ordinal))
        {
            problems.Add("\"Server\" names more than one server; each server has its own entry under Nodes.");
        }

        if (parsed.TryGetValue("Port", out var port) && Convert.ToInt64(port, CultureInfo.InvariantCulture) is < 1 or > 65_535)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"\"Port\" is {port}; allowed is a whole number from 1 to 65535."));
        }

        if (!_client.ChecksHostByFile && MySqlNode.Value(parsed, "SslMode") == "VerifyFull" && MySqlNode.Value(parsed, "SslCa") is { Length: > 0 })
        {
            problems.Add($"\"SslCa\" is refused with \"SSL Mode\" VerifyFull; {_client.Name} does not look at the server's name then. Let the machine trust the authority instead (on Linux SSL_CERT_FILE), or use MySqlConnector.");
        }
    }

    private static Dictionary<string, string> FindSpellings(PropertyInfo[] properties)
    {
        var spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in Rows)
        {
            spellings[row.Key] = row.Key;
        }

        foreach (var (synonym, key) in Synonyms)
        {
            spellings[key] = key;
            spellings[synonym] = key;
        }

        foreach (var property in properties)
        {
            var shown = property.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName is { Length: > 0 } name ? name : property.Name;
            var key = spellings.GetValueOrDefault(shown) ?? spellings.GetValueOrDefault(property.Name) ?? shown;
            spellings.TryAdd(shown, key);
            spellings.TryAdd(property.Name, key);
        }

        return spellings;
    }
}
