using System.Data;
using System.Data.Common;
using Routing.ConformanceTests.Suites;
using Routing.ConformanceTests.Types;
using Routing.LocalServers;
using Routing.Providers.MySql;
using Routing.Testing;

namespace Routing.ConformanceTests.MySql;

/// <summary>A database of its own on the shared MariaDB cluster: a primary and a replica.</summary>
[OmitsSuite(typeof(EfCoreSuite), "The EF Core providers for MySQL are not on every package feed, and those there are cast the connection to their driver's; a pinned session hands that out instead.")]
public sealed class MySqlConformanceDatabase : ConformanceDatabase
{
    private const int FirstRows = 5000;
    private const int Duplicate = 1062;
    private const int NoSql = 1064;
    private const int ReadOnlyTransaction = 1792;
    private const int ReadOnlyServer = 1290;

    private MariaDbDatabase? _database;
    private RoutedHost? _files;
    private bool _hasLeaks;

    /// <inheritdoc/>
    public override string Identity => "id bigint auto_increment primary key";

    /// <inheritdoc/>
    public override string Bytes => "longblob";

    /// <inheritdoc/>
    public override string Text => "longtext";

    /// <inheritdoc/>
    public override (string Text, string Summary) CreateTemporary => ("create temporary table mine (x integer)", "CREATE TEMPORARY");

    /// <summary>MariaDB returns rows from INSERT, REPLACE and DELETE only.</summary>
    public override SqlFragment WriteAndReturn(Table table) => Sql.Format($"delete from {table.Raw} returning amount");

    /// <inheritdoc/>
    public override string RealNumber => "double";

    /// <inheritdoc/>
    public override string Flag => "boolean";

    /// <inheritdoc/>
    public override string Money => "decimal(30, 10)";

    /// <inheritdoc/>
    public override string Moment => "datetime(6)";

    /// <inheritdoc/>
    public override string LongQuery => "select count(*) from (select sleep(300)) s";

    /// <inheritdoc/>
    public override string EndlessRows => "select seq from seq_1_to_2000000000";

    /// <inheritdoc/>
    public override string FailingRead => "select (select 1 union select 2)";

    /// <inheritdoc/>
    public override string RowsThenFailure =>
        $"select case when seq < {FirstRows} then seq else (select x from (select 1 as x union select 2) t where t.x < seq) end from seq_1_to_{FirstRows}";

    /// <inheritdoc/>
    public override int MostRowsBeforeFailure => FirstRows - 1;

    /// <summary>MySql.Data waits for ever for the rest of a result that the server has broken off.</summary>
    public override bool LosesConnectionByFailure => !new MySqlClient(MariaDbDriver.Factory).ClosesFailedReaders;

    /// <inheritdoc/>
    public override string LastInsertId => "select last_insert_id()";

    /// <inheritdoc/>
    public override string SetSetting => "set sort_buffer_size = 777216";

    /// <inheritdoc/>
    public override string SetSettingSummary => "SET sort_buffer_size";

    /// <inheritdoc/>
    public override string ReadSetting => "select @@sort_buffer_size";

    /// <inheritdoc/>
    public override string SettingValue => "777216";

    /// <inheritdoc/>
    public override string Tick => "nextval(ticks)";

    /// <inheritdoc/>
    public override IReadOnlyList<StateKind> StateKinds =>
    [
        new("a setting", [SetSetting], ReadSetting),
        new("a mode of SQL", ["set sql_mode = 'TRADITIONAL'"], "select @@sql_mode"),
        new("a set of characters", ["set names latin1"], "select @@character_set_client"),
        new("a default of transactions", ["set session transaction isolation level serializable"], "select @@tx_isolation"),
        new("no commit by itself", ["set autocommit = 0"], "select @@autocommit"),
        new("a temporary table that hides another", ["create temporary table hidden (x int)", "insert into hidden values (1)"], "select count(*) from hidden"),
        new("a lock by name", ["select get_lock('left_over', 1)"], "select is_used_lock('left_over') = connection_id()"),
        new("a transaction", ["begin"], "select @@in_transaction"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Leak> Leaks => MySqlLeaks.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateQuestions => MySqlLeaks.Questions;

    /// <inheritdoc/>
    public override IReadOnlyList<IsolationLevel> IsolationLevels =>
    [
        IsolationLevel.Unspecified, IsolationLevel.ReadUncommitted, IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead, IsolationLevel.Serializable,
        IsolationLevel.Snapshot,
    ];

    /// <summary>At SERIALIZABLE reads lock, and a writer would wait for them.</summary>
    public override IReadOnlyList<(TransactionOptions Options, bool SeesLaterCommits)> Visibility =>
    [
        (new(), false), (new() { Isolation = IsolationLevel.ReadCommitted }, true), (new() { Isolation = IsolationLevel.RepeatableRead }, false),
        (new() { Isolation = IsolationLevel.Snapshot }, false),
    ];

    /// <inheritdoc/>
    public override string Json => "json";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredAs> Types => MySqlTypes.All;

    /// <inheritdoc/>
    public override Type ParameterType { get; } = MariaDbDriver.Factory.CreateParameter()!.GetType();

    /// <inheritdoc/>
    public override Type ConnectionType { get; } = MariaDbDriver.Factory.CreateConnection()!.GetType();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string?> Instead => MySqlDeviations.Of(MariaDbDriver.Factory);

    private MariaDbDatabase Database => _database ?? throw new InvalidOperationException("The database is not created yet.");

    /// <inheritdoc/>
    public override RoutedHost Open(Dictionary<string, string>? settings = null) =>
        RoutedHost.OnMySql([Database.Primary, .. Database.Replicas], settings);

    /// <inheritdoc/>
    public override int ServerPort => Database.Cluster.Primary.Port;

    /// <inheritdoc/>
    public override string ConnectionNumber => "select connection_id()";

    /// <inheritdoc/>
    public override RoutedHost OpenAt(int port, Dictionary<string, string> settings) =>
        RoutedHost.OnMySql([new DbConnectionStringBuilder { ConnectionString = Database.Primary, ["Port"] = port }.ConnectionString], settings, health: false);

    /// <summary>Returns when it is marked: from then on it runs nothing.</summary>
    public override Task EndConnectionAsync(int number) => Database.Cluster.Primary.ExecuteAsAdminAsync($"kill connection {number}");

    /// <summary>Another host on the same database, whose connections may load files. The class shares it.</summary>
    public RoutedHost Files => _files ??= OpenWith("AllowLoadLocalInfile=true");

    /// <summary>Another host on the same database, with a setting more in its connection strings.</summary>
    /// <param name="setting">The setting.</param>
    public RoutedHost OpenWith(string setting) => RoutedHost.OnMySql(((string[])[Database.Primary, .. Database.Replicas]).Select(node => $"{node};{setting}"));

    /// <inheritdoc/>
    public override string Procedure(string name, Table items) =>
        $"create procedure {name}(item bigint, inout more bigint, out was text) begin select i.name into was from {items.Name} i where id = item; set more = more * 2; end";

    /// <inheritdoc/>
    public override string In(string parameter) => $"in @{parameter}";

    /// <inheritdoc/>
    public override SqlFragment In(long[] values) => Sql.Format($"in {values}");

    /// <inheritdoc/>
    public override async Task<long> TicksAsync() => await Host.Database.ExecuteScalarAsync<long>(
        "select next_not_cached_value - 1 from ticks", options: new StatementOptions { Intent = Intent.Write });

    /// <summary>The server says what it says to the victim of a deadlock.</summary>
    public override async Task ConflictAsync(SessionTransaction transaction, Table items) =>
        await transaction.ExecuteAsync("signal sqlstate '40001' set mysql_errno = 1213, message_text = 'Deadlock found when trying to get lock; try restarting transaction'");

    /// <inheritdoc/>
    public override bool IsUniqueViolation(Exception error) => MySqlClient.NumberOf(error) == Duplicate;

    /// <inheritdoc/>
    public override bool IsSyntaxError(Exception error) => MySqlClient.NumberOf(error) == NoSql;

    /// <summary>It stores every text.</summary>
    public override bool IsRefusedText(Exception error) => false;

    /// <inheritdoc/>
    public override bool IsReadOnlyViolation(Exception error) =>
        MySqlClient.NumberOf(error) is ReadOnlyTransaction or ReadOnlyServer || error is RoutingException { Code: "RTG0413" };

    /// <inheritdoc/>
    public override bool IsInterrupted(Exception error) => MySqlClient.NumberOf(error) == MySqlErrors.Interrupted || error is OperationCanceledException;

    /// <inheritdoc/>
    public override bool IsTimeout(Exception error) =>
        error is RoutingException { InnerException: TimeoutException }
        && error.Message.Contains(" was interrupted after 1 s, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source 'db'", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override Task SettleAsync() => Database.Cluster.WaitUntilReplicatedAsync();

    /// <inheritdoc/>
    public override async Task PrepareLeaksAsync()
    {
        if (!_hasLeaks)
        {
            _hasLeaks = true;
            await Database.ExecuteAsync(MySqlLeaks.Definitions);
        }
    }

    /// <inheritdoc/>
    protected override async Task CreateAsync() => _database = await MariaDbDatabase.CreateAsync();

    /// <inheritdoc/>
    protected override Task PrepareAsync() => Database.ExecuteAsync("create sequence ticks nocache", "create table hidden (x int)");

    /// <inheritdoc/>
    protected override async Task FillAsync(Table table, int rows) => await Host.Database.ExecuteAsync(
        $"insert into {table.Raw} (id, name, amount) select seq, concat('item ', seq), seq * 10 from seq_1_to_{Sql.Raw(rows.ToString(System.Globalization.CultureInfo.InvariantCulture))}");

    /// <inheritdoc/>
    protected override async Task DropAsync()
    {
        if (_files is not null)
        {
            await _files.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
