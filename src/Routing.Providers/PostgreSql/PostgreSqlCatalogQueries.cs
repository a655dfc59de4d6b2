namespace Routing.Providers.PostgreSql;

/// <summary>
/// The questions to the catalogs of PostgreSQL 10 to 18. Keys are a letter and an oid: <c>r</c> relation, <c>f</c> function,
/// <c>t</c> type. Oids below 16384 are the server's own. Columns that older servers lack are read through <c>to_jsonb</c>.
/// </summary>
internal static class PostgreSqlCatalogQueries
{
    /// <summary>
    /// Extensions whose functions are known to leave nothing on a session, but for those of <see cref="Excepted"/>. What is not
    /// listed may well be harmless, too; it is only not proven.
    /// </summary>
    private const string Trusted =
        "'btree_gin', 'btree_gist', 'citext', 'cube', 'earthdistance', 'fuzzystrmatch', 'hstore', 'intarray', 'isn', 'ltree', 'pg_trgm', 'pgcrypto', 'seg', 'unaccent', 'uuid-ossp', 'vector'";

    /// <summary>Of those, what sets something for its session.</summary>
    private const string Excepted = "'set_limit', 'isn_weak'";

    private const string Relations = """
        SELECT 'relation', 'r' || c.oid, '', n.nspname::text, c.relname::text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'
        """;

    /// <summary>A row type has its table's name; it is proven as far as its columns are.</summary>
    private const string Types = """
        SELECT 'type', 't' || t.oid, '', t.typname::text, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.oid >= 16384 AND n.nspname !~ '^pg_(toast_)?temp'
        """;

    /// <summary>Functions that only triggers call cannot be called by a statement.</summary>
    private const string Functions = """
        SELECT 'function', 'f' || p.oid, '', p.proname::text, NULL
        FROM pg_proc p
        WHERE p.oid >= 16384 AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        """;

    /// <summary>The server's own functions where users gave them another face; their names say what they do.</summary>
    private const string OwnFunctionsInUse = """
        WITH used(f) AS (
          SELECT oprcode::oid FROM pg_operator WHERE oid >= 16384
          UNION SELECT castfunc FROM pg_cast WHERE oid >= 16384 AND castfunc <> 0)
        SELECT d.what, 'f' || p.oid, 'r', d.what_runs, NULL
        FROM used JOIN pg_proc p ON p.oid = used.f AND p.oid < 16384
        CROSS JOIN LATERAL (VALUES ('nameless', NULL), ('runs', 'SELECT ' || quote_ident(p.proname) || '()')) d(what, what_runs)
        """;

    /// <summary>
    /// What a table does when it is written to (foreign tables: when it is used at all), and that views are not written to. A
    /// trigger that is switched off counts, because one statement of somebody switches it on.
    /// </summary>
    private const string Distrusted = """
        SELECT 'distrust', 'r' || c.oid, CASE WHEN c.relkind = 'f' THEN 'rw' ELSE 'w' END, NULL, NULL
        FROM pg_class c WHERE c.relkind IN ('v', 'm', 'f', 'S') OR c.oid < 16384
        UNION ALL
        SELECT 'distrust', 'r' || t.tgrelid, 'w', NULL, NULL FROM pg_trigger t WHERE t.tgfoid >= 16384
        UNION ALL
        SELECT 'distrust', 'r' || r.ev_class, 'w', NULL, NULL FROM pg_rewrite r WHERE r.ev_type <> '1'
        UNION ALL
        SELECT 'distrust', 'r' || s.stxrelid, 'rw', NULL, NULL FROM pg_statistic_ext s WHERE to_jsonb(s) ->> 'stxexprs' IS NOT NULL
        UNION ALL
        SELECT 'distrust all', '', '', 'standard_conforming_strings is off', NULL WHERE current_setting('standard_conforming_strings') <> 'on'
        """;

    private const string FunctionBodies = $"""
        SELECT CASE WHEN e.extname IN ({Trusted}) AND p.proname NOT IN ({Excepted}) THEN 'trust' WHEN l.lanname = 'sql' AND k.kind = 'f' THEN 'runs' ELSE 'distrust' END,
               'f' || p.oid, 'r',
               CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NULL THEN p.prosrc
                    ELSE regexp_replace(pg_get_functiondef(CASE WHEN k.kind = 'f' THEN p.oid END), '^.*?\n(RETURN |BEGIN ATOMIC)', '\1') END,
               NULL
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        CROSS JOIN LATERAL (SELECT coalesce(to_jsonb(p) ->> 'prokind',
          CASE WHEN (to_jsonb(p) ->> 'proisagg')::bool THEN 'a' WHEN (to_jsonb(p) ->> 'proiswindow')::bool THEN 'w' ELSE 'f' END) AS kind) k
        LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
        LEFT JOIN pg_extension e ON e.oid = d.refobjid
        WHERE p.oid >= 16384
        UNION ALL
        SELECT 'runs', 'f' || p.oid, 'r', 'SELECT ' || pg_get_expr(p.proargdefaults, 0), NULL FROM pg_proc p WHERE p.oid >= 16384 AND p.proargdefaults IS NOT NULL
        UNION ALL
        SELECT 'depends', 'f' || p.oid, 'r', 't' || u.type, 'r'
        FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, ARRAY[]::oid[]) || p.prorettype) u(type)
        WHERE p.oid >= 16384 AND u.type >= 16384
        """;

    /// <summary>The expressions that belong to a table. Planning looks at those of checks and indexes even for a mere read.</summary>
    private const string Expressions = """
        SELECT 'runs', 'r' || c.oid, 'r', pg_get_viewdef(c.oid), NULL FROM pg_class c WHERE c.relkind = 'v' AND c.oid >= 16384
        UNION ALL
        SELECT 'runs', 'r' || d.adrelid, CASE WHEN to_jsonb(a) ->> 'attgenerated' = 'v' THEN 'rw' ELSE 'w' END, 'SELECT ' || pg_get_expr(d.adbin, d.adrelid), 'nextval'
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid >= 16384
        UNION ALL
        SELECT 'runs', 'r' || c.conrelid, 'rw', 'SELECT ' || pg_get_expr(c.conbin, c.conrelid), NULL
        FROM pg_constraint c WHERE c.contype = 'c' AND c.conrelid >= 16384
        UNION ALL
        SELECT 'runs', 'r' || i.indrelid, 'rw', 'SELECT ' || x.expression, NULL
        FROM pg_index i CROSS JOIN LATERAL (VALUES (pg_get_expr(i.indexprs, i.indrelid)), (pg_get_expr(i.indpred, i.indrelid))) x(expression)
        WHERE i.indrelid >= 16384 AND x.expression IS NOT NULL
        UNION ALL
        SELECT 'runs', 'r' || p.polrelid, 'rw', 'SELECT ' || x.expression, NULL
        FROM pg_policy p CROSS JOIN LATERAL (VALUES (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))) x(expression)
        WHERE x.expression IS NOT NULL
        UNION ALL
        SELECT 'runs', 'r' || p.partrelid, 'rw', 'SELECT ' || pg_get_expr(p.partexprs, p.partrelid), NULL FROM pg_partitioned_table p WHERE p.partexprs IS NOT NULL
        UNION ALL
        SELECT 'runs', 't' || c.contypid, 'rw', 'SELECT ' || pg_get_expr(c.conbin, 0), NULL FROM pg_constraint c WHERE c.contypid >= 16384 AND c.contype = 'c'
        UNION ALL
        SELECT 'runs', 't' || t.oid, 'rw', 'SELECT ' || pg_get_expr(t.typdefaultbin, 0), 'nextval' FROM pg_type t WHERE t.oid >= 16384 AND t.typdefaultbin IS NOT NULL
        """;

    /// <summary>
    /// What uses what: tables their columns' types, parents their partitions and children, referenced tables those to which
    /// deletes and updates cascade, arrays their elements, domains what they are based on, types their casts and comparisons.
    /// Functions in C that belong to a type or an index are part of the server, as its own are.
    /// </summary>
    private const string Dependencies = """
        SELECT DISTINCT 'depends', CASE WHEN c.relkind = 'c' THEN 't' || c.reltype ELSE 'r' || c.oid END, 'rw', 't' || a.atttypid, 'r'
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
        UNION ALL
        SELECT 'depends', 't' || c.reltype, 'r', 't' || a.atttypid, 'r'
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
        UNION ALL
        SELECT 'depends', 'r' || i.inhparent, u.use, 'r' || i.inhrelid, u.use
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f') CROSS JOIN (VALUES ('r'), ('w')) u(use)
        WHERE c.relpersistence <> 't'
        UNION ALL
        SELECT 'depends', 'r' || c.confrelid, 'w', 'r' || c.conrelid, CASE WHEN c.confdeltype IN ('c', 'n', 'd') OR c.confupdtype IN ('c', 'n', 'd') THEN 'w' ELSE 'r' END
        FROM pg_constraint c WHERE c.contype = 'f'
        UNION ALL
        SELECT 'depends', 'r' || c.conrelid, 'w', 'r' || c.confrelid, 'r' FROM pg_constraint c WHERE c.contype = 'f'
        UNION ALL
        SELECT 'depends', 't' || t.oid, 'rw', 't' || CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END, 'r'
        FROM pg_type t WHERE t.oid >= 16384 AND CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END >= 16384
        UNION ALL
        SELECT 'depends', 't' || r.rngtypid, 'rw', x.key, 'r'
        FROM pg_range r CROSS JOIN LATERAL (VALUES ('f' || r.rngcanonical::oid, r.rngcanonical::oid), ('f' || r.rngsubdiff::oid, r.rngsubdiff::oid), ('t' || r.rngsubtype, r.rngsubtype)) x(key, id)
        WHERE r.rngtypid >= 16384 AND x.id >= 16384
        UNION ALL
        SELECT 'depends', 't' || x.type, 'rw', 'f' || c.castfunc, 'r'
        FROM pg_cast c CROSS JOIN LATERAL (VALUES (c.castsource), (c.casttarget)) x(type)
        WHERE c.oid >= 16384 AND c.castfunc <> 0 AND x.type >= 16384
        UNION ALL
        SELECT 'everywhere', 'f' || c.castfunc, '', 'a cast is made by a function that is not proven', NULL
        FROM pg_cast c WHERE c.oid >= 16384 AND c.castfunc <> 0 AND c.castsource < 16384 AND c.casttarget < 16384
        UNION ALL
        SELECT 'operator', 'f' || o.oprcode::oid, '', o.oprname::text, NULL FROM pg_operator o WHERE o.oid >= 16384 AND o.oprcode <> 0
        UNION ALL
        SELECT DISTINCT 'depends', 't' || o.opcintype, 'rw', 'f' || p.oid, 'r'
        FROM pg_opclass o JOIN pg_amproc a ON a.amprocfamily = o.opcfamily JOIN pg_proc p ON p.oid = a.amproc::oid JOIN pg_language l ON l.oid = p.prolang
        WHERE o.opcintype >= 16384 AND p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
        UNION ALL
        SELECT DISTINCT 'depends', 'r' || i.indrelid, 'rw', 'f' || p.oid, 'r'
        FROM pg_index i CROSS JOIN LATERAL unnest(i.indclass::oid[]) u(opclass) JOIN pg_opclass o ON o.oid = u.opclass
        JOIN pg_amproc a ON a.amprocfamily = o.opcfamily JOIN pg_proc p ON p.oid = a.amproc::oid JOIN pg_language l ON l.oid = p.prolang
        WHERE o.oid >= 16384 AND p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
        """;

    /// <summary>
    /// Changes with every row of the catalogs that the other questions read: a row that is written anew has another xmin. What
    /// vacuum and statistics write in place does not count, and neither do temporary objects.
    /// </summary>
    public const string Fingerprint = """
        SELECT string_agg(x.name || x.rows || ':' || x.hash, ' ' ORDER BY x.name) FROM (
          SELECT 'class', count(*), coalesce(sum(hashtext(c.oid || ' ' || c.xmin || c.relname)), 0) FROM pg_class c WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relkind <> 't'
          UNION ALL SELECT 'attribute', count(*), coalesce(sum(hashtext(a.attrelid || ' ' || a.attnum || ' ' || a.xmin)), 0)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relkind <> 't' AND a.attnum > 0
          UNION ALL SELECT 'attrdef', count(*), coalesce(sum(hashtext(d.oid || ' ' || d.xmin)), 0) FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE c.relpersistence <> 't'
          UNION ALL SELECT 'proc', count(*), coalesce(sum(hashtext(p.oid || ' ' || p.xmin || p.proname)), 0) FROM pg_proc p WHERE p.oid >= 16384
          UNION ALL SELECT 'type', count(*), coalesce(sum(hashtext(t.oid || ' ' || t.xmin || t.typname)), 0)
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid >= 16384 AND n.nspname !~ '^pg_(toast_)?temp'
          UNION ALL SELECT 'namespace', count(*), coalesce(sum(hashtext(n.oid || ' ' || n.xmin || n.nspname)), 0) FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp'
          UNION ALL SELECT 'trigger', count(*), coalesce(sum(hashtext(t.oid || ' ' || t.xmin)), 0) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relpersistence <> 't'
          UNION ALL SELECT 'rewrite', count(*), coalesce(sum(hashtext(r.oid || ' ' || r.xmin)), 0) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relpersistence <> 't'
          UNION ALL SELECT 'constraint', count(*), coalesce(sum(hashtext(n.oid || ' ' || n.xmin)), 0) FROM pg_constraint n LEFT JOIN pg_class c ON c.oid = n.conrelid WHERE coalesce(c.relpersistence, 'p') <> 't'
          UNION ALL SELECT 'index', count(*), coalesce(sum(hashtext(i.indexrelid || ' ' || i.xmin)), 0) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relkind <> 't'
          UNION ALL SELECT 'inherits', count(*), coalesce(sum(hashtext(i.inhrelid || ' ' || i.inhparent || ' ' || i.xmin)), 0) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relpersistence <> 't'
          UNION ALL SELECT 'policy', count(*), coalesce(sum(hashtext(p.oid || ' ' || p.xmin)), 0) FROM pg_policy p
          UNION ALL SELECT 'cast', count(*), coalesce(sum(hashtext(c.oid || ' ' || c.xmin)), 0) FROM pg_cast c WHERE c.oid >= 16384
          UNION ALL SELECT 'operator', count(*), coalesce(sum(hashtext(o.oid || ' ' || o.xmin)), 0) FROM pg_operator o WHERE o.oid >= 16384
          UNION ALL SELECT 'opclass', count(*), coalesce(sum(hashtext(o.oid || ' ' || o.xmin)), 0) FROM pg_opclass o WHERE o.oid >= 16384
          UNION ALL SELECT 'amproc', count(*), coalesce(sum(hashtext(a.oid || ' ' || a.xmin)), 0) FROM (SELECT xmin, (to_jsonb(a) ->> 'oid')::oid AS oid FROM pg_amproc a) a
          UNION ALL SELECT 'extension', count(*), coalesce(sum(hashtext(e.oid || ' ' || e.xmin)), 0) FROM pg_extension e
          UNION ALL SELECT 'statistics', count(*), coalesce(sum(hashtext(s.oid || ' ' || s.xmin)), 0) FROM pg_statistic_ext s
          UNION ALL SELECT 'strings', 1, hashtext(current_setting('standard_conforming_strings'))
        ) x(name, rows, hash)
        """;

    /// <summary>In this order: first what there is, then what is known about it.</summary>
    public static IReadOnlyList<string> All { get; } = [Relations, Types, Functions, OwnFunctionsInUse, Distrusted, FunctionBodies, Expressions, Dependencies];
}
