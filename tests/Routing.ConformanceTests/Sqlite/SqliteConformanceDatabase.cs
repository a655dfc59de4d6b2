using System.Data;
using Microsoft.Data.Sqlite;
using Routing.ConformanceTests.Suites;
using Routing.ConformanceTests.Types;
using Routing.Testing;
using SQLitePCL;

namespace Routing.ConformanceTests.Sqlite;

/// <summary>A SQLite file of its own, removed at the end.</summary>
[OmitsSuite(typeof(ConnectionLossSuite), "A file is opened in the process itself: there is no connection that could be cut, and what the file system refuses is an error of a statement.")]
public sealed class SqliteConformanceDatabase : ConformanceDatabase
{
    private const int FirstRows = 1000;

    private readonly string _directory = Directory.CreateTempSubdirectory("routing-conformance-").FullName;
    private long _ticks;

    /// <summary>The file's connection string.</summary>
    public string ConnectionString => "Data Source=" + Path.Combine(_directory, "conformance.db");

    /// <inheritdoc/>
    public override string Identity => "id integer primary key";

    /// <inheritdoc/>
    public override string Bytes => "blob";

    /// <inheritdoc/>
    public override string RealNumber => "real";

    /// <inheritdoc/>
    public override string Flag => "integer";

    /// <inheritdoc/>
    public override string Money => "text";

    /// <inheritdoc/>
    public override string Moment => "text";

    /// <inheritdoc/>
    public override string LongQuery => "with recursive n(x) as (select 1 union all select x + 1 from n where x < 2000000000) select count(*) from n";

    /// <inheritdoc/>
    public override string EndlessRows => "with recursive n(x) as (select 1 union all select x + 1 from n where x < 2000000000) select x from n";

    /// <inheritdoc/>
    public override string FailingRead => "select abs(-9223372036854775808)";

    /// <inheritdoc/>
    public override string RowsThenFailure =>
        $"with recursive n(x) as (select 1 union all select x + 1 from n where x < {FirstRows}) select case when x < {FirstRows} then x else abs(-9223372036854775808) end from n";

    /// <inheritdoc/>
    public override string LastInsertId => "select last_insert_rowid()";

    /// <inheritdoc/>
    public override string SetSetting => "pragma cache_size = 777";

    /// <inheritdoc/>
    public override string SetSettingSummary => "PRAGMA cache_size";

    /// <inheritdoc/>
    public override string ReadSetting => "pragma cache_size";

    /// <inheritdoc/>
    public override string SettingValue => "777";

    /// <inheritdoc/>
    public override string Tick => "tick()";

    /// <inheritdoc/>
    public override IReadOnlyList<StateKind> StateKinds =>
    [
        new("a setting", [SetSetting], ReadSetting),
        new("a setting that the baseline has", ["pragma foreign_keys = off"], "pragma foreign_keys"),
        new("a refusal of writes", ["pragma query_only = on"], "pragma query_only"),
        new("a temporary table", ["create temp table left_over (x)", "insert into left_over values (1)"], "select count(*) from pragma_table_info('left_over')"),
        new("an attached database", ["attach ':memory:' as left_over"], "select count(*) from pragma_database_list"),
        new("a transaction", ["begin", "create table left_over (x)"], "select count(*) from pragma_table_info('left_over')"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Leak> Leaks => SqliteLeaks.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateQuestions => SqliteLeaks.Questions;

    /// <inheritdoc/>
    public override IReadOnlyList<IsolationLevel> IsolationLevels => [IsolationLevel.Unspecified, IsolationLevel.Serializable, IsolationLevel.Snapshot];

    /// <summary>Only one transaction that may write is open at a time, so readers beside a writer are read-only ones; a serializable one is the writer's, too.</summary>
    public override IReadOnlyList<(TransactionOptions Options, bool SeesLaterCommits)> Visibility =>
        [(new() { ReadOnly = true }, false), (new() { ReadOnly = true, Isolation = IsolationLevel.Snapshot }, false)];

    /// <inheritdoc/>
    public override bool LocksRows => false;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredAs> Types => SqliteTypes.All;

    /// <inheritdoc/>
    public override Type ParameterType => typeof(SqliteParameter);

    /// <inheritdoc/>
    public override Type ConnectionType => typeof(SqliteConnection);

    /// <inheritdoc/>
    public override RoutedHost Open(Dictionary<string, string>? settings = null) =>
        RoutedHost.OnSqlite(ConnectionString, settings, options => options.UseSqlite(AddFunctions));

    /// <inheritdoc/>
    public override string In(string parameter) => $"in @{parameter}";

    /// <inheritdoc/>
    public override SqlFragment In(long[] values) => Sql.Format($"in {values}");

    /// <inheritdoc/>
    public override Task<long> TicksAsync() => Task.FromResult(Interlocked.Read(ref _ticks));

    /// <summary>
    /// The writer begins with the write lock, so nothing can be locked later; a function answers with the code that SQLite
    /// gives where it can.
    /// </summary>
    public override async Task ConflictAsync(SessionTransaction transaction, Table items) =>
        await transaction.ExecuteAsync($"update {items.Raw} set amount = busy() where id = {1}");

    /// <summary>A connection past Routing, as another process would have.</summary>
    public SqliteConnection OpenRaw()
    {
        var connection = new SqliteConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        return connection;
    }

    /// <inheritdoc/>
    public override bool IsUniqueViolation(Exception error) => error is SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT };

    /// <inheritdoc/>
    public override bool IsSyntaxError(Exception error) => error is SqliteException { SqliteErrorCode: raw.SQLITE_ERROR };

    /// <summary>SQLite stores every text.</summary>
    public override bool IsRefusedText(Exception error) => false;

    /// <inheritdoc/>
    public override bool IsReadOnlyViolation(Exception error) => error is SqliteException { SqliteErrorCode: raw.SQLITE_READONLY };

    /// <inheritdoc/>
    public override bool IsInterrupted(Exception error) => error is SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT };

    /// <inheritdoc/>
    public override bool IsTimeout(Exception error) =>
        error is RoutingException { InnerException: TimeoutException }
        && error.Message == "The command on db/a was interrupted after 1 s, its time-out. The statement that ran had no effect. Raise Timeouts:Command of data source 'db', or the call's own time-out, if it may take longer. [RTG0602]";

    /// <inheritdoc/>
    public override Task PrepareLeaksAsync()
    {
        using var connection = OpenRaw();
        using var command = connection.CreateCommand();
        command.CommandText = SqliteLeaks.Definitions;
        command.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task CreateAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task DropAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }

    private void AddFunctions(SqliteConnection connection)
    {
        connection.CreateFunction("tick", () => Interlocked.Increment(ref _ticks));
        connection.CreateFunction<long>("busy", static () => throw new SqliteException("database is locked", raw.SQLITE_BUSY));
    }
}
