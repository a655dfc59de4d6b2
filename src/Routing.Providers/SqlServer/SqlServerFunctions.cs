using Routing.Statements;

namespace Routing.Providers.SqlServer;

/// <summary>
/// SQL Server's built-in functions. None of them writes: the server refuses side effects in functions. A function of the
/// user's is called by its schema's name and is unknown, because it may be an external one.
/// </summary>
internal static class SqlServerFunctions
{
    /// <summary>Scalar functions, aggregates and windows, of versions 2012 to 2025.</summary>
    private const string Values = """
        abs acos ascii asin atan atn2 avg bit_count cast ceiling char charindex checksum checksum_agg choose coalesce
        compress concat concat_ws convert cos cot count count_big cume_dist current_timezone current_timezone_id date_bucket
        dateadd datediff datediff_big datefromparts datename datepart datetime2fromparts datetimefromparts datetimeoffsetfromparts
        datetrunc day decompress degrees dense_rank difference eomonth exp first_value floor format get_bit getdate
        getutcdate greatest grouping grouping_id hashbytes iif isdate isnull isnumeric lag last_value lead least left left_shift len
        log log10 lower ltrim max min month nchar newid nth_value ntile nullif object_definition object_id object_name
        object_schema_name parse parsename patindex percent_rank percentile_cont percentile_disc pi power quotename radians rand rank
        replace replicate reverse right right_shift round row_number rtrim set_bit sign sin smalldatetimefromparts soundex space sqrt
        square stdev stdevp str string_agg string_escape string_split stuff substring sum switchoffset sysdatetime sysdatetimeoffset
        sysutcdatetime tan timefromparts todatetimeoffset translate trim try_cast try_convert try_parse unicode upper var varp year
        binary_checksum approx_count_distinct approx_percentile_cont approx_percentile_disc generate_series datalength
        regexp_count regexp_instr regexp_like regexp_matches regexp_replace regexp_split_to_table regexp_substr product
        edit_distance edit_distance_similarity jaro_winkler_distance jaro_winkler_similarity
        """;

    /// <summary>JSON, XML and vectors. The methods of XML values are written with a dot and are unknown.</summary>
    private const string Documents = """
        isjson json_array json_arrayagg json_contains json_modify json_object json_objectagg json_path_exists json_query
        json_value openjson vector_distance vector_norm vector_normalize
        """;

    /// <summary>Metadata, security, and what shows the session's settings.</summary>
    private const string Catalog = """
        app_name applock_mode applock_test assemblyproperty col_length col_name collationproperty columnproperty connectionproperty
        current_request_id database_principal_id databasepropertyex db_id db_name file_id file_idex file_name filegroup_id
        filegroup_name filegroupproperty fileproperty fn_hadr_is_primary_replica fulltextcatalogproperty fulltextserviceproperty
        has_dbaccess has_perms_by_name host_id host_name ident_current ident_incr ident_seed index_col indexkey_property
        indexproperty is_member is_rolemember is_srvrolemember loginproperty min_active_rowversion objectproperty
        objectpropertyex original_db_name original_login permissions pwdcompare pwdencrypt schema_id schema_name scopeproperty
        serverproperty session_context sessionproperty stats_date suser_id suser_name suser_sid suser_sname type_id type_name
        typeproperty user_id user_name xact_state context_info formatmessage
        """;

    /// <summary>Words of FOR XML and FOR JSON that take a name in parentheses. A function of the user's is never called without its schema.</summary>
    private const string Shapes = "auto elements explicit path raw root";

    /// <summary>Types that are written with a length, as in <c>convert(nvarchar(10), x)</c>.</summary>
    private const string Types = """
        binary char datetime2 datetimeoffset dec decimal float nchar numeric nvarchar time varbinary varchar vector
        """;

    public static SqlVocabulary AddSqlServerFunctions(this SqlVocabulary vocabulary) => vocabulary
        .AddPureFunctions(Values)
        .AddPureFunctions(Documents)
        .AddPureFunctions(Catalog)
        .AddPureFunctions(Types)
        .AddPureFunctions(Shapes)
        .AddFunctions("scope_identity rowcount_big cursor_status", StatementClass.Unknown, SessionEffect.ReadsConnectionState)
        .AddFunctions("newsequentialid", StatementClass.Write, SessionEffect.Neutral)
        .AddFunctions("opendatasource openquery openrowset openxml", StatementClass.Unknown, SessionEffect.Unknown);
}
