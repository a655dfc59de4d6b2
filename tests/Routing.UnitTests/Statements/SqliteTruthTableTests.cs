using Routing.Providers.Sqlite;

namespace Routing.UnitTests.Statements;

public sealed class SqliteTruthTableTests
{
    private const string Reads = """
        Read    Neutral | select 1 | query without side effects
        Read    Neutral | SELECT * FROM orders WHERE id = @id AND total > :total OR x = $x OR y = ? OR z = ?2
        Read    Neutral | values (1, 2), (3, 4)
        Read    Neutral | with c as (select 1) select * from c
        Read    Neutral | with c(a) as (select 1), d (b) as (values (2)) select * from c, d
        Read    Neutral | with recursive c(n) as (select 1 union all select n + 1 from c where n < 5) select n from c
        Read    Neutral | with c as materialized (select 1) select * from c
        Read    Neutral | with c as not materialized (select 1) select * from c
        Read    Neutral | select count(*) filter (where paid), sum(x) over (partition by (y) order by (z)) from t
        Read    Neutral | select row_number() over w from t window w as (order by a)
        Read    Neutral | select replace(a, 'b', 'c'), cast(a as decimal(10, 2)), coalesce(a, 1) from t
        Read    Neutral | select [a;b], `c--d`, "e/*f" from [delete from t]
        Read    Neutral | select 'it''s', x'0F', 1e5, .5, 0x1F from t
        Read    Neutral | select * from t where a like ('b%') and a not like ('c') and a glob ('d*') and a in (1, 2) and a between (1) and (2)
        Read    Neutral | select * from t where a like 'x\%' escape '\'
        Read    Neutral | select * from json_each(@j) j join json_tree(@k) as k on (j.id = k.id)
        Read    Neutral | select * from t left join (select 1 as a) s using (a)
        Read    Neutral | select * from t natural join u cross join v
        Read    Neutral | select date('now'), datetime(a, '+1 day'), strftime('%Y', a), julianday('now') from t
        Read    Neutral | select abs(random()), hex(randomblob(16)), typeof(a), quote(a), printf('%d', a) from t
        Read    Neutral | select group_concat(a, ','), total(b), min(c), max(d) from t group by e having count(*) > 1
        Read    Neutral | select * from t limit (1) offset (2)
        Read    Neutral | select case when a then b else c end from t
        Read    Neutral | select exists (select 1), not exists (select 2)
        Read    Neutral | select 1 union select 2 union all select 3 except select 4 intersect select 5
        Read    Neutral | select bm25(f), highlight(f, 0, '<', '>'), snippet(f, 0, '<', '>', '', 5) from f where f match 'a'
        Read    Neutral | select "lower"('A')
        Read    Neutral | select /* ; delete from t */ 1 -- ; delete from t
        Read    Neutral | select 1;
        Read    Neutral | select 1; select 2
        Read    Neutral | pragma table_info(orders) | pragma that only looks
        Read    Neutral | pragma table_info('orders')
        Read    Neutral | pragma main.table_xinfo(orders)
        Read    Neutral | pragma foreign_key_list(orders)
        Read    Neutral | pragma integrity_check
        Read    Neutral | pragma user_version | pragma that only looks
        Read    Neutral | PRAGMA main.user_version
        Read    Neutral | pragma journal_mode
        Read    Neutral | pragma compile_options
        Read    Neutral | select * from pragma_table_info('orders')
        Read    Neutral | select name from pragma_index_list('orders') as l
        Read    Neutral | select user_version from pragma_user_version
        Read    Neutral | explain select * from t | EXPLAIN executes nothing
        Read    Neutral | explain query plan select * from t where a = 1 | EXPLAIN executes nothing
        Read    Neutral | explain query plan delete from t | EXPLAIN executes nothing
        Read    Neutral | select * from sqlite_master
        Read    Neutral | select sqlite_version(), iif(a, 1, 2), ifnull(a, 0) from t
        Read    Neutral | select a -> '$.b', a ->> '$.c' from t
        Read    Neutral | select t.update_count, temp from t
        """;

    private const string Writes = """
        Write   Neutral | insert into orders (id) values (1) | INSERT
        Write   Neutral | insert or replace into orders (id, total) values (1, 2) on conflict (id) do update set total = excluded.total
        Write   Neutral | replace into orders (id) values (1) | REPLACE
        Write   Neutral | insert into main.orders (id) select abs(a) from t returning id
        Write   Neutral | update or ignore orders set (a, b) = (1, 2) where id = 1 | UPDATE
        Write   Neutral | delete from orders where id = 1 | DELETE
        Write   Neutral | with c as (select 1) insert into t select * from c | INSERT inside a query
        Write   Neutral | with c as (select 1) replace into t select * from c | REPLACE inside a query
        Write   Neutral | with c as (select 1) delete from t where a in c | DELETE inside a query
        Write   Neutral | with c as (select 1) update t set a = 1 | UPDATE inside a query
        Write   Unknown | insert into t values (my_function()) | INSERT
        Write   Reads   | insert into items (order_id) values (last_insert_rowid()) | INSERT
        Write   Neutral | insert into t values (1); select last_insert_rowid() | INSERT
        Write   Neutral | update t set a = 1; select changes() | UPDATE
        Write   Neutral | create table t (id integer primary key, a decimal(1, 2) default (1 + 1)) | definition
        Write   Neutral | create trigger r after insert on t begin insert into u values (1); update v set a = case when 1 then 2 end; end | definition
        Write   Neutral | create trigger r after insert on t begin delete from u; end; select 1 | definition
        Write   Sets    | create temp trigger r after insert on t begin delete from u; end
        Write   Neutral | create index i on t (a)
        Write   Neutral | create view v as select 1
        Write   Neutral | create virtual table f using fts5(a)
        Write   Neutral | alter table t add column a
        Write   Neutral | drop table t
        Write   Neutral | vacuum | maintenance
        Write   Neutral | analyze
        Write   Neutral | reindex
        Write   Neutral | pragma user_version = 5 | pragma that writes
        Write   Neutral | pragma wal_checkpoint(truncate)
        Write   Neutral | pragma optimize
        Write   Sets    | create temp table t (a) | temporary object
        Write   Sets    | create temporary view v as select 1
        Write   Sets    | create table temp.t (a)
        Write   Neutral | select 1; delete from t | DELETE
        Write   Controls:Other | begin; delete from t; commit | DELETE
        """;

    private const string Unknowns = """
        Unknown Unknown | select my_function(1) | calls unknown function my_function
        Unknown Unknown | select "my_function"(1) | calls unknown function my_function
        Unknown Unknown | select [my_function](1) | calls unknown function my_function
        Unknown Unknown | select * from my_table('a') | calls unknown function my_table
        Unknown Unknown | select * from 'my_table'('a') | calls unknown function my_table
        Unknown Unknown | select * from t where regexp('a', b) | calls unknown function regexp
        Unknown Unknown | select over(1)
        Unknown Unknown | select offset(1)
        Unknown Unknown | select * from pragma_optimize | runs a pragma
        Unknown Unknown | select * from "pragma_optimize" | runs a pragma
        Unknown Unknown | select * from [pragma_optimize]
        Unknown Unknown | select * from 'pragma_optimize'
        Unknown Unknown | select * from pragma_wal_checkpoint
        Unknown Unknown | select * from pragma_optimize(2)
        Unknown Unknown | select 'a | unterminated string
        Unknown Unknown | select "a | unterminated quoted name
        Unknown Unknown | select [a | unterminated quoted name
        Unknown Unknown | select `a | unterminated quoted name
        Unknown Unknown | select 1 /* a | unterminated comment
        Unknown Unknown | select 1a | unreadable number
        Unknown Unknown | select ?1a | unreadable parameter
        Unknown Unknown | select $a(') , load_extension('x') , '') | unreadable parameter
        Unknown Unknown | select :a::b | unreadable parameter
        Unknown Unknown | select # | unreadable character
        Unknown Unknown | select $ a | unreadable character
        Unknown Unknown | select (1 | unbalanced parentheses
        Unknown Unknown | frobnicate | unknown statement
        Unknown Unknown | explain pragma journal_mode = delete | EXPLAIN of an unknown statement
        Unknown Unknown | explain select my_function() | EXPLAIN: calls unknown function my_function
        Unknown Reads   | select last_insert_rowid() | calls last_insert_rowid
        Unknown Reads   | select changes(), total_changes() | calls changes
        Unknown Reads   | select * from temp.t | reads a temporary table
        Unknown Reads   | select * from sqlite_temp_master
        Unknown Reads   | pragma data_version | pragma about its connection
        Unknown Sets    | select load_extension('x') | calls load_extension
        Unknown Sets    | pragma foreign_keys = on | pragma that sets session state
        Unknown Sets    | pragma cache_size(100)
        Unknown Sets    | pragma journal_mode = wal
        Unknown Sets    | pragma frobnicate
        Unknown Sets    | pragma query_only = off
        Unknown Sets    | attach 'x.db' as x | sets session state
        Unknown Sets    | detach x
        Unknown Controls:Begin | begin immediate | controls a transaction
        Unknown Controls:Commit | commit transaction
        Unknown Controls:Commit | end
        Unknown Controls:Rollback | rollback
        Unknown Controls:Savepoint | rollback to a
        Unknown Controls:Savepoint | savepoint a
        Unknown Controls:Savepoint | release a
        """;

    private const string Hostile = """
        Write   Neutral | select 1 /* /* */; delete from t | DELETE
        Write   Neutral | select '\'; delete from t; --' | DELETE
        Write   Neutral | select [a'b]; delete from t; select [c'd] | DELETE
        Write   Neutral | select `a'b`; delete from t; select `c'd` | DELETE
        Write   Neutral | select [a[b]; delete from t; select 1 as [c] | DELETE
        Write   Neutral | select 'a'/**/;/**/dElEtE/**/from t | DELETE
        Write   Neutral | select e'\'; delete from t; --' | DELETE
        Write   Neutral | with c as (select 1) -- x\n delete from t | DELETE inside a query
        Unknown Unknown | select\u00A01 | unknown statement
        """;

    public static TheoryData<string, string, string?> Rows => TruthTable.Parse(Reads + "\n" + Writes + "\n" + Unknowns + "\n" + Hostile);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Sqlite_statement_has_the_class_and_effect_of_its_row(string expected, string text, string? reason) =>
        TruthTable.Check(SqliteSyntax.Classifier, expected, text, reason);
}
