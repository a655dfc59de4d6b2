using Routing.Providers.MySql;

namespace Routing.UnitTests.Statements;

public sealed class MySqlTruthTableTests
{
    private const string Reads = """
        Read    Neutral | select 1 | query without side effects
        Read    Neutral | SELECT * FROM orders WHERE id = @id AND total > ?total OR x = ?
        Read    Neutral | select `a;b`, 'it''s \' ;', "x;y" from `delete from t`
        Read    Neutral | with recursive c (n) as (select 1 union all select n + 1 from c where n < 5) select n from c
        Read    Neutral | values (1, 2), (3, 4)
        Read    Neutral | table orders
        Read    Neutral | select count(*), group_concat(distinct a order by b separator ',') from t group by c with rollup
        Read    Neutral | select row_number() over (partition by (y) order by (z)), sum(x) over w from t window w as (order by a)
        Read    Neutral | select if(a, 1, 2), left(b, 3), right(b, 3), replace(b, 'x', 'y'), insert(b, 1, 2, 'z'), mod(a, 2) from t
        Read    Neutral | select date_add(now(), interval 1 day), convert(a, char), cast(a as decimal(10, 2)) from t
        Read    Neutral | select a from t where b like ('x%') and c not in (1, 2) and d between (1) and (2) and e regexp ('y')
        Read    Neutral | select json_extract(a, '$.b'), a ->> '$.c' from t
        Read    Neutral | select sleep(1), benchmark(1, 1), uuid(), rand()
        Read    Neutral | select /* ; delete from t */ 1 -- ; delete from t
        Read    Neutral | select 1 # ; delete from t
        Read    Neutral | select 5--1
        Read    Neutral | do sleep(0)
        Read    Neutral | show tables
        Read    Neutral | SHOW VARIABLES LIKE 'read_only'
        Read    Neutral | explain select * from t | EXPLAIN executes nothing
        Read    Neutral | describe orders | describes a table
        """;

    private const string Writes = """
        Write   Neutral | insert into orders (id) values (1) | INSERT
        Write   Neutral | insert into orders (id, total) values (1, 2) on duplicate key update total = values(total)
        Write   Neutral | insert ignore into orders values (1) returning id
        Write   Neutral | replace into orders (id) values (1) | REPLACE
        Write   Neutral | update orders set a = 1 where id = 1 limit 1 | UPDATE
        Write   Neutral | update orders set a = (select max(b) from lines), c = 2
        Write   Unknown | update orders o join lines l on l.order_id = o.id set o.a = l.b | modifies tables that are not looked for
        Write   Unknown | update orders o, lines l set o.a = l.b
        Write   Unknown | delete o from orders o join lines l on l.order_id = o.id
        Write   Unknown | delete from o using orders o join lines l on true
        Write   Unknown | delete quick from orders where id = 1
        Write   Unknown | insert orders values (1)
        Write   Unknown | replace low_priority orders values (1)
        Write   Unknown | with c as (select 1) update orders, c set a = 1
        Write   Neutral | delete from orders where id = 1 returning id | DELETE
        Write   Neutral | select * from t for update | FOR UPDATE locks rows
        Write   Unknown | select * from t lock in share mode | locks rows
        Write   Neutral | select nextval(s)
        Write   Unknown | create table t (id int) | definition
        Write   Unknown | alter table t add x int
        Write   Unknown | truncate table t
        Write   Unknown | optimize table t
        Write   Sets    | select get_lock('a', 1)
        Write   Sets    | do release_lock('a')
        Write   Sets    | create temporary table t (id int)
        Write   Sets    | create or replace temporary table t (id int)
        Write   Sets    | drop temporary table t
        Write   Sets    | lock tables t write
        Write   Unknown | select 1 into @a
        """;

    private const string Others = """
        Unknown Sets    | set @a = 1
        Unknown Sets    | set names utf8mb4
        Unknown Sets    | set session sql_mode = ''
        Unknown Sets    | use other
        Unknown Sets    | prepare p from 'select 1'
        Unknown Sets    | handler t open
        Unknown Unknown | execute p
        Unknown Unknown | execute immediate 'set @a = 1'
        Unknown Unknown | call p()
        Unknown Unknown | select my_function()
        Unknown Unknown | select @a := 1
        Unknown Unknown | select @@version
        Unknown Unknown | /*! set names latin1 */
        Unknown Unknown | select 1 /*M! + f() */
        Unknown Unknown | begin not atomic set @a = 1
        Unknown Unknown | set statement max_statement_time = 1 for select 1
        Unknown Unknown | select load_file('/etc/passwd')
        Unknown Controls:Begin | begin
        Unknown Controls:Begin | start transaction read only
        Unknown Controls:Commit | commit
        Unknown Controls:Savepoint | rollback to savepoint s
        Unknown Controls:Other | set transaction isolation level serializable
        Write   Controls:Other | xa start 'a'
        Unknown Reads   | select last_insert_id()
        Unknown Reads   | select row_count(), found_rows()
        Unknown Reads   | show warnings
        Write   Neutral | insert into t values (1); select last_insert_id()
        """;

    private const string Hostile = """
        Write   Neutral | select '\' ; ' ; delete from t | DELETE
        Write   Neutral | select "\"'" ; delete from t | DELETE
        Write   Neutral | select `a'b`; delete from t; select `c'd` | DELETE
        Write   Neutral | select 1 /* /* */; delete from t | DELETE
        Write   Neutral | select 1 --x\n; delete from t | DELETE
        Write   Neutral | select 'a'/**/;/**/dElEtE/**/from t | DELETE
        Unknown Unknown | select\u00A01 | unknown statement
        """;

    public static TheoryData<string, string, string?> Rows => TruthTable.Parse(Reads + "\n" + Writes + "\n" + Others + "\n" + Hostile);

    [Theory]
    [MemberData(nameof(Rows))]
    public void MySql_statement_has_the_class_and_effect_of_its_row(string expected, string text, string? reason) =>
        TruthTable.Check(MySqlSyntax.Classifier, expected, text, reason);
}
