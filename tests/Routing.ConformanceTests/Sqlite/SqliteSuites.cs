using System.Data;
using Microsoft.EntityFrameworkCore;
using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.Sqlite;

public sealed class SqliteQueryingTests(SqliteConformanceDatabase database) : QueryingSuite(database), IClassFixture<SqliteConformanceDatabase>
{
    private static readonly StatementOptions Procedure = new() { CommandType = CommandType.StoredProcedure };

    [Theory, SyncAndAsync]
    public async Task Stored_procedures_are_refused_by_the_driver(Verbs verbs)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => verbs.Execute(Db, "anything", options: Procedure));
        Assert.Equal([1], await verbs.Query<int>(Db, $"select 1"));
    }
}

public sealed class SqliteInterpolatedSqlTests(SqliteConformanceDatabase database) : InterpolatedSqlSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteTransactionsTests(SqliteConformanceDatabase database) : TransactionsSuite(database), IClassFixture<SqliteConformanceDatabase>
{
    [Fact]
    public async Task A_transaction_waits_for_the_write_lock_of_another_process()
    {
        var items = await Database.ItemsAsync(1);
        await using var other = ((SqliteConformanceDatabase)Database).OpenRaw();
        await using var command = other.CreateCommand();
        command.CommandText = "begin immediate";
        await command.ExecuteNonQueryAsync();
        var transact = Task.Run(() => Db.TransactAsync(async (transaction, ct) =>
        {
            await transaction.ExecuteAsync($"update {items.Raw} set amount = amount + {1}", ct);
            return transaction.Attempt;
        }));
        command.CommandText = $"update {items.Name} set amount = 20";
        await command.ExecuteNonQueryAsync();
        Assert.False(transact.IsCompleted);
        command.CommandText = "commit";
        await command.ExecuteNonQueryAsync();
        Assert.Equal(1, await transact);
        Assert.Equal(21, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_second_writer_inside_a_transaction_is_told_at_once_that_it_waits_for_itself()
    {
        var items = await Database.ItemsAsync(1);
        var error = await Assert.ThrowsAsync<PoolExhaustedException>(() => Db.TransactAsync(async (transaction, ct) =>
        {
            await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}", ct);
            await Db.ExecuteAsync($"update {items.Raw} set amount = {100}", ct);
        }));
        Assert.StartsWith(
            "Pool 'db/a' (writer) can never serve this wait (nested deadlock): 'transaction' waits for a connection while it already holds the only one. ",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(10, await Db.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }
}

public sealed class SqliteSessionsTests(SqliteConformanceDatabase database) : SessionsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteStreamingTests(SqliteConformanceDatabase database) : StreamingSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteNestedTransactionsTests(SqliteConformanceDatabase database) : NestedTransactionsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteTextTransactionsTests(SqliteConformanceDatabase database) : TextTransactionsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteTransactTests(SqliteConformanceDatabase database) : TransactSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteCommitEffectsTests(SqliteConformanceDatabase database) : CommitEffectsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteBatchesTests(SqliteConformanceDatabase database) : BatchesSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteTimeOutsTests(SqliteConformanceDatabase database) : TimeOutsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteCancellationTests(SqliteConformanceDatabase database) : CancellationSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteErrorsTests(SqliteConformanceDatabase database) : ErrorsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteSessionStateTests(SqliteConformanceDatabase database) : SessionStateSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoConnectionsTests(SqliteConformanceDatabase database) : AdoConnectionsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoCommandsTests(SqliteConformanceDatabase database) : AdoCommandsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoTransactionsTests(SqliteConformanceDatabase database) : AdoTransactionsSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoReaderParityTests(SqliteConformanceDatabase database) : AdoReaderParitySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoCommandParityTests(SqliteConformanceDatabase database) : AdoCommandParitySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoColumnParityTests(SqliteConformanceDatabase database) : AdoColumnParitySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoParameterParityTests(SqliteConformanceDatabase database) : AdoParameterParitySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoBatchParityTests(SqliteConformanceDatabase database) : AdoBatchParitySuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteAdoConnectionParityTests(SqliteConformanceDatabase database) : AdoConnectionParitySuite(database), IClassFixture<SqliteConformanceDatabase>
{
    protected override bool EndsTransactionsUnderReaders => true;
}

public sealed class SqliteDapperTests(SqliteConformanceDatabase database) : DapperSuite(database), IClassFixture<SqliteConformanceDatabase>;

public sealed class SqliteEfCoreTests(SqliteConformanceDatabase database) : EfCoreSuite(database), IClassFixture<SqliteConformanceDatabase>
{
    protected override void Use(DbContextOptionsBuilder options, RoutingConnection connection) => options.UseSqlite(connection);
}

public sealed class SqliteStateLeakTests(SqliteConformanceDatabase database) : StateLeakSuite(database), IClassFixture<SqliteConformanceDatabase>
{
    [Fact]
    public void Statements_on_tables_with_triggers_and_views_are_proven_by_their_text()
    {
        var source = ((Sessions.RoutingDatabase)Db).Source;
        foreach (var text in SqliteLeaks.Clean)
        {
            Assert.Equal(Drivers.Dirt.None, source.Proof.DirtOf(source.Statements.Get(text), source.Topology.Current.Nodes.First()));
        }
    }
}

public sealed class SqliteBulkInsertTests(SqliteConformanceDatabase database) : BulkInsertSuite(database), IClassFixture<SqliteConformanceDatabase>;
