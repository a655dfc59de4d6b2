using Routing.Statements;

namespace Routing.Providers.Sqlite;

/// <summary>
/// SQLite's words. A keyword of the last list falls back to a name where the grammar allows one, so that it could be the
/// name of a function the application has registered.
/// </summary>
internal static class SqliteWords
{
    private const string Reserved = """
        add all alter and as autoincrement between case check collate commit constraint create default deferrable delete
        distinct drop else escape exists foreign from group having in index indexed insert intersect into is isnull join
        limit not nothing notnull on or order primary references returning select set table then to transaction union
        unique update using values when where
        """;

    private const string Values = "null true false current_date current_time current_timestamp end";

    private const string Prefixes = "by offset over filter like glob regexp match cross inner left natural outer full right rows range groups materialized";

    private const string MayBeNames = """
        abort action after always analyze asc attach before begin by cascade cast column conflict cross current database
        deferred desc detach do each end except exclude exclusive explain fail filter first following for full generated
        glob groups if ignore immediate initially inner instead key last left like match materialized natural no nulls of
        offset others outer over partition plan pragma preceding query raise range recursive regexp reindex release rename
        replace restrict right rollback row rows savepoint temp temporary ties trigger unbounded vacuum view virtual window
        with without
        """;

    public static SqlVocabulary Create() => new SqlVocabulary { StringsMayBeNames = true }
        .AddKeywords(MayBeNames)
        .AddPrefixes(Prefixes)
        .AddReserved(Reserved)
        .AddValues(Values)
        .AddKeywordsAfter("by", "order group partition")
        .AddKeywordsAfter("over filter", ")")
        .AddKeywordsAfter("materialized", "as")
        .AddKeywordsAfter("conflict", "on")
        .AddKeywordsAfter("like glob regexp match offset", "value")
        .AddSqliteFunctions()
        .AddSqliteStatements()
        .AddName("pragma_", NameMatch.Prefix, SessionEffect.Unknown, "runs a pragma")
        .AddName("temp", NameMatch.Qualifier, SessionEffect.ReadsConnectionState, "reads a temporary table")
        .AddName("sqlite_temp_", NameMatch.Prefix, SessionEffect.ReadsConnectionState, "reads a temporary table");
}
