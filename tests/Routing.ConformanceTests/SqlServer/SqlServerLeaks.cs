using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.SqlServer;

/// <summary>
/// Session state of SQL Server, and what behind a harmless statement can set it. A procedure's and a trigger's own SET ends
/// with it; session context, context info and application locks stay.
/// </summary>
internal static class SqlServerLeaks
{
    /// <summary>Padded with zeros, and of zeros alone after a reset.</summary>
    public const string ContextInfo = "select case when substring(context_info(), 1, 2) = 0x4711 then 'left over' else 'none' end";

    public static IReadOnlyList<string> Definitions { get; } =
    [
        "create table clean_plain (id bigint identity(1, 1) primary key, name nvarchar(100))",
        "create table leak_trigger (id int)",
        "create trigger leave_in_trigger on leak_trigger after insert as exec sp_set_session_context N'tenant', N'left over'; set context_info 0x4711; exec sp_getapplock @Resource = 'left over', @LockMode = 'Exclusive', @LockOwner = 'Session'; set lock_timeout 77777",
        "create procedure leave as exec sp_set_session_context N'tenant', N'left over'; set context_info 0x4711; set lock_timeout 77777",
    ];

    public static IReadOnlyList<string> Questions { get; } =
    [
        "select @@lock_timeout",
        "select @@datefirst",
        "select @@language",
        "select @@textsize",
        "select @@trancount",
        "select cast(session_context(N'tenant') as nvarchar(50))",
        ContextInfo,
        "select applock_mode('public', 'left over', 'Session')",
        IsThere("#left_over"),
        "select scope_identity()",
    ];

    public static IReadOnlyList<Leak> All { get; } =
    [
        new("a setting", ["set lock_timeout 77777"], NeedsSession: true),
        new("the first day of the week", ["set datefirst 3"], NeedsSession: true),
        new("a language", ["set language french"], NeedsSession: true),
        new("a temporary table", ["create table #left_over (x int)"], NeedsSession: true),
        new("a temporary table made of a query", ["select 1 as x into #left_over"], NeedsSession: true),
        new("an application lock", ["exec sp_getapplock @Resource = 'left over', @LockMode = 'Exclusive', @LockOwner = 'Session'"], NeedsSession: true),
        new("session context", ["exec sp_set_session_context N'tenant', N'left over'"], NeedsSession: true),
        new("context info", ["set context_info 0x4711"], NeedsSession: true),
        new("context info behind a variable", ["declare @x int set context_info 0x4711"]),
        new("a procedure", ["exec leave"]),
        new("a procedure behind a query", ["select 1; exec leave"]),
        new("a procedure behind a query, without a semicolon", ["select 1 exec leave"]),
        new("a trigger", ["insert into leak_trigger values (1)"]),
        new("a failure after the state", ["exec leave; select sqrt(-1.0 * 1) where 1 = 0"]),
    ];

    /// <summary>Asks whether a temporary table is there: the error's number or a count.</summary>
    public static string IsThere(string table) => $"select count(*) from tempdb.sys.columns where object_id = object_id('tempdb..{table}')";
}
