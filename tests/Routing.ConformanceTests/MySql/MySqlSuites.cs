using System.Data;
using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.MySql;

public sealed class MySqlQueryingTests(MySqlConformanceDatabase database) : QueryingSuite(database), IClassFixture<MySqlConformanceDatabase>
{
    private static readonly StatementOptions Procedure = new() { CommandType = CommandType.StoredProcedure };

    [Theory, SyncAndAsync]
    public async Task Stored_procedures_run_on_the_primary(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var name = "raise_" + items.Name;
        await Db.ExecuteAsync($"create procedure {Sql.Raw(name)}(item bigint, more bigint) update {items.Raw} set amount = amount + more where id = item");
        await verbs.Execute(Db, name, new { item = 1L, more = 5L }, Procedure);
        Assert.Equal(15, await verbs.Scalar<int>(Db, $"select amount from {items.Raw}"));
    }
}

public sealed class MySqlInterpolatedSqlTests(MySqlConformanceDatabase database) : InterpolatedSqlSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlTransactionsTests(MySqlConformanceDatabase database) : TransactionsSuite(database), IClassFixture<MySqlConformanceDatabase>
{
    [Fact]
    public async Task Nothing_runs_outside_the_transaction_that_a_deadlock_has_ended()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Database.ConflictAsync(transaction, items));

            // The server would run it on its own, and the update would stay.
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await transaction.ExecuteAsync($"update {items.Raw} set amount = {99}"));
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await transaction.CommitAsync());
        }

        Assert.Equal(10, await session.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
    }
}

public sealed class MySqlSessionsTests(MySqlConformanceDatabase database) : SessionsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlStreamingTests(MySqlConformanceDatabase database) : StreamingSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlNestedTransactionsTests(MySqlConformanceDatabase database) : NestedTransactionsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlTextTransactionsTests(MySqlConformanceDatabase database) : TextTransactionsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlTransactTests(MySqlConformanceDatabase database) : TransactSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlCommitEffectsTests(MySqlConformanceDatabase database) : CommitEffectsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlBatchesTests(MySqlConformanceDatabase database) : BatchesSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlTimeOutsTests(MySqlConformanceDatabase database) : TimeOutsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlConnectionLossTests(MySqlConformanceDatabase database) : ConnectionLossSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlCancellationTests(MySqlConformanceDatabase database) : CancellationSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlErrorsTests(MySqlConformanceDatabase database) : ErrorsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlSessionStateTests(MySqlConformanceDatabase database) : SessionStateSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoConnectionsTests(MySqlConformanceDatabase database) : AdoConnectionsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoCommandsTests(MySqlConformanceDatabase database) : AdoCommandsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoTransactionsTests(MySqlConformanceDatabase database) : AdoTransactionsSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoReaderParityTests(MySqlConformanceDatabase database) : AdoReaderParitySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoParameterParityTests(MySqlConformanceDatabase database) : AdoParameterParitySuite(database), IClassFixture<MySqlConformanceDatabase>
{
    [Theory, SyncAndAsync]
    public async Task Functions_return_and_procedures_select(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        await Db.ExecuteAsync($"create function {Sql.Raw("twice_" + items.Name)}(x bigint) returns bigint deterministic return x * 2");
        await Db.ExecuteAsync($"create procedure {Sql.Raw("list_" + items.Name)}(least bigint) begin select id from {items.Raw} where id >= least order by id; select name from {items.Raw} where id = least; end");
        await Database.SettleAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var function = connection.Command("twice_" + items.Name, ("x", 21L));
            function.CommandType = CommandType.StoredProcedure;
            var result = function.CreateParameter();
            result.Direction = ParameterDirection.ReturnValue;
            function.Parameters.Add(result);
            seen.Note("affected", await verbs.NonQuery(function));
            seen.Note("returned", result.Value);
            await using var procedure = connection.Command("list_" + items.Name, ("least", 1L));
            procedure.CommandType = CommandType.StoredProcedure;
            await using var reader = await verbs.Reader(procedure);
            do
            {
                while (await verbs.Read(reader))
                {
                    seen.Note("row", reader.GetValue(0));
                }
            }
            while (await verbs.NextResult(reader));
        });
    }
}

public sealed class MySqlAdoCommandParityTests(MySqlConformanceDatabase database) : AdoCommandParitySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoColumnParityTests(MySqlConformanceDatabase database) : AdoColumnParitySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoBatchParityTests(MySqlConformanceDatabase database) : AdoBatchParitySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlAdoConnectionParityTests(MySqlConformanceDatabase database) : AdoConnectionParitySuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlDapperTests(MySqlConformanceDatabase database) : DapperSuite(database), IClassFixture<MySqlConformanceDatabase>;

public sealed class MySqlStateLeakTests(MySqlConformanceDatabase database) : StateLeakSuite(database), IClassFixture<MySqlConformanceDatabase>;

/// <summary>By INSERTs, and by LOAD DATA LOCAL where the connection string allows it.</summary>
public sealed class MySqlBulkInsertTests(MySqlConformanceDatabase database) : BulkInsertSuite(database), IClassFixture<MySqlConformanceDatabase>
{
    protected override IReadOnlyList<IRoutingDatabase> Ways => [Db, database.Files.Database];
}
