using System.Data.Common;
using Microsoft.Data.Sqlite;
using Routing.Configuration;

namespace Routing.Providers.Sqlite;

/// <summary>The connection strings of Microsoft.Data.Sqlite.</summary>
internal sealed class SqliteConnectionStrings : BuilderConnectionStringRules
{
    private static readonly string[] Secrets = ["Password"];

    private static readonly ConnectionStringKey[] Rows =
    [
        new("Data Source", KeyRule.PassedThrough, "required; a file, or :memory: for a database that lives as long as its pool"),
        new("Mode", KeyRule.PassedThrough, "ReadWriteCreate (default), ReadWrite or Memory. ReadOnly is refused: the lane decides, readers run with query_only"),
        new("Cache", KeyRule.PassedThrough, "Default or Private. Shared is refused: its table locks are errors instead of waits"),
        new("Password", KeyRule.PassedThrough, "needs a native library with encryption"),
        new("Foreign Keys", KeyRule.PassedThrough, "part of the clean baseline: a reset comes back to it"),
        new("Recursive Triggers", KeyRule.PassedThrough, "part of the clean baseline: a reset comes back to it"),
        new("Default Timeout", KeyRule.Ours, "use Timeouts:Command"),
        new("Pooling", KeyRule.Ours, "always false: Routing's own pool holds the connections, see Pool"),
    ];

    /// <summary>The one instance; after the tables it is made from.</summary>
    public static ConnectionStringRules Rules { get; } = new SqliteConnectionStrings();

    public override IReadOnlyList<ConnectionStringKey> Keys => Rows;

    protected override string Driver => "Microsoft.Data.Sqlite";

    protected override IReadOnlyDictionary<string, string> Spellings { get; } = FindSpellings();

    protected override IReadOnlyCollection<string> SecretKeys => Secrets;

    protected override DbConnectionStringBuilder CreateBuilder() => new SqliteConnectionStringBuilder();

    protected override string DescribeValue(string key) => key switch
    {
        "Mode" => "one of " + string.Join(", ", Enum.GetNames<SqliteOpenMode>()),
        "Cache" => "one of " + string.Join(", ", Enum.GetNames<SqliteCacheMode>()),
        "Default Timeout" => "a whole number",
        _ => "true or false",
    };

    protected override void Check(DbConnectionStringBuilder parsed, ICollection<string> problems)
    {
        var builder = (SqliteConnectionStringBuilder)parsed;
        CheckDataSource(builder.DataSource, problems);
        CheckMode(builder.Mode, problems);
        if (builder.Cache == SqliteCacheMode.Shared)
        {
            AddSharedCache("\"Cache\" is Shared", problems);
        }
        else if (!Enum.IsDefined(builder.Cache))
        {
            problems.Add($"\"Cache\" has a value that {Driver} does not read; allowed is {DescribeValue("Cache")}.");
        }
    }

    private static void CheckDataSource(string dataSource, ICollection<string> problems)
    {
        if (string.IsNullOrWhiteSpace(dataSource))
        {
            problems.Add("\"Data Source\" is not set; it names the file, or is :memory:.");
            return;
        }

        // SQLite reads the same choices from a URI's query, past the keys.
        if (!dataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (dataSource.Contains("cache=shared", StringComparison.OrdinalIgnoreCase))
        {
            AddSharedCache("\"Data Source\" is a URI with cache=shared", problems);
        }

        if (dataSource.Contains("mode=ro", StringComparison.OrdinalIgnoreCase) || dataSource.Contains("immutable=1", StringComparison.OrdinalIgnoreCase))
        {
            AddReadOnly("\"Data Source\" is a URI that opens the file read-only", problems);
        }
    }

    private void CheckMode(SqliteOpenMode mode, ICollection<string> problems)
    {
        if (mode == SqliteOpenMode.ReadOnly)
        {
            AddReadOnly("\"Mode\" is ReadOnly", problems);
        }
        else if (!Enum.IsDefined(mode))
        {
            // The builder takes any number for a mode.
            problems.Add($"\"Mode\" has a value that {Driver} does not read; allowed is {DescribeValue("Mode")}.");
        }
    }

    private static void AddReadOnly(string found, ICollection<string> problems) =>
        problems.Add(found + "; the writer lane must be able to write (WAL), reader lanes run with query_only, and a session with ReadOnly = true protects the data.");

    private static void AddSharedCache(string found, ICollection<string> problems) =>
        problems.Add(found + "; allowed is a private cache: a file serves many readers through WAL, and :memory: has one connection for everyone.");

    private static Dictionary<string, string> FindSpellings()
    {
        var spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string key in new SqliteConnectionStringBuilder().Keys)
        {
            spellings[key] = key;
        }

        spellings["DataSource"] = "Data Source";
        spellings["Filename"] = "Data Source";
        spellings["Command Timeout"] = "Default Timeout";
        return spellings;
    }
}
