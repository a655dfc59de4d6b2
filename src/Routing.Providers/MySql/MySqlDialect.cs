namespace Routing.Providers.MySql;

/// <summary>What MySQL and MariaDB write their own way. It is known before a server has said which of the two it is, so it holds for both.</summary>
internal sealed class MySqlDialect : Dialect
{
    public static readonly MySqlDialect Instance = new();

    private MySqlDialect()
    {
    }

    public override int MaxNameLength => 64;

    /// <summary>A prepared statement counts them by sixteen bits.</summary>
    public override int MaxParameters => 65_535;

    public override RawSql UtcNow => Sql.Raw("utc_timestamp(6)");

    protected override string Engine => "MySQL or MariaDB";

    public override RowLock LockRows(WhenLocked whenLocked = WhenLocked.Wait) => new(
        Sql.Raw(""),
        Sql.Raw(whenLocked switch
        {
            WhenLocked.Skip => "for update skip locked",
            WhenLocked.Fail => "for update nowait",
            _ => "for update",
        }));

    protected override string WriteQuoted(string name) => Doubled('`', name, '`');

    protected override string? RefusalOf(string name)
    {
        // The server takes a blank at the end away from some names and refuses it in others; names are of three-byte characters.
        if (name[^1] == ' ')
        {
            return "it ends with a blank";
        }

        // MySql.Data takes it for an escape, even before the closing backtick, and then finds quotes and parameters where there are none.
        if (name.Contains('\\', StringComparison.Ordinal))
        {
            return "it holds a backslash";
        }

        return name.Any(char.IsSurrogate) ? "it holds a character beyond U+FFFF" : null;
    }

    protected override SqlFragment WriteConcat(IReadOnlyList<SqlFragment> parts) => Sql.Format($"concat({Joined(parts)})");

    /// <summary>MySQL has no <c>returning</c>; both servers tell the connection's last key, and the two statements are one text.</summary>
    protected override SqlFragment WriteInsertReturningKey(RawSql table, string key, Drivers.RowsOfValues row) =>
        Sql.Format($"{row.InsertInto(table)}; select last_insert_id()");

    /// <summary>Where nothing is to be changed, a column of the key is set to itself: <c>insert ignore</c> would hide other errors, too.</summary>
    protected override SqlFragment WriteUpsert(RawSql table, Drivers.RowsOfValues rows)
    {
        var updates = rows.Others.Count == 0
            ? $"{rows.Key[0]} = {rows.Key[0]}"
            : string.Join(", ", rows.Others.Select(static column => $"{column} = values({column})"));
        return Sql.Format($"{rows.InsertInto(table)} on duplicate key update {Sql.Raw(updates)}");
    }

    /// <summary>JSON's null is a value of its own, which unquoted would be the text "null".</summary>
    protected override SqlFragment WriteJsonText(RawSql document, ReadOnlySpan<string> path)
    {
        var at = JsonPath(path);
        return Sql.Format($"(case json_type(json_extract({document}, {at})) when 'NULL' then null else json_unquote(json_extract({document}, {at})) end)");
    }
}
