using System.Globalization;
using System.Text;

namespace Routing.Testing.Statements;

/// <summary>
/// Makes SQL out of numbers: each decision takes the next one. The same numbers give the same text, and smaller numbers
/// simpler texts, so that a property test that shrinks its numbers shrinks the statement. It aims at what a classifier
/// could get wrong: writes in odd places, keywords hidden in quotes and comments, calls that look like something else.
/// </summary>
public sealed class StatementGrammar
{
    private const int DeepestNesting = 4;

    private static readonly string[] Tables = ["orders", "customers", "order_items", "payments", "events", "categories"];
    private static readonly string[] Columns = ["id", "id", "id", "null", "1"];
    private static readonly string[] Spaces = [" ", "\n", "\t", " /* insert */ ", " -- ; delete from orders\n", "/**/"];

    private static readonly string[] PureFunctions = ["abs", "lower", "coalesce", "max", "count", "round", "length", "min", "upper", "nullif"];

    private static readonly string[] PostgreSqlFunctions =
    [
        "nextval", "pg_catalog.nextval", "setval", "write_something", "write_quietly", "add_one", "pg_advisory_xact_lock", "pg_notify", "txid_current", "currval",
        "now", "random", "pg_catalog.lower", "public.write_something", "\"write_something\"", "\"lower\"", "lo_create", "array_length", "to_json",
        "pg_backend_pid", "over", "by",
    ];

    private static readonly string[] SqliteFunctions =
    [
        "last_insert_rowid", "changes", "random", "my_function", "date", "typeof", "hex", "quote", "json", "\"lower\"", "[upper]", "load_extension", "total_changes",
    ];

    private readonly IReadOnlyList<int> _choices;
    private readonly bool _postgreSql;
    private readonly StringBuilder _text = new();
    private int _next;
    private int _depth;

    private StatementGrammar(IReadOnlyList<int> choices, bool postgreSql)
    {
        _choices = choices;
        _postgreSql = postgreSql;
    }

    public static string PostgreSql(IReadOnlyList<int> choices) => new StatementGrammar(choices, postgreSql: true).Text();

    public static string Sqlite(IReadOnlyList<int> choices) => new StatementGrammar(choices, postgreSql: false).Text();

    private string Text()
    {
        Statement();
        if (Choose(8) == 7)
        {
            _text.Append(';');
            Statement();
        }

        return _text.ToString();
    }

    /// <summary>When the numbers have run out every decision is the first, which ends every rule.</summary>
    private int Choose(int ways)
    {
        if (_next >= _choices.Count)
        {
            return 0;
        }

        return (int)((uint)_choices[_next++] % (uint)ways);
    }

    private string One(string[] words) => words[Choose(words.Length)];

    private void Add(string text) => _text.Append(text);

    /// <summary>A keyword in some case, with some space around it.</summary>
    private void Word(string word)
    {
        Space();
        Add(Choose(3) switch
        {
            0 => word,
            1 => word.ToUpperInvariant(),
            _ => string.Create(word.Length, word, static (span, w) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = i % 2 == 0 ? char.ToUpperInvariant(w[i]) : w[i];
                }
            }),
        });
        Space();
    }

    private void Words(params string[] words)
    {
        foreach (var word in words)
        {
            Word(word);
        }
    }

    private void Space() => Add(Choose(4) == 3 ? One(Spaces) : " ");

    private void Statement()
    {
        switch (Choose(14))
        {
            case <= 5:
                Query();
                break;
            case 6:
                WithQuery();
                break;
            case 7:
                Modification();
                break;
            case 8 when _postgreSql:
                Query();
                Words("for", One(["update", "share", "no key update", "key share"]));
                break;
            case 9 when _postgreSql:
                Words("select", "id", "into");
                Add(One(["", "temp ", "unlogged ", "table "]));
                Add("fresh_table");
                From();
                break;
            case 10:
                Explain();
                break;
            case 11:
                Command();
                break;
            default:
                Query();
                break;
        }
    }

    private void Explain()
    {
        Word("explain");
        Add(_postgreSql ? One(["", "analyze ", "verbose ", "(costs off) ", "(analyze, verbose) ", "(analyze false) "]) : One(["", "query plan "]));
        if (Choose(2) == 0)
        {
            Query();
        }
        else
        {
            Modification();
        }
    }

    private void Command() => Add(_postgreSql
        ? One(["truncate payments", "drop table payments", "create table fresh_table (id int)", "create temp table fresh_table (id int)", "lock table orders in share mode",
            "notify a", "listen a", "set work_mem = '1MB'", "set local work_mem = '1MB'", "show work_mem", "alter table orders add fresh int", "call write_by_procedure()",
            "do $$ begin insert into categories values (901, null, 'x'); end $$", "create index fresh_index on orders (total)", "comment on table orders is 'x'",
            "reset all", "prepare p as select 1", "table orders", "values (1)", "fetch 1 from c", "select 1", "refresh materialized view m"])
        : One(["pragma user_version", "pragma user_version = 7", "pragma table_info(orders)", "create table fresh_table (id)", "drop table payments", "vacuum", "analyze", "reindex",
            "pragma journal_mode", "pragma optimize", "alter table orders add fresh", "values (1)", "create index fresh_index on orders (total)", "pragma application_id = 3",
            "select * from pragma_optimize", "select * from pragma_table_info('orders')", "pragma wal_checkpoint", "pragma incremental_vacuum", "create temp table fresh_table (id)",
            "replace into categories (id, name) values (901, 'x')"]));

    private void WithQuery()
    {
        Word("with");
        Add(One(["c", "c(a)", "\"delete\"", "c (a)"]));
        Words("as");
        Add(One(["(", "(", "materialized (", "not materialized ("]));
        if (_postgreSql && Choose(3) == 1)
        {
            Modification();
            Words("returning", "id");
        }
        else
        {
            Query();
        }

        Add(")");
        switch (Choose(4))
        {
            case 1:
                Modification();
                break;
            case 2 when _postgreSql:
                Add("(");
                Query();
                Add(")");
                break;
            default:
                Query();
                break;
        }
    }

    private void Modification()
    {
        switch (Choose(_postgreSql ? 4 : 5))
        {
            case 0:
                Words("insert", "into");
                Add("categories (id, name) values (");
                Add((900 + Choose(90)).ToString(CultureInfo.InvariantCulture));
                Add(", 'x')");
                break;
            case 1:
                Words("update");
                Add("orders set note = ");
                Expression();
                Add(One(["", " where id = 1"]));
                break;
            case 2:
                Words("delete", "from");
                Add("payments where id = ");
                Expression();
                break;
            case 3:
                Words("insert", "into");
                Add("categories (id, name) ");
                Words("select");
                Add("902, 'y'");
                break;
            default:
                Words("replace", "into");
                Add("categories (id, name) values (903, 'z')");
                break;
        }
    }

    private void Query()
    {
        _depth++;
        Word("select");
        Add(One(["", "", "distinct ", _postgreSql ? "distinct on (1) " : "all "]));
        Expression();
        if (Choose(3) == 1)
        {
            Add(", ");
            Expression();
            Add(One(["", " as a", " as \"insert\"", " as delete"]));
        }

        From();
        if (Choose(3) == 1)
        {
            Word("where");
            Expression();
            Add(" is not null");
        }

        Tail();
        _depth--;
    }

    private void Tail()
    {
        switch (Choose(8))
        {
            case 1:
                Words("group", "by");
                Add("1");
                break;
            case 2:
                Words("order", "by");
                Add("1");
                break;
            case 3:
                Words("limit");
                Add(One(["1", "(1)", "abs(2)"]));
                break;
            case 4:
                Word(One(["union", "union all", "except", "intersect"]));
                Query();
                break;
            case 5 when _postgreSql:
                Words("group", "by");
                Add(One(["rollup (1)", "cube(1)", "grouping sets ((1), ())", "grouping sets (rollup (1))"]));
                break;
            case 6 when _postgreSql:
                Words("offset");
                Add("0 rows fetch first (1) rows only");
                break;
            default:
                break;
        }
    }

    private void From()
    {
        if (Choose(6) == 1)
        {
            return;
        }

        Word("from");
        Source();
        switch (Choose(5))
        {
            case 1:
                Add(", ");
                Source();
                break;
            case 2:
                Words(One(["join", "left join", "inner join"]));
                Source();
                Add(" on (");
                Expression();
                Add(") is null");
                break;
            case 3:
                Words("cross", "join");
                Source();
                break;
            default:
                break;
        }
    }

    private void Source()
    {
        if (_depth > DeepestNesting)
        {
            Add("orders");
            return;
        }

        switch (Choose(7))
        {
            case 1:
                Add("(");
                Query();
                Add(") ");
                Add(One(["s", "as s", _postgreSql ? "s(id)" : "s", _postgreSql ? "as s (id)" : "s"]));
                break;
            case 2:
                Add(_postgreSql
                    ? One(["generate_series(1, 3) g(id)", "generate_series(1, 2) with ordinality as g(id, n)", "write_something() w(id)", "nextval('order_numbers') n(id)", "rows from (generate_series(1, 2)) as r(id)"])
                    : One(["json_each('[1]')", "pragma_table_info('orders')", "my_table('x')"]));
                break;
            case 3:
                Add(One(Tables));
                Add(_postgreSql ? One([" t", " as t", " t(id)", " tablesample system (50) repeatable (7)"]) : One([" t", " as t", " not indexed"]));
                break;
            case 4 when _postgreSql:
                Add("lateral (");
                Query();
                Add(") as l");
                break;
            default:
                Add(One(Tables));
                break;
        }
    }

    private void Expression()
    {
        if (++_depth > DeepestNesting + 2)
        {
            Add("1");
            _depth--;
            return;
        }

        switch (Choose(14))
        {
            case 1:
                Add(Literal());
                break;
            case 2:
                Call(One(PureFunctions));
                break;
            case 3:
            case 4:
                Call(One(_postgreSql ? PostgreSqlFunctions : SqliteFunctions));
                break;
            case 5:
                Add("(");
                Query();
                Add(")");
                break;
            case 6:
                Words("case", "when");
                Expression();
                Words("is", "null", "then");
                Add("1 else 2");
                Word("end");
                break;
            case 7:
                Add("(");
                Expression();
                Add(One([") || 'x'", ") = (1)", ")"]));
                break;
            case 8:
                Words("exists");
                Add("(");
                Query();
                Add(")");
                break;
            case 9:
                Words("cast");
                Add("(");
                Expression();
                Add(" as varchar(20))");
                break;
            case 10:
                Add("count(*)");
                Add(One(["", " filter (where 1 = 1)", " over ()", " over (order by (1))"]));
                break;
            case 11 when _postgreSql:
                Add(One(["@write_something()", "(array[1, 2])[1:write_something()::int]", "extract(year from now())", "substring('abc' from 1 for 2)", "array[1, 2]", "'1'::numeric(3)", "- write_something ()"]));
                break;
            default:
                Add(One(Columns));
                break;
        }

        _depth--;
    }

    private void Call(string function)
    {
        var arguments = ArgumentsOf(function);
        if (arguments is not null)
        {
            Add(function);
            Add(One(["", " ", "/**/", " -- x\n"]));
            Add(arguments);
            return;
        }

        Add(function + "(");
        Expression();
        Add(function is "coalesce" or "nullif" ? ", null)" : ")");
    }

    /// <summary>Arguments for functions that would otherwise fail before they do what they do; null for any expression.</summary>
    private static string? ArgumentsOf(string function) => function switch
    {
        "nextval" or "pg_catalog.nextval" or "currval" => "('order_numbers')",
        "setval" => "('order_numbers', 5)",
        "pg_advisory_xact_lock" => "(5)::text",
        "pg_notify" => "('a', 'b')::text",
        "array_length" => "(array[1], 1)",
        "lo_create" => "(0)",
        "now" or "random" or "txid_current" or "pg_backend_pid" or "write_something" or "write_quietly" or "public.write_something"
            or "\"write_something\"" or "last_insert_rowid" or "changes" or "total_changes" => "()",
        _ => null,
    };

    private string Literal() => _postgreSql
        ? One(["1", "'a'", "'it''s; delete from orders'", "$$ ; delete from orders; $$", "$x$ $$ $x$", "E'\\'; delete from orders; --'", "E'a'\n'\\''", "'\\'", "U&'\\0061'", "b'101'", "1e3", "null", "'a'::text"])
        : One(["1", "'a'", "'it''s; delete from orders'", "x'0F'", "1e3", "'\\'", "null", "\"id\"", "[id]", "`id`"]);
}
