using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.PostgreSql;

/// <summary>
/// Session state of PostgreSQL, and everything behind a harmless statement that can set it. The function <c>leave</c> sets
/// some of every kind, <c>leave_quietly</c> what even a function may that claims to be immutable, as its author says.
/// </summary>
internal static class PostgreSqlLeaks
{
    public const string Definitions = """
        create table clean_plain (id bigint generated always as identity primary key, name text not null default 'x' check (length(name) < 100), total numeric(10,2) default 0, made timestamptz default now());
        create table clean_serial (id bigserial primary key, parent bigint references clean_plain (id) on delete cascade, half int generated always as (2 / 1) stored);
        create index clean_lower on clean_plain (lower(name)) where total >= 0;
        create view clean_view as select p.id, lower(p.name) as name, count(s.id) as many from clean_plain p left join clean_serial s on s.parent = p.id group by p.id, p.name;
        create function clean_sql(x bigint) returns bigint language sql stable as 'select count(*) from clean_plain where id > x';
        create function clean_atomic(x bigint) returns bigint language sql stable return x + 1;
        create table clean_parent (id int, name text) partition by range (id);
        create table clean_child partition of clean_parent for values from (0) to (100);
        create domain clean_short as text check (length(value) < 50);
        create table clean_domain (name clean_short);
        create type clean_mood as enum ('good', 'bad');
        create table clean_enum (mood clean_mood);
        insert into clean_plain (name) values ('a'), ('b');

        create function leave() returns text language plpgsql as $$
        begin
          perform set_config('routing.tenant', 'left over', false);
          perform set_config('work_mem', '777kB', false);
          perform pg_advisory_lock(57110);
          execute 'listen left_over';
          execute 'set session characteristics as transaction isolation level repeatable read';
          execute 'set statement_timeout = 77777';
          if not exists (select from pg_prepared_statements where name = 'left_over') then
            execute 'prepare left_over as select 1';
          end if;
          if not exists (select from pg_cursors where name = 'left_over') then
            execute 'declare left_over cursor with hold for select 1';
          end if;
          execute 'create temp table if not exists clean_hidden (x int)';
          return 'left';
        end $$;
        create function leave_quietly() returns text language plpgsql immutable as $$ begin perform pg_advisory_lock(57110); return set_config('routing.tenant', 'left', false); end $$;
        create function leave(x anyelement) returns boolean language plpgsql immutable as $$ begin perform pg_advisory_lock(57110); perform set_config('routing.tenant', 'left', false); return true; end $$;
        create function leave_by_sql() returns text language sql immutable as $$ select set_config('routing.tenant', 'left by sql', false) $$;
        create function leave_atomic() returns text language sql return set_config('routing.tenant', 'left atomic', false);
        create function leave_lock() returns void language sql as $$ select pg_advisory_lock(57120) $$;
        create function leave_in_trigger() returns trigger language plpgsql as $$ begin perform leave(); return coalesce(new, old); end $$;

        create table leak_trigger (id int);
        create trigger leave after insert or update or delete on leak_trigger for each row execute function leave_in_trigger();
        create table leak_statement_trigger (id int);
        create trigger leave before insert on leak_statement_trigger for each statement execute function leave_in_trigger();
        create table leak_deferred (id int);
        create constraint trigger leave after insert on leak_deferred deferrable initially deferred for each row execute function leave_in_trigger();
        create table leak_parent (id int) partition by range (id);
        create table leak_child partition of leak_parent for values from (0) to (100);
        create trigger leave after insert on leak_child for each row execute function leave_in_trigger();
        create table leak_ancestor (id int);
        create table leak_descendant () inherits (leak_ancestor);
        create trigger leave after update on leak_descendant for each row execute function leave_in_trigger();
        insert into leak_descendant values (1);
        create table leak_referenced (id int primary key);
        create table leak_referencing (id int references leak_referenced (id) on delete cascade);
        create trigger leave after delete on leak_referencing for each row execute function leave_in_trigger();
        create table leak_rule (id int);
        create rule leave as on insert to leak_rule do also select leave();
        create table leak_default (id int, name text default leave());
        create table leak_generated (id int, name text generated always as (leave_quietly()) stored);
        create table leak_check (id int check (leave(id)));
        create domain leak_domain as int check (leave(value));
        create table leak_of_domain (id leak_domain);
        create table leak_of_domains (ids leak_domain[]);
        create type leak_composite as (id leak_domain);
        create table leak_of_composite (pair leak_composite);
        create table leak_of_rows (item leak_of_domain);
        create domain leak_further_domain as leak_domain;
        create table leak_of_further_domain (id leak_further_domain);
        create domain leak_domain_default as text default leave_quietly();
        create table leak_by_default (id int, name leak_domain_default);
        create function leave_number(x int) returns int language plpgsql immutable as $$ begin perform set_config('routing.tenant', 'left', false); return x; end $$;
        create table leak_partitioned (id int) partition by list (leave_number(id));
        create table leak_partition partition of leak_partitioned default;
        create table leak_inheritor (id int);
        create table leak_inheriting_check (check (leave(0))) inherits (leak_inheritor);
        create table leak_index_predicate (id int);
        create index leak_predicate on leak_index_predicate (id) where leave(0);
        create function leave_difference(a int, b int) returns float8 language plpgsql immutable as $$ begin perform set_config('routing.tenant', 'left', false); return a - b; end $$;
        create type leak_range as range (subtype = int, subtype_diff = leave_difference);
        create table leak_ranges (r leak_range);
        insert into leak_ranges select leak_range(i, i + 1) from generate_series(1, 2000) i;
        create index leak_ranges_index on leak_ranges using gist (r);
        create table leak_index (id int);
        create index leak_index_expression on leak_index (leave(id));
        create table leak_policy (id int);
        alter table leak_policy enable row level security;
        alter table leak_policy force row level security;
        create policy leave on leak_policy using (leave(id));
        create view leak_view as select leave() as x;
        create view leak_view_of_view as select x from leak_view;
        create view leak_view_by_sql as select leave_by_sql() as x;
        create view leak_view_atomic as select leave_atomic() as x;
        create view leak_builtin_view as select 1 as x from pg_advisory_lock(57130);
        create view leak_over_table as select * from leak_trigger;
        create table leak_row (id int);
        insert into leak_row values (1);
        create function leave_of_row(r leak_row) returns text language plpgsql as $$ begin return leave(); end $$;
        create function lower(x int) returns text language plpgsql as $$ begin return leave(); end $$;
        create function leave_both(a int, b int) returns boolean language plpgsql as $$ begin perform leave(); return true; end $$;
        create operator === (leftarg = int, rightarg = int, function = leave_both);
        create operator ### (leftarg = int, rightarg = int, function = pg_advisory_lock);
        create type leak_type as (a int);
        create function leave_cast(x leak_type) returns text language plpgsql as $$ begin return leave(); end $$;
        create cast (leak_type as text) with function leave_cast(leak_type);
        create function leave_state(s int, x int) returns int language plpgsql as $$ begin perform leave(); return 1; end $$;
        create aggregate leak_sum (int) (sfunc = leave_state, stype = int, initcond = '0');
        create procedure leak_procedure() language plpgsql as $$ begin perform leave(); end $$;
        create sequence leak_sequence;
        """;

    public static IReadOnlyList<string> Questions { get; } =
    [
        "select string_agg(name || '=' || setting, chr(10) order by name) from pg_settings where name not like 'plpgsql.%'",
        "select current_setting('role') || ',' || current_setting('session_authorization') || ',' || current_setting('default_transaction_isolation')",
        "select coalesce(current_setting('routing.tenant', true), '')",
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
        "select string_agg(c, ',') from pg_listening_channels() c",
        "select string_agg(name, ',') from pg_cursors",
        "select string_agg(name, ',') from pg_prepared_statements where from_sql",
        "select current_user || ',' || session_user || ',' || array_to_string(current_schemas(false), ',')",
        "select string_agg(relname, ',') from pg_class where relpersistence = 't' and relnamespace = pg_my_temp_schema()",
        "select count(*) from pg_class where oid = to_regclass('clean_hidden')",
        "select lastval()",
        "select currval('leak_sequence')",
    ];

    public static IReadOnlyList<Leak> All { get; } =
    [
        new("a setting", ["set work_mem = '777kB'"], NeedsSession: true),
        new("a setting by function", ["select set_config('statement_timeout', '77s', false)"], NeedsSession: true),
        new("a setting of the application", ["select set_config('routing.tenant', 'left over', false)"], NeedsSession: true),
        new("a search path", ["set search_path = pg_catalog"], NeedsSession: true),
        new("a role", ["set role app"], NeedsSession: true),
        new("a session's user", ["set session authorization app"], NeedsSession: true, IsGuarded: true),
        new("a default of transactions", ["set session characteristics as transaction isolation level serializable"], NeedsSession: true),
        new("a temporary table", ["create temp table clean_hidden (x int)"], NeedsSession: true),
        new("a temporary view", ["create temp view clean_hidden as select 1 as x"], NeedsSession: true),
        new("a temporary sequence", ["create temp sequence clean_hidden"], NeedsSession: true),
        new("an advisory lock", ["select pg_advisory_lock(57110)"], NeedsSession: true),
        new("a channel", ["listen left_over"], NeedsSession: true),
        new("a prepared statement", ["prepare left_over as select 1"], NeedsSession: true),
        new("a sequence's value", ["select nextval('leak_sequence')"], IsGuarded: true),
        new("an identity's value", ["insert into clean_plain (name) values ('c')"], IsGuarded: true),
        new("a serial's value behind a text of two", ["insert into clean_serial (parent) values (1); select 1"], IsGuarded: true),
        new("anonymous code", ["do $$ begin perform leave(); end $$"]),
        new("a procedure", ["call leak_procedure()"]),
        new("a row trigger", ["insert into leak_trigger values (1)"]),
        new("a row trigger on update", ["insert into leak_trigger values (1)", "update leak_trigger set id = 2"]),
        new("a statement trigger", ["insert into leak_statement_trigger select 1 where false"]),
        new("a deferred trigger", ["insert into leak_deferred values (1)"]),
        new("a trigger of a partition", ["insert into leak_parent values (1)"]),
        new("a trigger of a child", ["update leak_ancestor set id = id"]),
        new("a trigger behind a cascade", ["insert into leak_referenced values (1)", "insert into leak_referencing values (1)", "delete from leak_referenced"]),
        new("a trigger in a common table expression", ["with w as (insert into leak_trigger values (1) returning id) select * from w"]),
        new("a trigger by merge", ["merge into leak_trigger t using (select 1 as id) s on t.id = s.id + 1000 when not matched then insert values (s.id)"]),
        new("a trigger through a view", ["insert into leak_over_table values (1)"]),
        new("a rule", ["insert into leak_rule values (1)"]),
        new("a default", ["insert into leak_default (id) values (1)"]),
        new("a generated column", ["insert into leak_generated (id) values (1)"]),
        new("a check", ["insert into leak_check values (1)"]),
        new("a domain in a table", ["insert into leak_of_domain values (1)"]),
        new("a domain in a cast", ["select 1::leak_domain"]),
        new("a domain in a literal", ["select leak_domain '1'"]),
        new("a domain in an array", ["insert into leak_of_domains values ('{1}')"]),
        new("a domain in a composite", ["insert into leak_of_composite values ('(1)')"]),
        new("a domain in a row of another table", ["insert into leak_of_rows values ('(1)')"]),
        new("a domain of a domain", ["insert into leak_of_further_domain values (1)"]),
        new("a default of a domain", ["insert into leak_by_default (id) values (1)"]),
        new("a partition key", ["insert into leak_partitioned values (1)"]),
        new("a check, when rows are read", ["select * from leak_inheritor where id = 1"]),
        new("a predicate of an index, when rows are read", ["select * from leak_index_predicate where id = 1"]),
        new("a difference in an index of ranges", ["insert into leak_ranges select * from leak_ranges limit 300"]),
        new("an index expression", ["insert into leak_index values (1)"]),
        new("a policy for new rows", ["insert into leak_policy values (1)"]),
        new("a policy for rows read", ["select * from leak_policy"]),
        new("a view", ["select * from leak_view"]),
        new("a view of a view", ["select x from public.leak_view_of_view where true"]),
        new("a view over an SQL function", ["select * from leak_view_by_sql"]),
        new("a view over a function in the standard's form", ["select * from leak_view_atomic"]),
        new("a view over a lock", ["select * from leak_builtin_view"]),
        new("a table as a statement", ["table leak_view"]),
        new("a function", ["select leave()"]),
        new("an SQL function", ["select leave_by_sql()"]),
        new("an SQL function that locks", ["select leave_lock()"]),
        new("a function written as a column", ["select r.leave_of_row from leak_row r"]),
        new("an overload of a built-in name", ["select lower(7)"]),
        new("an operator", ["select 1 === 2"]),
        new("an operator over a built-in function", ["select 1 ### 2"]),
        new("an operator by its long name", ["select 1 operator(public.===) 2"]),
        new("a cast", ["select row(1)::leak_type::text"]),
        new("an aggregate", ["select leak_sum(1)"]),
        new("a view hidden in a subquery", ["select * from clean_plain where name in (select x from leak_view)"]),
        new("a view beside a common table", ["with c as (select 1) select * from c, leak_view"]),
        new("a failure after the state", ["select 1; select leave()"]),
        new("an explained function", ["explain analyze select leave_by_sql()"]),
    ];
}
