using System.Data;
using System.Globalization;

namespace Routing.UnitTests.Sessions;

/// <summary>
/// Each scenario runs again and again, and each time one step further on the wire fails, until none is left to fail.
/// Whatever failed: nothing may be leaked, and the same work must succeed right afterwards.
/// </summary>
public sealed class FaultLoopTests
{
    private const int MostSteps = 200;

    private static readonly StatementOptions ExplicitRead = new() { Intent = Intent.Read };

    private static readonly Dictionary<string, Func<IRoutingDatabase, Task>> Asynchronous = new(StringComparer.Ordinal)
    {
        ["one-shot read"] = async db => await db.QueryAsync<long>("select value from t"),
        ["one-shot row"] = async db => await db.QueryFirstAsync<long>("select value from t"),
        ["one-shot write"] = async db => await db.ExecuteAsync("update t set x = 1"),
        ["one-shot write of many"] = async db => await db.ExecuteAsync("update t set x = @x", new[] { new { x = 1 }, new { x = 2 } }),
        ["one-shot explicit read"] = async db => await db.QueryAsync<long>("select value from t", options: ExplicitRead),
        ["one-shot stream"] = async db => await ReadAsync(db.StreamAsync<long>("select value from t")),
        ["one-shot stream left early"] = async db => await ReadAsync(db.StreamAsync<long>("select value from t"), atMost: 1),
        ["one-shot stream of a write left early"] = async db => await ReadAsync(db.StreamAsync<long>("update t set x = 1 returning x"), atMost: 1),
        ["one-shot result sets"] = async db =>
        {
            await using var sets = await db.QueryMultipleAsync("select value from t; select value from u");
            await sets.ReadAsync<long>();
        },
        ["batch"] = async db => await db.ExecuteBatchAsync(new StatementBatch().Add("update t set x = 1", args: null).Add("update t set x = 2", args: null)),
        ["session"] = async db =>
        {
            await using var session = db.OpenSession();
            await session.ExecuteAsync("update t set x = 1");
            await session.QueryAsync<long>("select value from t");
        },
        ["read-only session"] = async db =>
        {
            await using var session = db.OpenSession(new SessionOptions { ReadOnly = true });
            await session.QueryAsync<long>("select value from t");
            await ReadAsync(session.StreamAsync<long>("select value from t"), atMost: 1);
            await using var pin = await session.PinAsync();
            await session.QueryAsync<long>("select value from t");
            await ReadAsync(session.StreamAsync<long>("select value from t"));
        },
        ["session state"] = async db =>
        {
            await using var session = db.OpenSession();
            await session.ExecuteAsync("pragma foreign_keys = on");
            await session.QueryAsync<long>("select value from t");
            await ReadAsync(session.StreamAsync<long>("update t set x = 1 returning x"));
        },
        ["raw transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await session.ExecuteAsync("begin");
            await session.ExecuteAsync("update t set x = 1");
            await session.ExecuteAsync("commit");
            await session.ExecuteAsync("update t set x = 1");
        },
        ["transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync();
            await transaction.ExecuteAsync("update t set x = 1");
            await session.QueryAsync<long>("select value from t");
            await transaction.CommitAsync();
            await session.QueryAsync<long>("select value from t");
        },
        ["read-only transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync(new TransactionOptions { ReadOnly = true });
            await transaction.QueryAsync<long>("select value from t");
            await transaction.CommitAsync();
        },
        ["transaction rolled back"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync();
            await transaction.ExecuteAsync("update t set x = 1");
            await transaction.RollbackAsync();
        },
        ["nested transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync();
            await using (var nested = await session.BeginTransactionAsync())
            {
                await nested.ExecuteAsync("update t set x = 1");
                await nested.CommitAsync();
            }

            await using (var nested = await session.BeginTransactionAsync())
            {
                await nested.ExecuteAsync("update t set x = 2");
                await nested.RollbackAsync();
            }

            await using (await session.BeginTransactionAsync())
            {
                await session.ExecuteBatchAsync(new StatementBatch().Add("update t set x = 1", args: null));
            }

            await transaction.CommitAsync();
        },
        ["transaction disposed after its session"] = async db =>
        {
            var session = db.OpenSession();
            await using var first = session;
            await using var transaction = await session.BeginTransactionAsync();
            await transaction.ExecuteAsync("update t set x = 1");
            await session.DisposeAsync();
        },
        ["stream in a transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync();
            await ReadAsync(transaction.StreamAsync<long>("select value from t"));
            await ReadAsync(transaction.StreamAsync<long>("select value from t"), atMost: 1);
            await using (var sets = await transaction.QueryMultipleAsync("select value from t; select value from u"))
            {
                await sets.ReadAsync<long>();
            }

            await transaction.CommitAsync();
        },
        ["stream left lying in a transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var transaction = await session.BeginTransactionAsync();
            var rows = transaction.StreamAsync<long>("select value from t").GetAsyncEnumerator();
            await rows.MoveNextAsync();
            await session.DisposeAsync();
        },
        ["result sets left lying in a session"] = async db =>
        {
            await using var session = db.OpenSession();
            await using var pin = await session.PinAsync();
            await session.QueryMultipleAsync("select value from t; select value from u");
            await session.DisposeAsync();
        },
        ["pin"] = async db =>
        {
            await using var session = db.OpenSession();
            await using (await session.PinAsync())
            {
                await session.ExecuteAsync("update t set x = 1");
                await ReadAsync(session.StreamAsync<long>("select value from t"), atMost: 1);
            }

            await session.QueryAsync<long>("select value from t");
        },
        ["pin disposed in a transaction"] = async db =>
        {
            await using var session = db.OpenSession();
            var pin = await session.PinAsync();
            await using var first = pin;
            await using var transaction = await session.BeginTransactionAsync();
            await pin.DisposeAsync();
            await transaction.ExecuteAsync("update t set x = 1");
            await transaction.CommitAsync();
        },
        ["delegate"] = db => db.TransactAsync(
            async (tx, ct) =>
            {
                await tx.ExecuteAsync("update t set x = 1", ct);
                await db.QueryAsync<long>("select value from t", ct);
            },
            new TransactionOptions { MaxAttempts = 2 }),
        ["delegate in a delegate"] = db => db.TransactAsync(
            async (_, ct) => await db.TransactAsync(async (inner, token) => await inner.ExecuteAsync("update t set x = 1", token), new TransactionOptions { MaxAttempts = 2 }, ct),
            new TransactionOptions { MaxAttempts = 2 }),
        ["command"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            await command.ExecuteScalarAsync();
            command.CommandText = "update t set x = 1";
            await command.ExecuteNonQueryAsync();
        },
        ["command that releases"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            connection.ReleaseAfterCommand = true;
            await using var command = connection.CreateCommand();
            command.CommandText = "update t set x = 1";
            await command.ExecuteNonQueryAsync();
            Assert.Equal("fake", connection.DataSource);
            command.CommandText = "select value from t";
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
        },
        ["command with explicit intent"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.Intent = Intent.Read;
            command.CommandText = "select value from t";
            await command.ExecuteScalarAsync();
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
        },
        ["reader"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            await using (var reader = await command.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                }
            }

            await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.CloseConnection))
            {
                await reader.ReadAsync();
            }

            Assert.Equal(ConnectionState.Closed, connection.State);
        },
        ["reader under a closed connection"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            await using var reader = await command.ExecuteReaderAsync();
            await connection.CloseAsync();
            await connection.OpenAsync();
            await command.ExecuteScalarAsync();
        },
        ["connection transaction"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "update t set x = 1";
            await command.ExecuteNonQueryAsync();
            await transaction.SaveAsync("s");
            await transaction.RollbackAsync("s");
            await transaction.ReleaseAsync("s");
            await transaction.CommitAsync();
        },
        ["connection transaction left open"] = async db =>
        {
            await using var connection = await db.DataSource.OpenConnectionAsync();
            await connection.BeginTransactionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "update t set x = 1";
            await command.ExecuteNonQueryAsync();
        },
    };

    private static readonly Dictionary<string, Action<IRoutingDatabase>> Synchronous = new(StringComparer.Ordinal)
    {
        ["one-shot read"] = static db => db.Query<long>("select value from t"),
        ["one-shot row"] = static db => db.QueryFirst<long>("select value from t"),
        ["one-shot write"] = static db => db.Execute("update t set x = 1"),
        ["one-shot explicit read"] = static db => db.Query<long>("select value from t", options: ExplicitRead),
        ["session"] = static db =>
        {
            using var session = db.OpenSession();
            session.Execute("update t set x = 1");
            session.Execute("pragma foreign_keys = on");
            session.Query<long>("select value from t");
        },
        ["read-only session"] = static db =>
        {
            using var session = db.OpenSession(new SessionOptions { ReadOnly = true });
            session.Query<long>("select value from t");
            session.Execute("pragma foreign_keys = on");
            session.Query<long>("select value from t");
        },
        ["transaction"] = static db =>
        {
            using var session = db.OpenSession();
            using var transaction = session.BeginTransaction();
            transaction.Execute("update t set x = 1");
            using (var nested = session.BeginTransaction())
            {
                nested.Execute("update t set x = 1");
                nested.Commit();
            }

            using (var nested = session.BeginTransaction())
            {
                nested.Rollback();
            }

            session.BeginTransaction().Dispose();
            transaction.Commit();
        },
        ["transaction rolled back"] = static db =>
        {
            using var session = db.OpenSession();
            using var transaction = session.BeginTransaction();
            transaction.Execute("update t set x = 1");
            transaction.Rollback();
        },
        ["transaction left open"] = static db =>
        {
            using var session = db.OpenSession();
            session.BeginTransaction().Execute("update t set x = 1");
        },
        ["command"] = static db =>
        {
            using var connection = db.DataSource.OpenConnection();
            using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            command.ExecuteScalar();
            command.CommandText = "update t set x = 1";
            command.ExecuteNonQuery();
            using var reader = command.ExecuteReader(CommandBehavior.CloseConnection);
            reader.Read();
        },
        ["command with explicit intent"] = static db =>
        {
            using var connection = db.DataSource.CreateConnection();
            connection.Open();
            connection.Intent = Intent.Read;
            using var command = connection.CreateCommand();
            command.CommandText = "select value from t";
            command.ExecuteScalar();
            using var reader = command.ExecuteReader();
            reader.Read();
        },
        ["connection transaction"] = static db =>
        {
            using var connection = db.DataSource.OpenConnection();
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.CommandText = "update t set x = 1";
            command.ExecuteNonQuery();
            transaction.Save("s");
            transaction.Rollback("s");
            transaction.Commit();
        },
        ["connection transaction left open"] = static db =>
        {
            using var connection = db.DataSource.OpenConnection();
            connection.BeginTransaction();
            _ = connection.ServerVersion;
        },
    };

    public static TheoryData<string, bool> AsynchronousScenarios => Names(Asynchronous.Keys);

    public static TheoryData<string, bool> SynchronousScenarios => Names(Synchronous.Keys);

    [Theory]
    [MemberData(nameof(AsynchronousScenarios))]
    public async Task Nothing_is_leaked_whichever_step_fails(string scenario, bool traced) =>
        await LoopAsync(Asynchronous[scenario], traced);

    [Theory]
    [MemberData(nameof(SynchronousScenarios))]
    public async Task Nothing_is_leaked_and_nothing_goes_asynchronous_whichever_step_of_a_blocking_call_fails(string scenario, bool traced) =>
        await LoopAsync(
            database =>
            {
                Synchronous[scenario](database);
                return Task.CompletedTask;
            },
            traced);

    private static async Task LoopAsync(Func<IRoutingDatabase, Task> scenario, bool traced)
    {
        using var tracing = traced ? new TracedStatements() : null;
        foreach (var fault in Enum.GetValues<Fault>())
        {
            foreach (var nodes in Enum.GetValues<Nodes>())
            {
                await LoopAsync(scenario, fault, nodes);
            }
        }
    }

    private static async Task LoopAsync(Func<IRoutingDatabase, Task> scenario, Fault fault, Nodes nodes)
    {
        await using var routing = new FaultyRouting(nodes);
        await routing.StartAsync();
        for (var step = 1; step < MostSteps; step++)
        {
            routing.FailAt(step, fault);
            var error = await Record.ExceptionAsync(() => scenario(routing.Database));
            var failed = routing.Failed;
            var after = string.Create(CultureInfo.InvariantCulture, $"{fault} at step {step} ({failed ?? "none"}) with {nodes}: {error}");
            Assert.False(error?.Message.StartsWith("Routing bug", StringComparison.Ordinal) ?? false, after);
            routing.StopFailing();
            routing.AssertAtRest(after);
            routing.ClearPools();
            error = await Record.ExceptionAsync(() => scenario(routing.Database));
            Assert.True(error is null, $"Not even the next run succeeds after {after}; it ends with {error}");
            routing.AssertAtRest("the run after " + after);
            routing.ClearPools();
            if (failed is null)
            {
                return;
            }
        }

        Assert.Fail($"The scenario has more than {MostSteps} steps.");
    }

    private static async Task ReadAsync(IAsyncEnumerable<long> rows, int atMost = int.MaxValue)
    {
        var read = 0;
        await foreach (var _ in rows)
        {
            if (++read == atMost)
            {
                break;
            }
        }
    }

    private static TheoryData<string, bool> Names(IEnumerable<string> names)
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in names)
        {
            data.Add(name, false);
            data.Add(name, true);
        }

        return data;
    }
}
