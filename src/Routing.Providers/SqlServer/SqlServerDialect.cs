using Routing.Drivers;

namespace Routing.Providers.SqlServer;

/// <summary>What SQL Server writes its own way.</summary>
internal sealed class SqlServerDialect : Dialect
{
    public static readonly SqlServerDialect Instance = new();

    private SqlServerDialect()
    {
    }

    public override int MaxNameLength => 128;

    /// <summary>A call carries 2,100; two of them are <c>sp_executesql</c>'s own: the text and the declarations.</summary>
    public override int MaxParameters => 2_098;

    public override int MaxRowsPerInsert => 1_000;

    public override RawSql True => Sql.Raw("cast(1 as bit)");

    public override RawSql False => Sql.Raw("cast(0 as bit)");

    public override RawSql UtcNow => Sql.Raw("sysutcdatetime()");

    protected override string Engine => "SQL Server";

    public override RowLock LockRows(WhenLocked whenLocked = WhenLocked.Wait) => new(
        Sql.Raw(whenLocked switch
        {
            WhenLocked.Skip => "with (updlock, rowlock, readpast)",
            WhenLocked.Fail => "with (updlock, rowlock, nowait)",
            _ => "with (updlock, rowlock)",
        }),
        Sql.Raw(""));

    protected override string WriteQuoted(string name) => Doubled('[', name, ']');

    protected override string? RefusalOf(string name) => name[0] == '#' ? "it begins with a number sign, which makes it temporary" : null;

    protected override SqlFragment WritePage(long skip, int take) => Sql.Format($"offset {skip} rows fetch next {take} rows only");

    // Not concat(), which takes null for an empty text.
    protected override SqlFragment WriteConcat(IReadOnlyList<SqlFragment> parts) => Sql.Format($"({Joined(parts, " + ")})");

    protected override SqlFragment WriteInsertReturningKey(RawSql table, string key, RowsOfValues row) =>
        row.InsertInto(table, "output inserted." + key);

    /// <summary>Without HOLDLOCK two of them could both find no row, and one would fail by the key's constraint.</summary>
    protected override SqlFragment WriteUpsert(RawSql table, RowsOfValues rows)
    {
        var same = string.Join(" and ", rows.Key.Select(static column => $"target.{column} = source.{column}"));
        var update = rows.Others.Count == 0
            ? ""
            : " when matched then update set " + string.Join(", ", rows.Others.Select(static column => $"{column} = source.{column}"));
        var inserted = string.Join(", ", rows.Columns.Select(static column => "source." + column));
        return Sql.Format(
            $"merge into {table} with (holdlock) as target using (values {rows.Values}) as source ({rows.ColumnList}) on {Sql.Raw(same + update)} when not matched then insert ({rows.ColumnList}) values ({Sql.Raw(inserted)});");
    }

    protected override SqlFragment WriteJsonText(RawSql document, ReadOnlySpan<string> path)
    {
        var at = JsonPath(path);
        return Sql.Format($"coalesce(json_value({document}, {at}), json_query({document}, {at}))");
    }
}
