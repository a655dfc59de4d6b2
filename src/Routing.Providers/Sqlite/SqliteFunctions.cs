using Routing.Statements;

namespace Routing.Providers.Sqlite;

/// <summary>SQLite's built-in functions. One that the application registers under another name is unknown.</summary>
internal static class SqliteFunctions
{
    /// <summary>Scalar functions, aggregates and windows. <c>cast</c> is written like a call.</summary>
    private const string Values = """
        abs cast char coalesce concat concat_ws format glob hex ifnull iif if instr length like likelihood likely lower ltrim
        max min nullif octet_length printf quote random randomblob replace round rtrim sign soundex sqlite_compileoption_get
        sqlite_compileoption_used sqlite_offset sqlite_source_id sqlite_version substr substring subtype trim typeof unhex
        unicode unistr unistr_quote unlikely upper zeroblob
        avg count group_concat median percentile percentile_cont percentile_disc string_agg sum total
        cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
        date datetime julianday strftime time timediff unixepoch
        acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power
        radians sin sinh sqrt tan tanh trunc
        """;

    /// <summary>JSON, full-text search, R*Tree, series.</summary>
    private const string Extensions = """
        json json_array json_array_length json_each json_error_position json_extract json_group_array json_group_object
        json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type
        json_valid jsonb jsonb_array jsonb_each jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object
        jsonb_patch jsonb_remove jsonb_replace jsonb_set jsonb_tree
        bm25 highlight snippet matchinfo offsets rtreecheck rtreedepth rtreenode generate_series
        """;

    /// <summary>Pragmas as table-valued functions that only look.</summary>
    private const string Pragmas = """
        pragma_application_id pragma_collation_list pragma_compile_options pragma_database_list pragma_encoding
        pragma_foreign_key_check pragma_foreign_key_list pragma_foreign_keys pragma_freelist_count pragma_function_list
        pragma_index_info pragma_index_list pragma_index_xinfo pragma_integrity_check pragma_journal_mode pragma_module_list
        pragma_page_count pragma_page_size pragma_pragma_list pragma_quick_check pragma_schema_version pragma_table_info
        pragma_table_list pragma_table_xinfo pragma_user_version
        """;

    public static SqlVocabulary AddSqliteFunctions(this SqlVocabulary vocabulary) => vocabulary
        .AddPureFunctions(Values)
        .AddPureFunctions(Extensions)
        .AddPureFunctions(Pragmas)
        .AddFunctions("last_insert_rowid changes total_changes", StatementClass.Unknown, SessionEffect.ReadsConnectionState)
        .AddFunctions("load_extension", StatementClass.Unknown, SessionEffect.SetsSessionState);
}
