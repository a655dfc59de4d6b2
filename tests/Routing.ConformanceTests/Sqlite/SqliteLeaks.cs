using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.Sqlite;

/// <summary>
/// Session state of SQLite. Nothing that a database defines can set any but the counts of its connection: triggers and views
/// hold only queries and modifications.
/// </summary>
internal static class SqliteLeaks
{
    public const string Definitions = """
        drop table if exists clean_plain;
        create table if not exists clean_plain (id integer primary key, name text default (lower('X')) check (length(name) < 100));
        create table if not exists clean_log (id integer primary key, name text);
        create trigger if not exists clean_trigger after insert on clean_plain begin insert into clean_log (name) values (new.name); end;
        create view if not exists clean_view as select lower(name) as name from clean_plain;
        """;

    public static IReadOnlyList<string> Questions { get; } =
    [
        "pragma cache_size",
        "pragma foreign_keys",
        "pragma query_only",
        "pragma temp_store",
        "pragma recursive_triggers",
        "pragma synchronous",
        "pragma case_sensitive_like",
        "pragma busy_timeout",
        "select group_concat(name) from pragma_database_list where name <> 'temp'",
        "select group_concat(name) from sqlite_temp_master where name <> 'routing_nothing'",
        "select last_insert_rowid()",
        "select changes()",
    ];

    public static IReadOnlyList<string> Clean { get; } =
    [
        "select * from clean_plain where id = @id",
        "insert into clean_plain (name) values (@name) returning id",
        "update clean_plain set name = 'y'",
        "select * from clean_view",
        "create table if not exists clean_other (x)",
    ];

    public static IReadOnlyList<Leak> All { get; } =
    [
        new("a setting", ["pragma cache_size = 777"], NeedsSession: true),
        new("a setting that the baseline has", ["pragma foreign_keys = off"], NeedsSession: true),
        new("a refusal of writes", ["pragma query_only = on"], NeedsSession: true),
        new("a temporary table", ["create temp table left_over (x)"], NeedsSession: true),
        new("a temporary trigger", ["create temp trigger left_over after insert on main.clean_plain begin delete from clean_log; end"], NeedsSession: true),
        new("a temporary view", ["create temp view left_over as select 1 as x"], NeedsSession: true),
        new("an attached database", ["attach ':memory:' as left_over"], NeedsSession: true),
        new("the number of an inserted row", ["insert into clean_plain (name) values ('a')"], IsGuarded: true),
        new("the number of a row inserted by a trigger", ["insert into clean_plain (id, name) values (null, 'a')"], IsGuarded: true),
        new("the number of changed rows", ["insert into clean_plain (name) values ('b')", "update clean_plain set name = 'c'"], IsGuarded: true),
        new("a text of two", ["insert into clean_plain (name) values ('a'); select 1"], IsGuarded: true),
    ];
}
