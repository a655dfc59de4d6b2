using Routing.Providers.PostgreSql;

namespace Routing.UnitTests.Statements;

public sealed class PostgreSqlTruthTableTests
{
    private const string Reads = """
        Read    Neutral | select 1 | query without side effects
        Read    Neutral | SELECT 1; | query without side effects
        Read    Neutral | ;;select 1;;
        Read    Neutral |  | no statement
        Read    Neutral | -- only a comment | no statement
        Read    Neutral | select * from orders where id = $1
        Read    Neutral | select * from orders where id = @id and total > :total
        Read    Neutral | (select 1) union (select 2)
        Read    Neutral | ((select 1))
        Read    Neutral | values (1, 'a'), (2, 'b')
        Read    Neutral | table orders
        Read    Neutral | with c as (select 1) select * from c
        Read    Neutral | with c(a, b) as (select 1, 2), d (x) as (values (3)) select * from c, d
        Read    Neutral | with recursive t(n) as (select 1 union all select n + 1 from t where n < 10) select sum(n) from t
        Read    Neutral | with c as materialized (select 1) select * from c
        Read    Neutral | with c as not materialized (select 1) select * from c
        Read    Neutral | show search_path | SHOW
        Read    Neutral | show all
        Read    Neutral | explain select * from orders | EXPLAIN executes nothing
        Read    Neutral | explain verbose select * from orders | EXPLAIN executes nothing
        Read    Neutral | explain (costs off) select * from orders | EXPLAIN executes nothing
        Read    Neutral | explain insert into orders values (1) | EXPLAIN executes nothing
        Read    Neutral | explain delete from orders where id = 1 | EXPLAIN executes nothing
        Read    Neutral | explain analyze select * from orders | EXPLAIN ANALYZE: query without side effects
        Read    Neutral | explain (analyze, buffers) select * from orders | EXPLAIN ANALYZE: query without side effects
        Read    Neutral | explain (select 1) | EXPLAIN executes nothing
        Read    Neutral | select now(), current_date, current_timestamp(3), localtime
        Read    Neutral | select pg_catalog.lower('A')
        Read    Neutral | select "pg_catalog"."lower"('A')
        Read    Neutral | select "lower"('A')
        Read    Neutral | select count(*) filter (where paid) from orders
        Read    Neutral | select sum(x) over (partition by (y) order by (z)) from t
        Read    Neutral | select sum(x) over w from t window w as (partition by y)
        Read    Neutral | select percentile_cont(0.5) within group (order by total) from orders
        Read    Neutral | select a from t group by grouping sets ((a), ())
        Read    Neutral | select a from t group by rollup (a, b)
        Read    Neutral | select a from t group by cube (a), rollup(b)
        Read    Neutral | select a from t group by grouping sets (rollup (a), cube (b))
        Read    Neutral | select x::numeric(10, 2), cast(y as varchar(20)), z::my_type(3), q::public.my_type(1)
        Read    Neutral | select * from generate_series(1, 3) as g(i)
        Read    Neutral | select * from generate_series(1, 3) g(i)
        Read    Neutral | select i, case when i > 100 then (select count(*) from generate_series(1, 2) a, generate_series(1, 2) b where a + b > i)::text end from generate_series(1, 110) i
        Read    Neutral | select * from generate_series(1, 3) with ordinality as g(i, n)
        Read    Neutral | select * from (values (1, 2)) v(a, b) where a > 1
        Read    Neutral | select * from orders o(id, total) join items i(oid) on (o.id = i.oid)
        Read    Neutral | select * from orders o join (select 1 as id) s on s.id = o.id
        Read    Neutral | select * from orders left join (items cross join products) using (id)
        Read    Neutral | select * from orders, lateral (select 1) l(a)
        Read    Neutral | select * from orders cross join lateral jsonb_array_elements(tags) e(value)
        Read    Neutral | select * from jsonb_to_recordset($1) as t(a int, b numeric(10,2))
        Read    Neutral | select * from rows from (generate_series(1, 2), generate_series(1, 3)) as t(a, b)
        Read    Neutral | select * from orders tablesample bernoulli (10) repeatable (7)
        Read    Neutral | select * from orders tablesample system (10)
        Read    Neutral | select name like ('a' || '%'), name not like ('b'), name ilike ('c') from t
        Read    Neutral | select * from t where (a, b) overlaps (c, d)
        Read    Neutral | select * from t where row(a, b) overlaps (c, d)
        Read    Neutral | select * from t where name like 'a\_b' escape '\'
        Read    Neutral | select timestamp at time zone ('utc') from t
        Read    Neutral | select * from t fetch first (3) rows only
        Read    Neutral | select extract(year from created_at), substring(name from 1 for 3), trim(both ' ' from name), position('a' in name) from t
        Read    Neutral | select overlay(name placing 'x' from 1 for 2) from t
        Read    Neutral | select a is distinct from b from t
        Read    Neutral | select array[1, 2], array(select 1), (array[1, 2])[1:2], a[1]
        Read    Neutral | select '{"a":1}'::jsonb -> 'a', j ->> 'b', j #>> '{a,b}', j @> '{}', j ? 'a', j ?| array['a']
        Read    Neutral | select data @? '$.a', data @@ '$.b' from t
        Read    Neutral | select to_tsvector('english', body) @@to_tsquery('a & b') from t
        Read    Neutral | select case when a then coalesce(b, 1) else nullif(c, 2) end from t
        Read    Neutral | select exists (select 1), not exists (select 2), 1 = any (array[1]), 1 in (select 1), 2 > all (values (1))
        Read    Neutral | select greatest(1, 2), least(3, 4)
        Read    Neutral | select t.* from t order by t.a using < nulls last limit 10 offset 5
        Read    Neutral | select distinct on (a) b, lower(c) from t
        Read    Neutral | select interval '1 day' + date '2020-01-01', interval(3) '1 second'
        Read    Neutral | select 'insert into t', "delete", 1 as "update" from "into"
        Read    Neutral | select t.update, t.delete, t.for from t
        Read    Neutral | select 1 as delete
        Read    Neutral | select replace(a, 'b', 'c') from t
        Read    Neutral | select $$ ; delete from t; $$
        Read    Neutral | select $x$ $$ $x$, $1
        Read    Neutral | select E'it\'s; delete from t', 'it''s'
        Read    Neutral | select U&'d\0061t', U&"d\0061t" from t
        Read    Neutral | select b'101', x'1F', N'n'
        Read    Neutral | select 1e5, 1.5e-3, .5, 10., 0x1F, 1_000
        Read    Neutral | select /* insert */ 1 -- ; delete from t
        Read    Neutral | select /* /* nested */ delete from t; */ 1
        Read    Neutral | select 1; select 2 | query without side effects
        Read    Neutral | select xmlelement(name a, xmlattributes(1 as b)), xmlagg(x) from t
        Read    Neutral | select * from xmltable('/a' passing x columns id int path '@id')
        Read    Neutral | select pg_sleep(1)
        Read    Neutral | select pg_is_in_recovery(), pg_last_wal_replay_lsn()
        Read    Neutral | select pg_size_pretty(pg_total_relation_size('orders'))
        Read    Neutral | select random(), gen_random_uuid(), clock_timestamp()
        Read    Neutral | select current_setting('app.tenant', true)
        Read    Neutral | select current_schema(), current_user, session_user
        Read    Neutral | select collation for ('a')
        Read    Neutral | select grouping(a) from t group by a
        Read    Neutral | select * from information_schema.tables where table_schema = 'public'
        Read    Neutral | select json_agg(row_to_json(t)) from t
        Read    Neutral | select format('%s', a), string_agg(a, ',' order by a) from t
        Read    Neutral | select (a).b, (f).* from t
        Read    Neutral | select int4(1.5), text(5), date('2020-01-01')
        Read    Neutral | select * from t as x(a, b)
        Read    Neutral | select a from t union all select b from u intersect select c from v except select d from w
        Read    Neutral | with c as (select 1) (select * from c)
        Read    Neutral | select * from (with c as (select 1) select * from c) s
        Read    Neutral | with recursive t as (select 1 as id) search depth first by id set o cycle id set c using p select * from t
        Read    Neutral | select count(*) from pg_stat_activity
        Read    Neutral | select * from orders where created_at > now() - interval '7 days'
        Read    Neutral | select any_value(a), json_value(j, '$.a') from t
        """;

    private const string Writes = """
        Write   Neutral | insert into orders (id, total) values (1, 2) | INSERT
        Write   Neutral | insert into sales.orders (id) select id from old
        Write   Neutral | insert into orders as o (id) values (1) on conflict (id) do update set total = excluded.total returning id
        Write   Neutral | insert into orders default values
        Write   Neutral | insert into orders (id) values (1) on conflict do nothing
        Write   Neutral | update orders set total = 1, (a, b) = (1, 2) where id = 3 | UPDATE
        Write   Neutral | update only orders o set total = lower('A')::int from items i(x) where o.id = i.x
        Write   Neutral | delete from orders using items where orders.id = items.order_id returning * | DELETE
        Write   Neutral | merge into t using s on t.id = s.id when matched then update set a = 1 when not matched then insert values (1) | MERGE
        Write   Neutral | with x as (select 1) insert into t select * from x | INSERT inside a query
        Write   Neutral | with x as (insert into t values (1) returning id) select * from x | INSERT inside a query
        Write   Neutral | with x as (update t set a = 1 returning id) select * from x | UPDATE inside a query
        Write   Neutral | with x as (delete from t returning *) insert into u select * from x | DELETE inside a query
        Write   Neutral | with x as materialized (delete from t returning *) select * from x | DELETE inside a query
        Write   Neutral | WITH/**/x/**/AS/**/(DELETE/**/FROM t)SELECT 1 | DELETE inside a query
        Write   Neutral | with a as (select 1), b as (with c as (delete from t returning 1) select * from c) select * from b
        Write   Neutral | explain analyze delete from t | EXPLAIN ANALYZE: DELETE
        Write   Neutral | explain (verbose, analyze) insert into t values (1) | EXPLAIN ANALYZE: INSERT
        Write   Neutral | select * from orders for update | FOR UPDATE locks rows
        Write   Neutral | select * from orders for no key update | FOR NO locks rows
        Write   Neutral | select * from orders for share | FOR SHARE locks rows
        Write   Neutral | select * from orders for key share of orders nowait | FOR KEY locks rows
        Write   Neutral | select * from orders for/**/update skip locked | FOR UPDATE locks rows
        Write   Neutral | select * from (select * from orders for update) s | FOR UPDATE locks rows
        Write   Neutral | table orders for update | FOR UPDATE locks rows
        Write   Unknown | select * into copy from orders | INTO creates a table
        Write   Unknown | select 1 into unlogged t
        Write   Sets    | select * into temp copy from orders | INTO creates a table
        Write   Sets    | select * into local temporary copy from orders
        Write   Unknown | with x as (delete from t returning *) select * into y from x | DELETE inside a query
        Write   Neutral | select nextval('s') | calls nextval
        Write   Neutral | SELECT NEXTVAL ('s') | calls nextval
        Write   Neutral | select pg_catalog.nextval('s') | calls nextval
        Write   Neutral | select "nextval"('s') | calls nextval
        Write   Neutral | select setval('s', 1) | calls setval
        Write   Neutral | select * from t where id = nextval('s') | calls nextval
        Write   Neutral | select * from nextval('s') n(a) | calls nextval
        Write   Neutral | select 1 from generate_series(1, 3) with ordinality, nextval('s') | calls nextval
        Write   Neutral | select distinct on (a) nextval('s') from t | calls nextval
        Write   Neutral | insert into orders (id) values (nextval('s')) | INSERT
        Write   Unknown | insert into orders (id) values (my_function()) | INSERT
        Write   Unknown | select lo_unlink(5) | calls lo_unlink
        Write   Unknown | select dblink_exec('c', 'delete from t') | calls dblink_exec
        Write   Neutral | select pg_notify('a', 'b') | calls pg_notify
        Write   Neutral | notify a, 'b' | notifies
        Write   Neutral | select pg_advisory_xact_lock(1) | calls pg_advisory_xact_lock
        Write   Neutral | select txid_current() | calls txid_current
        Write   Neutral | lock table orders in share mode | locks until the transaction ends
        Write   Sets    | select pg_advisory_lock(1) | calls pg_advisory_lock
        Write   Sets    | select pg_try_advisory_lock(1, 2) | calls pg_try_advisory_lock
        Write   Sets    | select pg_advisory_unlock_all() | calls pg_advisory_unlock_all
        Write   Unknown | create table t (id int) | definition
        Write   Unknown | create or replace view v as select 1
        Write   Unknown | create index concurrently i on t (lower(a))
        Write   Unknown | create function f() returns int language sql begin atomic select 1; select 2; end | definition
        Write   Unknown | create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end; select 1
        Write   Unknown | create rule r as on insert to t do also (insert into u values (1); delete from v)
        Write   Unknown | alter table t add column a int
        Write   Unknown | drop table t
        Write   Unknown | truncate t
        Write   Unknown | grant select on t to r
        Write   Unknown | comment on table t is 'x'
        Write   Unknown | vacuum t | maintenance
        Write   Unknown | analyze t
        Write   Unknown | reindex table t
        Write   Unknown | refresh materialized view v
        Write   Unknown | copy t from stdin | COPY FROM
        Write   Unknown | copy t (a, b) from '/tmp/x'
        Write   Sets    | create temp table t (id int) | temporary object
        Write   Sets    | create temporary view v as select 1
        Write   Sets    | create local temp table t (id int)
        Write   Sets    | create or replace temp view v as select 1
        Write   Sets    | create table pg_temp.t (id int) | temporary object
        Write   Controls:Other | prepare transaction 'x' | two-phase commit
        Write   Controls:Other | commit prepared 'x'
        Write   Controls:Other | rollback prepared 'x'
        Write   Neutral | select 1; delete from t | DELETE
        Write   Neutral | delete from t; select 1 | DELETE
        Write   Unknown | insert into t values (1); select my_function() | INSERT
        Write   Neutral | insert into t values (1); select lastval() | INSERT
        Write   Controls:Other | begin; insert into t values (1); commit | INSERT
        Write   Sets    | set search_path = a; delete from t | DELETE
        """;

    private const string Unknowns = """
        Unknown Unknown | select my_function() | calls unknown function my_function
        Unknown Unknown | select lower(my_function(1)) | calls unknown function my_function
        Unknown Unknown | select public.lower('a') | calls unknown function lower
        Unknown Unknown | select a.pg_catalog.lower('a') | calls unknown function lower
        Unknown Unknown | select "Lower"('A') | calls unknown function lower
        Unknown Unknown | select U&"lower"('A') | calls unknown function u&"lower"
        Unknown Unknown | select "in"(1) | calls unknown function in
        Unknown Unknown | select "from"(1) | calls unknown function from
        Unknown Unknown | select * from my_rows() as t(a) | calls unknown function my_rows
        Unknown Unknown | select * from t, my_rows() | calls unknown function my_rows
        Unknown Unknown | select * from t join my_rows() m on true | calls unknown function my_rows
        Unknown Unknown | select * from t cross join lateral my_rows() m | calls unknown function my_rows
        Unknown Unknown | select 1 where by(1) | calls unknown function by
        Unknown Unknown | select over(1) | calls unknown function over
        Unknown Unknown | select filter(1) | calls unknown function filter
        Unknown Unknown | select sets(1) | calls unknown function sets
        Unknown Unknown | select rollup(1) | calls unknown function rollup
        Unknown Unknown | select materialized(1) | calls unknown function materialized
        Unknown Unknown | select not materialized(1) | calls unknown function materialized
        Unknown Unknown | select join(1) | calls unknown function join
        Unknown Unknown | select ilike(1, 2) | calls unknown function ilike
        Unknown Unknown | select @my_function(1) | calls unknown function my_function
        Unknown Unknown | select a[1:my_function(2)] from t | calls unknown function my_function
        Unknown Unknown | select - my_function (1) | calls unknown function my_function
        Unknown Unknown | select my_function/* */(1) | calls unknown function my_function
        Unknown Unknown | select my_function -- x\n (1) | calls unknown function my_function
        Unknown Unknown | select (t).my_function(1) from t | calls unknown function my_function
        Unknown Unknown | with x as (select 1) select my_function() from x
        Unknown Unknown | select * from t tablesample my_method (10)
        Unknown Unknown | select 1 order by my_function()
        Unknown Unknown | select 1 limit my_function()
        Unknown Unknown | select case my_function() when 1 then 2 end
        Unknown Unknown | select query_to_xml('delete from t', true, true, '') | calls query_to_xml
        Unknown Unknown | select dblink('c', 'delete from t') | calls dblink
        Unknown Unknown | select pg_terminate_backend(1) | calls unknown function pg_terminate_backend
        Unknown Unknown | select pg_current_wal_lsn() | calls unknown function pg_current_wal_lsn
        Unknown Unknown | select pg_export_snapshot()
        Unknown Unknown | select pg_read_file('x')
        Unknown Neutral | select update from t | keyword UPDATE in a query
        Unknown Neutral | select 1 from t where delete = 1 | keyword DELETE in a query
        Unknown Unknown | explain select my_function() | EXPLAIN: calls unknown function my_function
        Unknown Unknown | explain analyze select my_function() | EXPLAIN ANALYZE: calls unknown function my_function
        Unknown Unknown | explain create table t as select 1 | EXPLAIN of an unknown statement
        Unknown Unknown | explain execute p | EXPLAIN of an unknown statement
        Unknown Unknown | explain explain select 1 | EXPLAIN of an unknown statement
        Unknown Unknown | explain | EXPLAIN of an unknown statement
        Unknown Unknown | explain (analyze | EXPLAIN of an unknown statement
        Unknown Unknown | call p(1) | unknown effect
        Unknown Unknown | do $$ begin delete from t; end $$ | unknown effect
        Unknown Unknown | execute p(1) | runs what PREPARE named
        Unknown Unknown | copy t to stdout
        Unknown Unknown | copy (delete from t returning *) to stdout
        Unknown Unknown | frobnicate t | unknown statement
        Unknown Unknown | selec 1 | unknown statement
        Unknown Unknown | "select" 1 | unknown statement
        Unknown Unknown | 'select' 1 | unknown statement
        Unknown Unknown | 1 | unknown statement
        Unknown Unknown | select 'a | unterminated string
        Unknown Unknown | select E'a\' | unterminated string
        Unknown Unknown | select "a | unterminated quoted name
        Unknown Unknown | select $$ a | unterminated dollar quote
        Unknown Unknown | select $a$ a $b$ | unterminated dollar quote
        Unknown Unknown | select /* a | unterminated comment
        Unknown Unknown | select /* /* a */ | unterminated comment
        Unknown Unknown | select 1a | unreadable number
        Unknown Unknown | select 1into t | unreadable number
        Unknown Unknown | select $1a | unreadable parameter
        Unknown Unknown | select $a | unreadable character
        Unknown Unknown | select \ 1 | unreadable character
        Unknown Unknown | select {1} | unreadable character
        Unknown Unknown | select (1 | unbalanced parentheses
        Unknown Unknown | select 1) | unbalanced parentheses
        Unknown Unknown | select (1; delete from t) | unbalanced parentheses
        Unknown Reads   | select currval('s') | calls currval
        Unknown Reads   | select lastval() | calls lastval
        Unknown Reads+dirt | select lastval(), my_function() | calls lastval
        Unknown Reads   | select * from pg_temp.t | reads a temporary table
        Unknown Reads   | select 1; select lastval() | calls lastval
        Unknown Reads+dirt | select my_function(); select lastval()
        Unknown Reads   | fetch 10 from c | uses a cursor of its connection
        Unknown Reads   | move next from c
        Unknown Reads   | close c
        Unknown Unknown | declare c cursor for select 1
        Unknown Sets    | declare c cursor with hold for select 1 | sets session state
        Unknown Sets    | set search_path = a | sets session state
        Unknown Sets    | set session work_mem = '1MB'
        Unknown Sets    | set role r
        Unknown Sets    | set time zone 'utc'
        Unknown Sets    | set session characteristics as transaction read only
        Unknown Neutral | set local statement_timeout = 5 | SET LOCAL ends with the transaction
        Unknown Unknown | set local app.tenant = 'a' | SET LOCAL ends with the transaction
        Unknown Unknown | set constraints all immediate | unknown effect
        Unknown Sets    | reset all
        Unknown Sets    | discard all
        Unknown Sets    | listen a
        Unknown Sets    | unlisten *
        Unknown Sets    | load 'x'
        Unknown Sets    | prepare p as select 1
        Unknown Sets    | deallocate p
        Unknown Sets    | select set_config('a.b', 'c', false) | calls set_config
        Unknown Sets    | select setseed(0.5) | calls setseed
        Unknown Sets    | select dblink_connect('c') | calls dblink_connect
        Unknown Controls:Begin | begin | controls a transaction
        Unknown Controls:Begin | begin isolation level serializable
        Unknown Controls:Begin | start transaction read only
        Unknown Controls:Commit | commit
        Unknown Controls:Commit | end
        Unknown Controls:Commit | commit and no chain
        Unknown Controls:Other | commit and chain
        Unknown Controls:Rollback | rollback
        Unknown Controls:Rollback | abort
        Unknown Controls:Rollback | rollback work
        Unknown Controls:Other | rollback and chain
        Unknown Controls:Savepoint | savepoint a
        Unknown Controls:Savepoint | release savepoint a
        Unknown Controls:Savepoint | rollback to savepoint a
        Unknown Controls:Savepoint | rollback transaction to a
        Unknown Controls:Other | set transaction read only
        Unknown Controls:Other | begin; select 1; commit
        """;

    private const string Hostile = """
        Write   Neutral | select 1/**/;/**/delete/**/from t | DELETE
        Write   Neutral | select 1 --\n; delete from t | DELETE
        Write   Neutral | select '--'; delete from t -- ' | DELETE
        Write   Neutral | select '/*'; delete from t; select '*/' | DELETE
        Write   Neutral | select /* /* */ */ 1; delete from t | DELETE
        Write   Neutral | select '\'; delete from t; --' | DELETE
        Write   Neutral | select E'\\'; delete from t; --' | DELETE
        Write   Neutral | select E'a''\''; delete from t; --' | DELETE
        Read    Neutral | select E'a'\n'\'; delete from t; --'
        Read    Neutral | select E'a' -- c\n 'b\', my_function(), '
        Unknown Unknown | select E'a'\n'\'', my_function() --' | calls unknown function my_function
        Unknown Unknown | select E'a' -- c\n 'b\'', my_function() --' | calls unknown function my_function
        Read    Neutral | select E'a' '\'', my_function() --'
        Read    Neutral | select 'a'\n'\'', my_function() --'
        Write   Neutral | select 'a'\n'\'; delete from t; --' | DELETE
        Write   Neutral | select fooe'\'; delete from t; --' | DELETE
        Write   Neutral | select $a$ $b$ $a$; delete from t; select $b$ $b$ | DELETE
        Write   Neutral | select a$b$; delete from t; select c$b$ | DELETE
        Write   Neutral | select $1$a$ $a$; delete from t | DELETE
        Write   Neutral | select "a""; b"; delete from t | DELETE
        Unknown Unknown | select @$a$'$a$, my_function() --' | calls unknown function my_function
        Unknown Unknown | select @p$a$'$a$, my_function() --' | unreadable parameter
        Unknown Unknown | select :p$a$'$a$, my_function() --' | unreadable parameter
        Write   Neutral | select U&'\'; delete from t; --' | DELETE
        Write   Neutral | select "'"; delete from t; select "'" | DELETE
        Write   Neutral | SeLeCt NeXtVaL('s') | calls nextval
        Unknown Unknown | select nextvaſ('s') | calls unknown function nextvaſ
        Unknown Unknown | ſelect 1 | unknown statement
        Unknown Unknown | select\u00A01 | unknown statement
        Unknown Unknown | select lower\u00A0('a') | calls unknown function lower\u00A0
        Read    Neutral | select "a;b" from "c--d" where "e/*f" = '$$g'
        """;

    public static TheoryData<string, string, string?> Rows => TruthTable.Parse(Reads + "\n" + Writes + "\n" + Unknowns + "\n" + Hostile);

    [Theory]
    [MemberData(nameof(Rows))]
    public void PostgreSql_statement_has_the_class_and_effect_of_its_row(string expected, string text, string? reason) =>
        TruthTable.Check(PostgreSqlSyntax.Classifier, expected, text, reason);
}
