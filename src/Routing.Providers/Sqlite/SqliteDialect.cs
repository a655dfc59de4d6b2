using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>What SQLite writes its own way.</summary>
internal sealed class SqliteDialect : Dialect
{
    public static readonly SqliteDialect Instance = new();

    // What every build has at least; the one that is loaded is asked when somebody wants to know.
    private const int SmallestLimit = 999;

    private readonly Lazy<int> _maxParameters = new(ReadMaxParameters);

    private SqliteDialect()
    {
    }

    public override int MaxNameLength => int.MaxValue;

    /// <summary>As the loaded library says: 32,766 unless it was built otherwise.</summary>
    public override int MaxParameters => _maxParameters.Value;

    public override RawSql True => Sql.Raw("1");

    public override RawSql False => Sql.Raw("0");

    public override RawSql UtcNow => Sql.Raw("strftime('%Y-%m-%d %H:%M:%f', 'now')");

    protected override string Engine => "SQLite";

    public override RowLock LockRows(WhenLocked whenLocked = WhenLocked.Wait) => new(Sql.Raw(""), Sql.Raw(""));

    /// <summary>Not in double quotes: where no such column is in reach, SQLite takes <c>"name"</c> for the text 'name' and reports nothing.</summary>
    protected override string WriteQuoted(string name) => Doubled('`', name, '`');

    /// <summary>SQLite gives numbers for truth values, so their types are looked at.</summary>
    protected override SqlFragment WriteJsonText(RawSql document, ReadOnlySpan<string> path)
    {
        var at = JsonPath(path);
        return Sql.Format(
            $"(case json_type({document}, {at}) when 'true' then 'true' when 'false' then 'false' else cast(json_extract({document}, {at}) as text) end)");
    }

    private static int ReadMaxParameters()
    {
        Batteries_V2.Init();
        if (raw.sqlite3_open(":memory:", out var database) != raw.SQLITE_OK)
        {
            return SmallestLimit;
        }

        using (database)
        {
            return raw.sqlite3_limit(database, raw.SQLITE_LIMIT_VARIABLE_NUMBER, -1);
        }
    }
}
