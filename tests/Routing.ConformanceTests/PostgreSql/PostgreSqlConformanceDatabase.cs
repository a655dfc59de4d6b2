using System.Data;
using Npgsql;
using Routing.ConformanceTests.Suites;
using Routing.ConformanceTests.Types;
using Routing.Testing;

namespace Routing.ConformanceTests.PostgreSql;

/// <summary>A database of its own on the shared cluster: a primary and two streaming standbys.</summary>
[OmitsSuite(typeof(EfCoreSuite), "Npgsql's EF Core provider casts its connection to NpgsqlConnection; a pinned session hands that out instead.")]
public sealed class PostgreSqlConformanceDatabase : ConformanceDatabase
{
    private const int FirstRows = 1000;

    private PostgreSqlDatabase? _database;

    /// <inheritdoc/>
    public override string Identity => "id bigint generated always as identity primary key";

    /// <inheritdoc/>
    public override string Bytes => "bytea";

    /// <inheritdoc/>
    public override string RealNumber => "double precision";

    /// <inheritdoc/>
    public override string Flag => "boolean";

    /// <inheritdoc/>
    public override string Money => "numeric";

    /// <inheritdoc/>
    public override string Moment => "timestamp";

    /// <inheritdoc/>
    public override string LongQuery => "select count(*) from pg_sleep(300)";

    /// <inheritdoc/>
    public override string EndlessRows => "select generate_series(1::bigint, 2000000000)";

    /// <inheritdoc/>
    public override string FailingRead => "select 1 / (x - 1) from generate_series(1, 1) x";

    /// <inheritdoc/>
    public override string RowsThenFailure =>
        $"select case when x < {FirstRows} then x else x / (x - x) end from (select generate_series(1::bigint, {FirstRows}) x) s";

    /// <inheritdoc/>
    public override string LastInsertId => "select lastval()";

    /// <inheritdoc/>
    public override string SetSetting => "set work_mem = '777kB'";

    /// <inheritdoc/>
    public override string SetSettingSummary => "SET work_mem";

    /// <inheritdoc/>
    public override string ReadSetting => "show work_mem";

    /// <inheritdoc/>
    public override string SettingValue => "777kB";

    /// <inheritdoc/>
    public override string Tick => "nextval('ticks')";

    /// <inheritdoc/>
    public override IReadOnlyList<StateKind> StateKinds =>
    [
        new("a setting", [SetSetting], ReadSetting),
        new("a search path", ["set search_path = pg_catalog"], "show search_path"),
        new("a setting by function", ["select set_config('statement_timeout', '77s', false)"], "show statement_timeout"),
        new("a setting of the application", ["select set_config('routing.tenant', 'left over', false)"], "select coalesce(current_setting('routing.tenant', true), '')"),
        new("a default of transactions", ["set session characteristics as transaction isolation level serializable"], "show default_transaction_isolation"),
        new("a temporary table", ["create temp table left_over (x int)", "insert into left_over values (1)"], "select count(*) from pg_class where relname = 'left_over'"),
        new("a temporary table that hides another", ["create temp table hidden (x int)"], "select count(*) from pg_class where relname = 'hidden' and pg_table_is_visible(oid)"),
        new("an advisory lock", ["select pg_advisory_lock(4711)"], "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711"),
        new("a channel", ["listen left_over"], "select count(*) from pg_listening_channels()"),
        new("a cursor", ["declare left_over cursor with hold for select 1"], "select count(*) from pg_cursors"),
        new("a prepared statement", ["prepare left_over as select 1"], "select count(*) from pg_prepared_statements where from_sql"),
        new("a transaction", ["begin", "create table left_over_2 (x int)"], "select count(*) from pg_class where relname = 'left_over_2'"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Leak> Leaks => PostgreSqlLeaks.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateQuestions => PostgreSqlLeaks.Questions;

    /// <inheritdoc/>
    public override IReadOnlyList<IsolationLevel> IsolationLevels =>
        [IsolationLevel.Unspecified, IsolationLevel.ReadCommitted, IsolationLevel.RepeatableRead, IsolationLevel.Serializable, IsolationLevel.Snapshot];

    /// <inheritdoc/>
    public override TransactionOptions ConflictOptions => new() { Isolation = IsolationLevel.Serializable };

    /// <inheritdoc/>
    public override IReadOnlyList<(TransactionOptions Options, bool SeesLaterCommits)> Visibility =>
    [
        (new(), true), (new() { Isolation = IsolationLevel.ReadCommitted }, true), (new() { Isolation = IsolationLevel.RepeatableRead }, false),
        (new() { Isolation = IsolationLevel.Snapshot }, false), (new() { Isolation = IsolationLevel.Serializable }, false),
    ];

    /// <inheritdoc/>
    public override string Json => "jsonb";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredAs> Types => PostgreSqlTypes.All;

    /// <inheritdoc/>
    public override Type ParameterType => typeof(NpgsqlParameter);

    /// <inheritdoc/>
    public override Type ConnectionType => typeof(NpgsqlConnection);

    private bool _hasLeaks;

    private PostgreSqlDatabase Database => _database ?? throw new InvalidOperationException("The database is not created yet.");

    /// <inheritdoc/>
    public override RoutedHost Open(Dictionary<string, string>? settings = null) =>
        RoutedHost.OnPostgreSql([Database.Primary, .. Database.Standbys], settings);

    /// <inheritdoc/>
    public override int ServerPort => Database.Cluster.Primary.Port;

    /// <inheritdoc/>
    public override string ConnectionNumber => "select pg_backend_pid()";

    /// <inheritdoc/>
    public override RoutedHost OpenAt(int port, Dictionary<string, string> settings) =>
        RoutedHost.OnPostgreSql([new NpgsqlConnectionStringBuilder(Database.Primary) { Port = port }.ConnectionString], settings, health: false);

    /// <inheritdoc/>
    public override Task EndConnectionAsync(int number) =>
        Database.Cluster.Primary.ExecuteAsAdminAsync($"select pg_terminate_backend({number}, 10000)");

    /// <summary>A host whose connection string says more.</summary>
    /// <param name="more">Keys and values of Npgsql's.</param>
    public RoutedHost OpenWith(string more) => RoutedHost.OnPostgreSql([$"{Database.Primary};{more}"]);

    /// <inheritdoc/>
    public override string Procedure(string name, Table items) =>
        $"create procedure {name}(item bigint, inout more bigint, out was text) language plpgsql as $$ begin select i.name into was from {items.Name} i where id = item; more := more * 2; end $$";

    /// <inheritdoc/>
    public override string In(string parameter) => $"= any(@{parameter})";

    /// <inheritdoc/>
    public override SqlFragment In(long[] values) => Sql.Format($"= any({values})");

    /// <inheritdoc/>
    public override async Task<long> TicksAsync() => await Host.Database.ExecuteScalarAsync<long>(
        "select case when is_called then last_value else 0 end from ticks", options: new StatementOptions { Intent = Intent.Write });

    /// <summary>Another transaction changes the row that this one has read, so this one's own change of it cannot be serialized.</summary>
    public override async Task ConflictAsync(SessionTransaction transaction, Table items)
    {
        await using (var rival = new NpgsqlConnection(Database.Primary + ";Pooling=false"))
        {
            await rival.OpenAsync();
            await using var command = new NpgsqlCommand($"update {items.Name} set amount = amount + 1 where id = 1", rival);
            await command.ExecuteNonQueryAsync();
        }

        await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + 1 where id = {1}");
    }

    /// <inheritdoc/>
    public override bool IsUniqueViolation(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <inheritdoc/>
    public override bool IsSyntaxError(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.SyntaxError };

    /// <inheritdoc/>
    public override bool IsRefusedText(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire };

    /// <inheritdoc/>
    public override bool IsReadOnlyViolation(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>Npgsql knows its own cancel by the answer of the server.</summary>
    public override bool IsInterrupted(Exception error) =>
        error is OperationCanceledException { InnerException: PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } };

    /// <inheritdoc/>
    public override bool IsTimeout(Exception error) => error is NpgsqlException { InnerException: TimeoutException };

    /// <inheritdoc/>
    public override Task SettleAsync() => Database.Cluster.WaitUntilReplicatedAsync();

    /// <inheritdoc/>
    public override async Task PrepareLeaksAsync()
    {
        if (!_hasLeaks)
        {
            _hasLeaks = true;
            await Database.ExecuteAsync(PostgreSqlLeaks.Definitions);
        }
    }

    /// <inheritdoc/>
    protected override async Task CreateAsync() => _database = await PostgreSqlDatabase.CreateAsync();

    /// <inheritdoc/>
    protected override Task PrepareAsync() => Database.ExecuteAsync("create sequence ticks");

    /// <inheritdoc/>
    protected override async Task DropAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
