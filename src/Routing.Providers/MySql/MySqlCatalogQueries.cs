namespace Routing.Providers.MySql;

/// <summary>
/// The questions to <c>information_schema</c>, about the connection's database and the server's own. Keys are a letter and a
/// name: <c>r</c> relation, <c>f</c> function. In defaults, checks and generated columns the servers
/// allow neither stored functions nor locks; an assignment to a variable they do.
/// </summary>
internal static class MySqlCatalogQueries
{
    private const string Relations = """
        SELECT 'relation', CONCAT('r', table_schema, '.', table_name), '', table_schema, table_name
        FROM information_schema.tables WHERE table_schema IN (DATABASE(), 'information_schema') AND table_type <> 'TEMPORARY'
        """;

    /// <summary>Views are not written to, and the server's own tables even less.</summary>
    private const string NotWritten = """
        SELECT 'distrust', CONCAT('r', table_schema, '.', table_name), 'w', NULL, NULL
        FROM information_schema.tables
        WHERE table_schema = 'information_schema' OR (table_schema = DATABASE() AND table_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE'))
        """;

    /// <summary>A trigger may do anything, and only who may make one is shown whether there is any.</summary>
    private const string Triggered = """
        SELECT DISTINCT 'distrust', CONCAT('r', event_object_schema, '.', event_object_table), 'w', NULL, NULL
        FROM information_schema.triggers WHERE event_object_schema = DATABASE()
        """;

    /// <summary>An assignment to a variable of the session is the one thing with an aftermath that a default or a generated column may hold.</summary>
    private const string Assigning = """
        SELECT DISTINCT 'distrust', CONCAT('r', table_schema, '.', table_name), 'rw', NULL, NULL
        FROM information_schema.columns
        WHERE table_schema = DATABASE() AND (column_default LIKE '%:=%' OR generation_expression LIKE '%:=%')
        """;

    private const string Hidden = """
        SELECT 'distrust', CONCAT('r', t.table_schema, '.', t.table_name), 'w', NULL, NULL
        FROM information_schema.tables t
        WHERE t.table_schema = DATABASE()
          AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges p WHERE p.privilege_type = 'TRIGGER' AND p.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), ''''))
          AND NOT EXISTS (SELECT 1 FROM information_schema.schema_privileges p WHERE p.privilege_type = 'TRIGGER' AND DATABASE() LIKE p.table_schema AND p.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), ''''))
          AND NOT EXISTS (SELECT 1 FROM information_schema.table_privileges p WHERE p.privilege_type = 'TRIGGER' AND p.table_schema = t.table_schema AND p.table_name = t.table_name AND p.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), ''''))
        """;

    /// <summary>Of a view that its user may not look into nothing is known.</summary>
    private const string Views = """
        SELECT IF(COALESCE(view_definition, '') = '', 'distrust', 'runs'), CONCAT('r', table_schema, '.', table_name), IF(COALESCE(view_definition, '') = '', 'rw', 'r'), view_definition, NULL
        FROM information_schema.views WHERE table_schema = DATABASE()
        """;

    private const string Functions = """
        SELECT 'function', CONCAT('f', routine_name), '', routine_name, NULL
        FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type = 'FUNCTION'
        """;

    private const string FunctionBodies = """
        SELECT IF(COALESCE(routine_definition, '') = '', 'distrust', 'runs'), CONCAT('f', routine_name), 'rw', routine_definition, NULL
        FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type = 'FUNCTION'
        """;

    /// <summary>Changes with every definition that the other questions read. A sum of halves of digests, because a list would be cut.</summary>
    public const string Fingerprint = """
        SELECT CONCAT_WS(' ', DATABASE(), CURRENT_USER(),
          (SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CONV(LEFT(MD5(CONCAT_WS('/', table_name, table_type)), 15), 16, 10)), 0)) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type <> 'TEMPORARY'),
          (SELECT COALESCE(SUM(CONV(LEFT(MD5(CONCAT_WS('/', table_name, column_name, column_default, generation_expression)), 15), 16, 10)), 0) FROM information_schema.columns WHERE table_schema = DATABASE() AND (column_default LIKE '%:=%' OR generation_expression LIKE '%:=%')),
          (SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CONV(LEFT(MD5(CONCAT_WS('/', table_name, view_definition)), 15), 16, 10)), 0)) FROM information_schema.views WHERE table_schema = DATABASE()),
          (SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CONV(LEFT(MD5(CONCAT_WS('/', trigger_name, event_object_table, created)), 15), 16, 10)), 0)) FROM information_schema.triggers WHERE trigger_schema = DATABASE()),
          (SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CONV(LEFT(MD5(CONCAT_WS('/', routine_name, routine_type, last_altered, routine_definition)), 15), 16, 10)), 0)) FROM information_schema.routines WHERE routine_schema = DATABASE()),
          (SELECT COUNT(*) FROM information_schema.schema_privileges WHERE privilege_type = 'TRIGGER'),
          (SELECT COUNT(*) FROM information_schema.table_privileges WHERE privilege_type = 'TRIGGER'),
          (SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type = 'TRIGGER'))
        """;

    /// <summary>In this order: first what there is, then what is known about it.</summary>
    public static IReadOnlyList<string> All { get; } = [Relations, Functions, NotWritten, Triggered, Assigning, Hidden, Views, FunctionBodies];
}
