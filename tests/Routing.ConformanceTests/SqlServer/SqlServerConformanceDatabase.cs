using System.Data;
using Microsoft.Data.SqlClient;
using Routing.ConformanceTests.Suites;
using Routing.ConformanceTests.Types;
using Routing.Testing;

namespace Routing.ConformanceTests.SqlServer;

/// <summary>A database of its own on <see cref="SqlServerTarget"/>.</summary>
[OmitsSuite(typeof(EfCoreSuite), "EF Core's SQL Server provider casts its connection to SqlConnection; a pinned session hands that out instead.")]
public sealed class SqlServerConformanceDatabase : ConformanceDatabase
{
    private const int FirstRows = 1000;
    private const string Numbers = "with n(x) as (select cast(1 as bigint) union all select x + 1 from n where x < ";

    private SqlServerTarget? _target;
    private bool _hasLeaks;

    /// <inheritdoc/>
    public override string Identity => "id bigint identity(1, 1) primary key";

    /// <inheritdoc/>
    public override string Text => "nvarchar(max)";

    /// <inheritdoc/>
    public override string Begin => "begin transaction";

    /// <inheritdoc/>
    public override string Savepoint => "save transaction mine";

    /// <inheritdoc/>
    public override string RollbackToSavepoint => "rollback transaction mine";

    /// <inheritdoc/>
    public override string AddColumn => "add";

    /// <inheritdoc/>
    public override string Temporary => "#mine";

    /// <inheritdoc/>
    public override (string Text, string Summary) CreateTemporary => ("create table #mine (x integer)", "CREATE TABLE");

    /// <summary>A real server is tested alone.</summary>
    public override bool HasReplica => !Target.IsReal;

    /// <summary>Each command of a batch commits by itself, as with the driver alone.</summary>
    public override bool BatchesAreAtomic => false;

    /// <inheritdoc/>
    public override string Bytes => "varbinary(max)";

    /// <inheritdoc/>
    public override string RealNumber => "float";

    /// <inheritdoc/>
    public override string Flag => "bit";

    /// <inheritdoc/>
    public override string Money => "decimal(19, 4)";

    /// <inheritdoc/>
    public override string Moment => "datetime2";

    /// <inheritdoc/>
    public override string LongQuery => Numbers + "2000000000) select count_big(*) from n option (maxrecursion 0)";

    /// <summary>The numbers come before the word that writes.</summary>
    public override string LongWrite(Table table) => Numbers + $"2000000000) insert into {table.Name} select count_big(*) from n option (maxrecursion 0)";

    /// <inheritdoc/>
    public override string EndlessRows => Numbers + "2000000000) select x from n option (maxrecursion 0)";

    /// <inheritdoc/>
    public override string FailingRead => "select sqrt(x - 2) from (select 1 as x) s";

    /// <inheritdoc/>
    public override string RowsThenFailure =>
        Numbers + $"{FirstRows}) select case when x < {FirstRows} then x else x + cast(sqrt({FirstRows - 1} - x) as bigint) end from n option (maxrecursion 0)";

    /// <inheritdoc/>
    public override string LastInsertId => "select scope_identity()";

    /// <inheritdoc/>
    public override string SetSetting => "set lock_timeout 77777";

    /// <inheritdoc/>
    public override string SetSettingSummary => "SET lock_timeout";

    /// <inheritdoc/>
    public override string ReadSetting => "select @@lock_timeout";

    /// <inheritdoc/>
    public override string SettingValue => "77777";

    /// <inheritdoc/>
    public override string Tick => "next value for ticks";

    /// <inheritdoc/>
    public override IReadOnlyList<StateKind> StateKinds =>
    [
        new("a setting", [SetSetting], ReadSetting),
        new("the first day of the week", ["set datefirst 3"], "select @@datefirst"),
        new("a temporary table", ["create table #left_over (x int)"], SqlServerLeaks.IsThere("#left_over")),
        new("an application lock", ["exec sp_getapplock @Resource = 'left over', @LockMode = 'Exclusive', @LockOwner = 'Session'"], "select applock_mode('public', 'left over', 'Session')"),
        new("session context", ["exec sp_set_session_context N'tenant', N'left over'"], "select cast(session_context(N'tenant') as nvarchar(50))"),
        new("context info", ["set context_info 0x4711"], SqlServerLeaks.ContextInfo),
        new("a transaction", [Begin], "select @@trancount"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Leak> Leaks => SqlServerLeaks.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateQuestions => SqlServerLeaks.Questions;

    /// <inheritdoc/>
    public override IReadOnlyList<IsolationLevel> IsolationLevels =>
    [
        IsolationLevel.Unspecified, IsolationLevel.ReadUncommitted, IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead, IsolationLevel.Serializable, IsolationLevel.Snapshot,
    ];

    /// <inheritdoc/>
    public override TransactionOptions ConflictOptions => new() { Isolation = IsolationLevel.Snapshot };

    /// <summary>Above read committed, but for snapshot, reads lock, and a writer would wait for them.</summary>
    public override IReadOnlyList<(TransactionOptions Options, bool SeesLaterCommits)> Visibility =>
    [
        (new(), true), (new() { Isolation = IsolationLevel.ReadCommitted }, true), (new() { Isolation = IsolationLevel.Snapshot }, false),
    ];

    /// <summary>The protocol server's engine has one lock for all rows.</summary>
    public override bool LocksRows => Target.IsReal;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredAs> Types => SqlServerTypes.All;

    /// <inheritdoc/>
    public override Type ParameterType => typeof(SqlParameter);

    /// <inheritdoc/>
    public override Type ConnectionType => typeof(SqlConnection);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> Instead { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        // SqlClient prepares parameters of a stated type only, and looks at nothing when there are none.
        ["prepare: ! invalid operation"] = "prepare: \"done\"",
        ["closed, prepare: \"done\""] = "closed, prepare: ! invalid operation",
        ["prepares without a connection: \"done\""] = "prepares without a connection: ! invalid operation",

        // SqlClient's scalar of a batch is the last result's.
        ["scalar: \"item 3\""] = "scalar: 2 (Int64)",
        ["scalar without it: 1 (Int32)"] = "scalar without it: 2 (Int64)",

        // A batch of SqlClient's that was cancelled when nothing ran refuses its next run.
        ["failing: ! invalid operation"] = "failing: ! SqlException  lasting",

        // SqlClient's transactions have savepoints and do not say so.
        ["savepoints: False (Boolean)"] = "savepoints: True (Boolean)",

        // A transaction is not disposed of under a reader, which then keeps it.
        ["T: ! invalid operation"] = "T: \"done\"",
    };

    private SqlServerTarget Target => _target ?? throw new InvalidOperationException("The database is not created yet.");

    /// <inheritdoc/>
    public override RoutedHost Open(Dictionary<string, string>? settings = null) =>
        RoutedHost.OnSqlServer(Target.Nodes, settings);

    /// <inheritdoc/>
    public override int ServerPort => Target.Port;

    /// <inheritdoc/>
    public override string ConnectionNumber => "select @@spid";

    /// <inheritdoc/>
    public override RoutedHost OpenAt(int port, Dictionary<string, string> settings) =>
        RoutedHost.OnSqlServer([new SqlConnectionStringBuilder(Target.ConnectionString) { DataSource = $"tcp:127.0.0.1,{port}" }.ConnectionString], settings, health: false);

    /// <inheritdoc/>
    public override Task EndConnectionAsync(int number) => Target.EndConnectionAsync(number);

    /// <inheritdoc/>
    public override RawSql Returning(string columns) => Sql.Raw(" ");

    /// <inheritdoc/>
    public override RawSql Output(string columns) =>
        Sql.Raw("output " + string.Join(", ", columns.Split(',').Select(static column => "inserted." + column.Trim())));

    /// <inheritdoc/>
    public override SqlFragment Limit(int rows) => Sql.Format($" offset 0 rows fetch next {rows} rows only");

    /// <inheritdoc/>
    public override string Procedure(string name, Table items) =>
        $"create procedure {name} @item bigint, @more bigint output, @was nvarchar(50) output as select @was = name, @more = @more * 2 from {items.Name} where id = @item";

    /// <inheritdoc/>
    public override string In(string parameter) => $"in @{parameter}";

    /// <inheritdoc/>
    public override SqlFragment In(long[] values) => Sql.Format($"in {values}");

    /// <inheritdoc/>
    public override async Task<long> TicksAsync() => await Host.Database.ExecuteScalarAsync<long>(
        "select coalesce(cast(last_used_value as bigint), 0) from sys.sequences where name = 'ticks'", options: new StatementOptions { Intent = Intent.Write });

    /// <summary>Another transaction changes the row that this one's snapshot shows, so this one's own change of it conflicts.</summary>
    public override async Task ConflictAsync(SessionTransaction transaction, Table items)
    {
        // The protocol server's engine lets one transaction write at a time, so there the error is given by a text.
        if (!Target.IsReal)
        {
            await transaction.ExecuteAsync("throw 3960, 'Snapshot isolation transaction aborted due to update conflict.', 1");
            return;
        }

        await Target.ExecuteAsync($"update {items.Name} set amount = amount + 1 where id = 1");
        await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + 1 where id = {1}");
    }

    /// <inheritdoc/>
    public override bool IsUniqueViolation(Exception error) => error is SqlException { Number: 2627 or 2601 };

    /// <summary>A first word that is no statement is taken for the name of a procedure.</summary>
    public override bool IsSyntaxError(Exception error) => error is SqlException { Number: 102 or 156 or 2812 };

    /// <summary>SQL Server stores every text.</summary>
    public override bool IsRefusedText(Exception error) => false;

    /// <summary>There are no read-only transactions; what is not known to only read is refused before it is sent. A secondary refuses by itself.</summary>
    public override bool IsReadOnlyViolation(Exception error) => error is RoutingException { Code: "RTG0413" } or SqlException { Number: 3906 };

    /// <inheritdoc/>
    public override bool IsInterrupted(Exception error) => error is SqlException { Number: 0, Class: < 20 };

    /// <inheritdoc/>
    public override bool IsTimeout(Exception error) => error is SqlException { Number: -2 };

    /// <inheritdoc/>
    public override async Task PrepareLeaksAsync()
    {
        if (!_hasLeaks)
        {
            _hasLeaks = true;
            await Target.ExecuteAsync(SqlServerLeaks.Definitions);
        }
    }

    /// <inheritdoc/>
    protected override async Task FillAsync(Table table, int rows) => await Host.Database.ExecuteAsync(
        $"with n(x) as (select cast(1 as bigint) union all select x + 1 from n where x < {rows}) insert into {table.Raw} (id, name, amount) select x, concat('item ', x), x * 10 from n option (maxrecursion 0)");

    /// <inheritdoc/>
    protected override async Task CreateAsync() => _target = await SqlServerTarget.CreateAsync();

    /// <inheritdoc/>
    protected override Task PrepareAsync() => Target.ExecuteAsync("create sequence ticks as bigint start with 1");

    /// <inheritdoc/>
    protected override async Task DropAsync()
    {
        if (_target is not null)
        {
            await _target.DisposeAsync();
        }
    }
}
