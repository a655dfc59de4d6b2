using Routing.Statements;

namespace Routing.Providers.SqlServer;

/// <summary>
/// T-SQL's words. Statements need no semicolon between them, so that what looks like one query may hold an EXEC behind it:
/// the reserved words that can only begin a statement are told to the scanner, and every rule of
/// <see cref="SqlServerStatements"/> that calls a statement neutral asks for them.
/// </summary>
internal static class SqlServerWords
{
    /// <summary>Reserved words that begin a statement and mean nothing inside a query.</summary>
    public const string StatementStarts = """
        alter backup begin break checkpoint close commit continue create dbcc deallocate declare deny drop exec execute goto
        grant if kill open print raiserror readtext reconfigure restore return revert revoke rollback save setuser shutdown
        truncate updatetext use waitfor while writetext
        """;

    private const string Reserved = """
        add all and any as asc authorization between both browse by cascade case check clustered collate column compute
        constraint contains containstable cross cube current cursor database default delete desc disk distinct
        distributed double dump else end errlvl escape except exists exit external fetch file fillfactor for foreign freetext
        freetexttable from full function group having holdlock identity_insert identitycol in index inner insert intersect into is
        join key like lineno load merge national nocheck nonclustered not of off offsets on option or order outer over percent pivot
        plan precision primary proc procedure public read references replication restrict returns rowcount rowguidcol rule schema
        securityaudit select set some statistics table tablesample textsize then to top tran transaction trigger tsequal union unique
        unpivot update user values varying view when where with within
        """;

    private const string Values = "null current_date current_time current_timestamp current_user session_user system_user";

    private const string Prefixes = "by escape offset over partition rows range apply matched then output using";

    private const string Unreserved = """
        action after apply at auto catch cast characteristics columns committed concurrency context_info datefirst deadlock_priority
        elements first following go instead isolation json language last level lock_timeout loop matched maxdop maxrecursion next
        nocount nolock only output partition path preceding range recompile repeatable root row rows scroll sequence serializable
        snapshot target ties try type unbounded uncommitted using value work xact_abort xml zone
        """;

    public static SqlVocabulary Create() => new SqlVocabulary { StatementsNeedNoSeparator = true }
        .AddKeywords(Unreserved)
        .AddPrefixes(Prefixes)
        .AddReserved(Reserved)
        .AddValues(Values)
        .AddStatementStarts(StatementStarts)
        .AddKeywordsAfter("by", "order group partition")
        .AddKeywordsAfter("sets", "grouping")
        .AddKeywordsAfter("apply", "cross outer")
        .AddKeywordsAfter("using output", "value")
        .AddSqlServerFunctions()
        .AddSqlServerStatements()
        .AddName("#", NameMatch.Prefix, SessionEffect.ReadsConnectionState, "uses a temporary table")
        .AddName("@@rowcount", NameMatch.Exact, SessionEffect.ReadsConnectionState, "reads what the statement before left")
        .AddName("@@identity", NameMatch.Exact, SessionEffect.ReadsConnectionState, "reads what the statement before left")
        .AddName("@@error", NameMatch.Exact, SessionEffect.ReadsConnectionState, "reads what the statement before left")
        .AddName("@@fetch_status", NameMatch.Exact, SessionEffect.ReadsConnectionState, "reads what the statement before left")
        .AddName("@@cursor_rows", NameMatch.Exact, SessionEffect.ReadsConnectionState, "reads what the statement before left")
        .AddName("updlock", NameMatch.Exact, SessionEffect.Neutral, "locks rows")
        .AddName("xlock", NameMatch.Exact, SessionEffect.Neutral, "locks rows")
        .AddName("tablockx", NameMatch.Exact, SessionEffect.Neutral, "locks a table");
}
