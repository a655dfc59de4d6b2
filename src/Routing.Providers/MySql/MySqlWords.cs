using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>
/// The words of MySQL and MariaDB: those that both reserve, so that a name before a parenthesis is known to be a call or not, and
/// the contexts in which others are not a call.
/// </summary>
internal static class MySqlWords
{
    private const string Reserved = """
        accessible add all alter analyze and as asc between bigint binary blob both by cascade case change char character check
        collate column constraint continue create cross cursor databases day_hour day_microsecond day_minute day_second dec
        decimal declare delayed delete desc describe distinct distinctrow div double drop dual each else elseif enclosed
        escaped exists exit explain fetch float for force foreign from fulltext generated grant group having high_priority
        hour_microsecond hour_minute hour_second ignore in index infile inner inout int integer intersect into is iterate
        join key keys kill leading leave left like limit lines linear load lock long longblob longtext loop low_priority
        match mediumblob mediumint mediumtext middleint minute_microsecond minute_second natural not no_write_to_binlog
        numeric on optimize option optionally or order out outer outfile over partition precision primary procedure purge range read
        reads real recursive references regexp release rename require resignal restrict return returning revoke right
        rlike row_number rows schemas select sensitive separator set show signal smallint spatial specific sql sqlexception sqlstate
        sqlwarning sql_big_result sql_calc_found_rows sql_small_result ssl starting straight_join table terminated then
        tinyblob tinyint tinytext to trailing trigger undo union unique unlock unsigned update usage use using varbinary
        varchar varcharacter varying when where while window with write xor year_month zerofill
        """;

    private const string Values = """
        current_date current_time current_timestamp current_user default end false localtime localtimestamp null true unknown
        utc_date utc_time utc_timestamp
        """;

    /// <summary>Reserved, and yet before a parenthesis the name of a function.</summary>
    private const string MayNameFunctions = "convert if insert interval left mod repeat replace right values";

    private const string Prefixes = """
        by escape offset interval straight_join cross inner outer left right natural join like regexp rlike sounds separator div mod
        xor distinct distinctrow all binary when then else and or not in between over rows range
        """;

    private const string MayBeNames = """
        action after against aggregate algorithm always any ascii auto_increment avg_row_length begin bit body bool boolean btree
        byte cache charset checksum close coalesce code collation columns comment commit committed compact compressed
        concurrent connection consistent contains current cycle data database date datetime day deallocate definer delay_key_write
        directory disable discard disk do duplicate dynamic enable engine engines enum errors escape event events except exclude
        execute expansion export extended fields file first fixed flush following format full function general global
        grants handler hash help host hour identified if import increment indexes insert_method invisible invoker isolation
        json last less level list local locked locks logs master maxvalue merge microsecond minute minvalue mode modify month
        names national nchar next no nocache nocycle none nowait nvarchar of offset one only open optimizer_costs pack_keys page
        parser partitioning partitions password plugin plugins preceding prepare preserve prev privileges process processlist
        profile profiles quarter query quick rebuild redundant relay remove reorganize repair repeatable replica replicas
        replication reset respect restart restore resume returns role rollback rollup routine row row_format savepoint
        schedule second security sequence serial serializable session share signed skip slave slaves snapshot soname sounds source
        sql_buffer_result sql_no_cache start starts statement status stop storage string subject subpartition suspend system
        tables tablespace temporary text than time timestamp transaction triggers truncate type types uncommitted undofile until
        user value variables versioning view virtual visible warnings week without work xa year
        """;

    public static SqlVocabulary Create() => new SqlVocabulary()
        .AddKeywords(MayBeNames)
        .AddReserved(Reserved)
        .AddKeywords(MayNameFunctions)
        .AddPrefixes(Prefixes)
        .AddValues(Values)
        .AddKeywordsAfter("by", "order group partition")
        .AddKeywordsAfter("regexp rlike like escape", "value")
        .AddKeywordsAfter("interval", "value")
        .AddMySqlFunctions()
        .AddMySqlStatements()
        .AddName("performance_schema", NameMatch.Qualifier, SessionEffect.ReadsConnectionState, "reads the state of sessions");
}
