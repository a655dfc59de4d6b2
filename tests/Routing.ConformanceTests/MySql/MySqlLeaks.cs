using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.MySql;

/// <summary>
/// Session state of MariaDB, and everything behind a harmless statement that can set it. The procedure <c>leave_all</c> sets
/// some of every kind that a procedure may, and functions and triggers those that they may.
/// </summary>
internal static class MySqlLeaks
{
    private const string Leave = "set @left_over = 'left'; set session sort_buffer_size = 777216; do get_lock('left_over', 0)";

    public static string[] Definitions { get; } =
    [
        "create table clean_plain (id bigint auto_increment primary key, name varchar(100) not null default 'x' check (length(name) < 100), made datetime(6) default now(6), twice int as (2 * 1) stored)",
        "create table clean_child (id bigint auto_increment primary key, parent bigint )",
        "create view clean_view as select lower(name) as name from clean_plain",
        "create function clean_function(x int) returns int deterministic return x + 1",
        "create sequence leak_sequence",
        $"create procedure leave_all() begin {Leave}; set sql_mode = ''; set names latin1; create temporary table if not exists clean_hidden (x int); end",
        "create procedure leave_prepared() begin prepare left_over from 'select 1'; end",
        $"create function leave_some() returns int begin {Leave}; return 1; end",
        "create function leave_inline() returns int return get_lock('left_over', 0)",
        "create table leak_before (id int)",
        $"create trigger leave_before before insert on leak_before for each row begin {Leave}; end",
        "create table leak_after (id int)",
        $"create trigger leave_after after update on leak_after for each row begin {Leave}; end",
        "create table leak_delete (id int)",
        "create trigger leave_delete after delete on leak_delete for each row set @left_over = 'left'",
        "insert into leak_delete select seq from seq_1_to_500",
        "create view leak_view as select leave_some() as x",
        "create view leak_view_of_view as select x from leak_view",
        "create view leak_builtin_view as select get_lock('left_over', 0) as x",
        "create view leak_over_table as select * from leak_before",
    ];

    public static IReadOnlyList<string> Questions { get; } =
    [
        "select group_concat(variable_name, '=', variable_value order by variable_name separator '\\n') from information_schema.user_variables",
        "select group_concat(variable_name, '=', variable_value order by variable_name separator '\\n') from information_schema.session_variables where variable_name not in ('TIMESTAMP', 'LAST_INSERT_ID', 'IDENTITY', 'INSERT_ID', 'RAND_SEED1', 'RAND_SEED2', 'PSEUDO_THREAD_ID', 'WARNING_COUNT', 'ERROR_COUNT', 'LAST_GTID', 'GTID_BINLOG_POS', 'GTID_CURRENT_POS', 'GTID_BINLOG_STATE', 'GTID_SEQ_NO')",
        "select concat(database(), ' ', current_user(), ' ', coalesce(current_role(), ''), ' ', @@in_transaction)",
        "select is_used_lock('left_over') = connection_id()",
        "select count(*) from clean_hidden",
        "select count(*) from clean_child where false",
        "execute left_over",
        "handler clean_plain read first",
        "select last_insert_id()",
        "select row_count()",
        "select found_rows()",
    ];

    public static IReadOnlyList<Leak> All { get; } =
    [
        new("a setting", ["set sort_buffer_size = 777216"], NeedsSession: true),
        new("a mode of SQL", ["set sql_mode = 'TRADITIONAL'"], NeedsSession: true),
        new("a set of characters", ["set names latin1"], NeedsSession: true),
        new("no commit by itself", ["set autocommit = 0"], NeedsSession: true),
        new("a default of transactions", ["set session transaction isolation level serializable"], NeedsSession: true),
        new("another database", ["use information_schema"], NeedsSession: true),
        new("a temporary table", ["create temporary table clean_hidden (x int)"], NeedsSession: true),
        new("a lock by name", ["select get_lock('left_over', 0)"], NeedsSession: true),
        new("locked tables", ["lock tables clean_plain write"], NeedsSession: true),
        new("an open handler", ["handler clean_plain open"], NeedsSession: true),
        new("a prepared statement", ["prepare left_over from 'select 1'"], NeedsSession: true),
        new("a variable set by a text", ["execute immediate 'set @left_over = 1'"]),
        new("an identity's value", ["insert into clean_plain (name) values ('c')"], IsGuarded: true),
        new("an identity's value behind a text of two", ["insert into clean_child (parent) values (null); select 1"], IsGuarded: true),
        new("a count of rows", ["update clean_plain set name = 'y'"], IsGuarded: true),
        new("a procedure", ["call leave_all()"]),
        new("a procedure that prepares", ["call leave_prepared()"]),
        new("a function", ["select leave_some()"]),
        new("a function of one expression", ["select leave_inline()"]),
        new("a function behind an insert", ["insert into clean_plain (name) values (leave_some())"]),
        new("a function in DO", ["do leave_some()"]),
        new("a trigger before an insert", ["insert into leak_before values (1)"]),
        new("a trigger by replace", ["replace into leak_before values (1)"]),
        new("a trigger after an update", ["insert into leak_after values (1)", "update leak_after set id = 2"]),
        new("a trigger of one statement after a delete", ["delete from leak_delete limit 1"]),
        new("a trigger through a view", ["insert into leak_over_table values (1)"]),
        new("a trigger by an update of two tables", ["insert into leak_after values (1)", "update clean_plain p join leak_after a on true set a.id = a.id + 1"]),
        new("a trigger by an update of two in a list", ["insert into leak_after values (1)", "update clean_plain p, leak_after a set a.id = a.id + 1"]),
        new("a trigger by a delete from one of two", ["delete d from clean_plain p join leak_delete d on d.id > 0 where d.id = (select * from (select min(id) from leak_delete) m)"]),
        new("a trigger by a delete that uses another", ["delete from d using clean_plain p join leak_delete d on true where d.id = (select * from (select max(id) from leak_delete) m)"]),
        new("a trigger by a delete with a word before FROM", ["delete quick from leak_delete limit 1"]),
        new("a trigger by an insert without INTO", ["insert leak_before values (1)"]),
        new("a trigger by a replace without INTO", ["replace low_priority leak_before values (1)"]),
        new("a view", ["select * from leak_view"]),
        new("a view of a view", ["select x from leak_view_of_view where true"]),
        new("a view over a lock", ["select * from leak_builtin_view"]),
        new("a view hidden in a subquery", ["select * from clean_plain where id in (select x from leak_view)"]),
        new("a view beside a common table", ["with c as (select 1) select * from c, leak_view"]),
        new("a comment that is executed", ["/*! set sort_buffer_size = 777216 */"]),
        new("MariaDB's own comment", ["select 1 /*M! + leave_some() */"]),
        new("an anonymous block", ["begin not atomic set sort_buffer_size = 777216; end"]),
        new("a statement with a setting", ["set statement sort_buffer_size = 888216 for select leave_some()"]),
    ];
}
