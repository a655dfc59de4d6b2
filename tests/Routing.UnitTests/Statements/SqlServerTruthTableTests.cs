using Routing.Providers.SqlServer;

namespace Routing.UnitTests.Statements;

public sealed class SqlServerTruthTableTests
{
    private const string Reads = """
        Read    Neutral | select 1 | query without side effects
        Read    Neutral | select top (10) * from [dbo].[orders] o with (nolock) where o.id = @id order by o.id desc
        Read    Neutral | select * from orders order by id offset 10 rows fetch next 5 rows only
        Read    Neutral | with c as (select 1 as x) select * from c
        Read    Neutral | with c(a, b) as (select 1, 2), d as (select 3 as x) select * from c cross join d option (maxrecursion 0)
        Read    Neutral | select count(*), sum(x) over (partition by y order by z) from t group by grouping sets ((a), ())
        Read    Neutral | select * from a cross apply (select top 1 * from b where b.id = a.id) x
        Read    Neutral | select cast(x as nvarchar(10)), convert(varchar(20), y, 112), try_cast(z as decimal(10, 2)) from t
        Read    Neutral | select * from openjson(@json) with (id int, name nvarchar(50)) j
        Read    Neutral | select * from t for json path, root('x')
        Read    Neutral | select * from t for xml path('x'), elements
        Read    Neutral | select x from a union all select y from b except select z from c
        Read    Neutral | select [set], [exec].[drop] from [update]
        Read    Neutral | select 'exec p; drop table t', N'update'
        Read    Neutral | select 1 -- exec p
        Read    Neutral | select 1 /* exec p /* drop */ delete */
        Read    Neutral | select @@version, @@spid, @@trancount
        Read    Neutral | select case when a in (1, 2) then 1 else 0 end from t where exists (select 1 from b) and c like ('x')
        Read    Neutral | select getdate(), sysutcdatetime(), newid(), session_context(N'tenant')
        Read    Neutral | select p.* from (select id, y from t) s pivot (sum(y) for id in ([1], [2])) p
        """;

    private const string Writes = """
        Write   Neutral | insert into t (a, b) output inserted.id values (@a, @b) | INSERT
        Write   Neutral | insert into t select * from u
        Write   Neutral | update t set a = 1, b = 2 output deleted.a where id = 1
        Write   Neutral | delete from t where id = 1
        Write   Neutral | merge into t using (select 1 as id) s on t.id = s.id when matched then update set a = 1 when not matched then insert (id) values (s.id)
        Write   Neutral | with c as (select 1 as x) update c set x = 2
        Write   Unknown | select * into u from t | INTO creates a table
        Write   Neutral | select next value for ids | NEXT VALUE FOR advances a sequence
        Write   Unknown | create table t (id int) | definition
        Write   Unknown | truncate table t
        Write   Unknown | alter table t add x int
        Unknown Neutral | select * from t with (updlock, rowlock) | locks rows
        Unknown Neutral | select * from t with (xlock)
        Unknown Unknown | exec p
        Unknown Unknown | select dbo.f(1) | calls unknown function f
        """;

    /// <summary>
    /// Statements need no semicolon between them: what is behind the first one must not be taken for a part of it. Seen to fail,
    /// row by row, with the scanner's look for such words left out.
    /// </summary>
    private const string Hidden = """
        Unknown Unknown | select 1 exec p | EXEC begins another statement
        Unknown Unknown | select 1 x execute p
        Unknown Unknown | select * from t drop table t
        Unknown Unknown | select * from t truncate table u
        Unknown Unknown | select 1 set lock_timeout 5 | SET begins another statement
        Unknown Unknown | select 1 begin transaction
        Unknown Unknown | select 1 commit
        Unknown Unknown | select 1 use other
        Unknown Unknown | select 1 waitfor delay '00:00:01'
        Unknown Unknown | select 1 if 1 = 1 select 2
        Write   Unknown | update t set a = 1 set lock_timeout 5
        Write   Unknown | insert into t values (1) exec p
        Write   Unknown | insert into t exec p
        Write   Unknown | select 1 insert into t values (1)
        Write   Neutral | select 1 delete from t
        Write   Unknown | select 1 merge into t using u on 1 = 1 when matched then delete
        Unknown Unknown | declare @x int exec p
        Unknown Neutral | declare @x int = 1
        Unknown Neutral | set @x = 1
        Unknown Unknown | set @x = 1 exec p
        Unknown Unknown | waitfor delay '00:00:01' exec p
        Write   Sets    | set nocount on insert into t values (1) | sets session state, with another statement behind it
        Unknown Controls:Other | set xact_abort on begin transaction
        Unknown Controls:Other | begin transaction insert into t values (1) commit
        Unknown Controls:Other | commit begin transaction
        Unknown Unknown | select 1\u00A0exec p
        Unknown Unknown | select a\u00A0from t | unreadable character
        """;

    private const string State = """
        Unknown Sets    | set lock_timeout 5 | sets session state
        Unknown Sets    | set transaction isolation level serializable
        Unknown Sets    | use other
        Unknown Sets    | exec sp_getapplock @Resource = 'x', @LockMode = 'Exclusive', @LockOwner = 'Session'
        Unknown Sets    | exec sys.sp_set_session_context N'a', N'b'
        Write   Sets    | create table #t (x int) | temporary object
        Write   Sets    | drop table #t
        Write   Sets    | declare c cursor for select 1
        Write   Sets    | select 1 as x into #t
        Write   Sets    | dbcc checkident ('t', reseed, 1)
        Unknown Reads   | select * from #t | uses a temporary table
        Write   Reads   | insert into #t values (1)
        Unknown Reads   | select scope_identity()
        Unknown Reads   | select @@rowcount
        Unknown Reads   | select @@identity
        Unknown Reads   | fetch next from c
        Unknown Controls:Begin | begin tran
        Unknown Controls:Begin | begin transaction t
        Unknown Controls:Commit | commit transaction
        Unknown Controls:Rollback | rollback
        Unknown Controls:Savepoint | save transaction s
        Unknown Controls:Savepoint | rollback transaction s
        Unknown Unknown | begin select 1 end
        Unknown Unknown | begin try select 1 end try begin catch end catch
        """;

    public static TheoryData<string, string, string?> Rows => TruthTable.Parse(string.Join('\n', Reads, Writes, Hidden, State));

    [Theory]
    [MemberData(nameof(Rows))]
    public void Statement_is_classified(string expected, string text, string? reason) =>
        TruthTable.Check(SqlServerSyntax.Classifier, expected, text, reason);
}
