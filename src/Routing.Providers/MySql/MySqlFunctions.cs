using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>
/// The built-in functions of MariaDB 10.6 to 11 and MySQL 8 by what they do. Names before a parenthesis are theirs unless the
/// database has functions of the same name, which its catalog tells. A function that is in no list is unknown.
/// </summary>
internal static class MySqlFunctions
{
    /// <summary>Values: text, numbers, dates, aggregates and windows, networks, XML, and what the server tells of itself.</summary>
    private const string Values = """
        abs acos adddate add_months addtime aes_decrypt aes_encrypt any_value ascii asin atan atan2 avg bin bin_to_uuid bit_and bit_count
        bit_length bit_or bit_xor cast ceil ceiling char char_length character_length charset chr coalesce coercibility collation
        column_add column_check column_create column_delete column_exists column_get column_json column_list compress concat
        concat_ws connection_id conv convert convert_tz cos cot count crc32 crc32c cume_dist curdate current_date current_role
        current_time current_timestamp current_user curtime database date date_add date_format date_sub datediff day dayname
        dayofmonth dayofweek dayofyear decode decode_oracle default degrees dense_rank des_decrypt des_encrypt elt encode encrypt exp export_set
        extract extractvalue field find_in_set first_value floor format format_bytes format_pico_time from_base64 from_days from_unixtime
        greatest group_concat grouping hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr interval is_ipv4
        is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid isnull lag last_day last_value lcase lead least left length lengthb ln
        localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate maketime match max md5 median microsecond
        mid min minute mod month monthname natural_sort_key now nth_value ntile nullif nvl nvl2 oct octet_length old_password ord
        password percent_rank percentile_cont percentile_disc period_add period_diff pi point position pow power quarter quote radians
        random_bytes rank regexp_instr regexp_like regexp_replace regexp_substr repeat replace reverse right roles_graphml round
        row_number rpad rtrim schema sec_to_time second session_user sformat sha sha1 sha2 sign sin soundex space sqrt
        std stddev stddev_pop stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum sysdate sys_guid
        system_user tan time time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_char to_days
        to_seconds trim truncate ucase uncompress uncompressed_length unhex unix_timestamp updatexml upper user utc_date utc_time
        utc_timestamp uuid uuid_short uuid_to_bin validate_password_strength values value var_pop var_samp variance version
        week weekday weekofyear weight_string year yearweek rand json_objectagg json_arrayagg name_const
        binlog_gtid_pos gtid_subset gtid_subtract wsrep_last_written_gtid wsrep_last_seen_gtid
        """;

    /// <summary>JSON.</summary>
    private const string Json = """
        json_array json_array_append json_array_insert json_array_intersect json_compact json_contains json_contains_path json_depth
        json_detailed json_equals json_exists json_extract json_insert json_keys json_length json_loose json_merge
        json_merge_patch json_merge_preserve json_normalize json_object json_object_filter_keys json_object_to_array json_overlaps
        json_pretty json_query json_quote json_remove json_replace json_schema_valid json_schema_validation_report json_search
        json_set json_storage_free json_storage_size json_table json_type json_unquote json_valid json_value member
        """;

    /// <summary>Geometry.</summary>
    private const string Geometry = """
        geometrycollection linestring multilinestring multipoint multipolygon polygon mbrcontains mbrcoveredby mbrcovers mbrdisjoint
        mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_boundary
        st_buffer st_centroid st_contains st_convexhull st_crosses st_difference st_dimension st_disjoint st_distance
        st_distance_sphere st_endpoint st_envelope st_equals st_exteriorring st_geohash st_geomcollfromtext st_geometryfromtext
        st_geometryn st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection
        st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_latfromgeohash st_length st_linefromtext
        st_longfromgeohash st_numgeometries st_numinteriorrings st_numpoints st_overlaps st_pointfromgeohash st_pointfromtext
        st_pointn st_pointonsurface st_polyfromtext st_relate st_simplify st_srid st_startpoint st_symdifference st_touches st_transform
        st_union st_validate st_within st_x st_y
        """;

    /// <summary>Take time and leave nothing.</summary>
    private const string Waiting = "sleep benchmark master_gtid_wait master_pos_wait source_pos_wait wait_for_executed_gtid_set wsrep_sync_wait_upto_gtid";

    /// <summary>Look at locks of all sessions.</summary>
    private const string Locks = "is_free_lock is_used_lock";

    /// <summary>Advance a sequence. <c>LASTVAL</c> of its session then has a value, which is told apart below.</summary>
    private const string Sequences = "nextval setval";

    /// <summary>Take or give back locks of the session.</summary>
    private const string SessionLocks = "get_lock release_lock release_all_locks";

    /// <summary>Read what an earlier statement left on the connection; the first also leaves it, when given a value.</summary>
    private const string ConnectionState = "last_insert_id row_count found_rows lastval ps_current_thread_id";

    /// <summary>Read a file of the server's.</summary>
    private const string Unknown = "load_file";

    public static SqlVocabulary AddMySqlFunctions(this SqlVocabulary vocabulary) => vocabulary
        .AddPureFunctions(Values)
        .AddPureFunctions(Json)
        .AddPureFunctions(Geometry)
        .AddPureFunctions(Waiting)
        .AddPureFunctions(Locks)
        .AddFunctions(Sequences, StatementClass.Write, SessionEffect.Neutral)
        .AddFunctions(SessionLocks, StatementClass.Write, SessionEffect.SetsSessionState)
        .AddFunctions(ConnectionState, StatementClass.Unknown, SessionEffect.ReadsConnectionState)
        .AddFunctions(Unknown, StatementClass.Unknown, SessionEffect.Unknown);
}
