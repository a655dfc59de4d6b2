namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// Answers what a bulk copy asks before it sends rows: the columns of its table, by a query that does not run, and their
/// collations.
/// </summary>
internal static class TsqlBulkProbe
{
    private static readonly TdsColumn[] Collations =
    [
        new("colid", TdsType.IntN), new("name", TdsType.NVarChar(128)), new("tds_collation_28", TdsType.VarBinaryMax), new("collation_28", TdsType.NVarChar(128)),
    ];

    public static bool Answer(TsqlSession session, TsqlWords words, TdsAnswer answer)
    {
        if (words.Is(0, "insert") && words.Is(1, "bulk"))
        {
            // The rows come with the next message.
            answer.EndStatement(null);
            return true;
        }

        var at = words.IndexOf("fmtonly");
        if (at < 0)
        {
            return false;
        }

        var table = words.Text(words.IndexOf("from") + 1);
        var columns = session.Describe($"SELECT * FROM {TsqlWords.Quoted(table)}");
        answer.Columns(columns);
        answer.EndRows(0);
        answer.Columns(Collations);
        for (var i = 0; i < columns.Count; i++)
        {
            answer.Row((long)(i + 1), columns[i].Name, null, null);
        }

        answer.EndRows(columns.Count);
        return true;
    }
}
