namespace Routing.Testing.Tds.Tsql;

/// <summary>Answers the questions that the provider asks a node about itself, which no table of SQLite's could.</summary>
internal static class TsqlProbe
{
    private static readonly TdsColumn[] Columns =
    [
        new("updateable", TdsType.Bit),
        new("identity", TdsType.NVarChar(128)),
        new("last_commit_lsn", TdsType.DecimalN(25, 0)),
        new("lag_ms", TdsType.BigInt),
    ];

    public static bool Answer(TsqlSession session, List<TsqlToken> statement, TdsAnswer answer)
    {
        if (!statement.Exists(static token => token.Value.Equals("'Updateability'", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var engine = session.Engine;
        answer.Columns(Columns);
        answer.Row(!session.IsReadOnly, "", engine.HasReplica ? (decimal)engine.Commits : null, session.IsReplica ? 0L : null);
        answer.EndRows(1);
        return true;
    }
}
