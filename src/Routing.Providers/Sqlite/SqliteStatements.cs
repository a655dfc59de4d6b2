using System.Collections.Frozen;
using Routing.Statements;

namespace Routing.Providers.Sqlite;

/// <summary>
/// What SQLite's statements do, by their first words. Nothing that a trigger can do leaves a trace on the connection, so
/// modifications and definitions are neutral unless they are about temporary objects.
/// </summary>
internal static class SqliteStatements
{
    /// <summary>Pragmas that only look, with or without an argument.</summary>
    private static readonly FrozenSet<string> Looking = Set("""
        collation_list compile_options database_list foreign_key_check foreign_key_list function_list index_info index_list
        index_xinfo integrity_check module_list pragma_list quick_check table_info table_list table_xinfo
        """);

    /// <summary>Pragmas that only tell when they have no argument.</summary>
    private static readonly FrozenSet<string> Telling = Set("""
        analysis_limit application_id auto_vacuum automatic_index busy_timeout cache_size cache_spill cell_size_check
        checkpoint_fullfsync defer_foreign_keys encoding foreign_keys freelist_count fullfsync ignore_check_constraints
        journal_mode journal_size_limit legacy_alter_table locking_mode max_page_count mmap_size page_count page_size
        query_only read_uncommitted recursive_triggers reverse_unordered_selects schema_version secure_delete synchronous
        temp_store threads trusted_schema user_version wal_autocheckpoint
        """);

    /// <summary>Pragmas that write to the file and leave nothing on the connection.</summary>
    private static readonly FrozenSet<string> Writing = Set("application_id incremental_vacuum optimize user_version wal_checkpoint");

    private static readonly StatementRule PragmaReads = StatementRule.Fixed(StatementClass.Read, SessionEffect.Neutral, "pragma that only looks").NamingTarget();
    private static readonly StatementRule PragmaWrites = StatementRule.Fixed(StatementClass.Write, SessionEffect.Neutral, "pragma that writes").NamingTarget();
    private static readonly StatementRule PragmaSets =
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.SetsSessionState, "pragma that sets session state").NamingTarget();

    private static readonly StatementRule PragmaCompares =
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.ReadsConnectionState, "pragma about its connection").NamingTarget();

    private static readonly StatementRule SetsSession = StatementRule.Fixed(StatementClass.Unknown, SessionEffect.SetsSessionState, "sets session state");
    private static readonly StatementRule Temporary = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "temporary object");
    private static readonly StatementRule Definition = StatementRule.Fixed(StatementClass.Write, SessionEffect.Neutral, "definition");
    private static readonly StatementRule Maintenance = StatementRule.Fixed(StatementClass.Write, SessionEffect.Neutral, "maintenance");

    public static SqlVocabulary AddSqliteStatements(this SqlVocabulary vocabulary) => vocabulary
        .AddStatements("select values with", StatementRule.Query)
        .AddStatements("insert update delete replace", StatementRule.Modification)
        .AddStatements("explain", StatementRule.Explain)
        .AddStatements("pragma", StatementRule.Choose(ChoosePragma))
        .AddStatements("attach detach", SetsSession)
        .AddStatements("begin", Control(TransactionVerb.Begin))
        .AddStatements("commit end", Control(TransactionVerb.Commit))
        .AddStatements("rollback", StatementRule.Choose(static w => Control(w.Has("to") ? TransactionVerb.Savepoint : TransactionVerb.Rollback)))
        .AddStatements("savepoint release", Control(TransactionVerb.Savepoint))
        .AddStatements("create", StatementRule.Choose(static w => IsTemporary(w) ? Temporary : Definition))
        .AddStatements("alter drop", Definition)
        .AddStatements("vacuum analyze reindex", Maintenance);

    private static FrozenSet<string> Set(string names) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static StatementRule Control(TransactionVerb verb) =>
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.ControlsTransaction, "controls a transaction", verb);

    /// <summary>PRAGMA [schema.]name [= value | (value)].</summary>
    private static StatementRule ChoosePragma(StatementWords words)
    {
        var at = words.IsSymbol(2, '.') ? 3 : 1;
        var name = words.Name(at);
        var asks = words.Count == at + 1;
        if (Looking.Contains(name) || (asks && Telling.Contains(name)))
        {
            return PragmaReads;
        }

        return name == "data_version" ? PragmaCompares : Writing.Contains(name) ? PragmaWrites : PragmaSets;
    }

    /// <summary>CREATE TEMP ..., or an object in the schema temp.</summary>
    private static bool IsTemporary(StatementWords words)
    {
        if (words.Is(1, "temp") || words.Is(1, "temporary"))
        {
            return true;
        }

        for (var i = 1; i < words.Count; i++)
        {
            if (words.IsSymbol(i + 1, '.') && string.Equals(words.Name(i), "temp", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
