using System.Data;
using System.Data.Common;

namespace Routing.ConformanceTests;

/// <summary>ADO.NET's methods in both forms.</summary>
internal static class Ado
{
    public static DbCommand Command(this DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        Fill(command.Parameters, command.CreateParameter, parameters);
        return command;
    }

    public static void Add(this DbBatch batch, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        Fill(command.Parameters, command.CreateParameter, parameters);
        batch.BatchCommands.Add(command);
    }

    public static Task Open(this Verbs verbs, DbConnection connection) => verbs.Async ? connection.OpenAsync() : Do(connection.Open);

    public static Task Close(this Verbs verbs, DbConnection connection) => verbs.Async ? connection.CloseAsync() : Do(connection.Close);

    public static Task Close(this Verbs verbs, DbDataReader reader) => verbs.Async ? reader.CloseAsync() : Do(reader.Close);

    public static Task<bool> Read(this Verbs verbs, DbDataReader reader) => verbs.Async ? reader.ReadAsync() : Task.FromResult(reader.Read());

    public static Task<bool> NextResult(this Verbs verbs, DbDataReader reader) => verbs.Async ? reader.NextResultAsync() : Task.FromResult(reader.NextResult());

    public static Task<int> NonQuery(this Verbs verbs, DbCommand command) => verbs.Async ? command.ExecuteNonQueryAsync() : Task.FromResult(command.ExecuteNonQuery());

    public static Task<object?> Scalar(this Verbs verbs, DbCommand command) => verbs.Async ? command.ExecuteScalarAsync() : Task.FromResult(command.ExecuteScalar());

    public static Task<DbDataReader> Reader(this Verbs verbs, DbCommand command, CommandBehavior behavior = CommandBehavior.Default) =>
        verbs.Async ? command.ExecuteReaderAsync(behavior) : Task.FromResult(command.ExecuteReader(behavior));

    public static Task Prepare(this Verbs verbs, DbCommand command) => verbs.Async ? command.PrepareAsync() : Do(command.Prepare);

    public static Task<int> NonQuery(this Verbs verbs, DbBatch batch) => verbs.Async ? batch.ExecuteNonQueryAsync() : Task.FromResult(batch.ExecuteNonQuery());

    public static Task<object?> Scalar(this Verbs verbs, DbBatch batch) => verbs.Async ? batch.ExecuteScalarAsync() : Task.FromResult(batch.ExecuteScalar());

    public static Task<DbDataReader> Reader(this Verbs verbs, DbBatch batch) => verbs.Async ? batch.ExecuteReaderAsync() : Task.FromResult(batch.ExecuteReader());

    public static Task<DbTransaction> Begin(this Verbs verbs, DbConnection connection, IsolationLevel isolation = IsolationLevel.Unspecified) =>
        verbs.Async ? connection.BeginTransactionAsync(isolation).AsTask() : Task.FromResult(connection.BeginTransaction(isolation));

    public static Task Commit(this Verbs verbs, DbTransaction transaction) => verbs.Async ? transaction.CommitAsync() : Do(transaction.Commit);

    public static Task Rollback(this Verbs verbs, DbTransaction transaction) => verbs.Async ? transaction.RollbackAsync() : Do(transaction.Rollback);

    public static Task Save(this Verbs verbs, DbTransaction transaction, string name) => verbs.Async ? transaction.SaveAsync(name) : Do(() => transaction.Save(name));

    public static Task RollbackTo(this Verbs verbs, DbTransaction transaction, string name) =>
        verbs.Async ? transaction.RollbackAsync(name) : Do(() => transaction.Rollback(name));

    public static Task Release(this Verbs verbs, DbTransaction transaction, string name) =>
        verbs.Async ? transaction.ReleaseAsync(name) : Do(() => transaction.Release(name));

    private static void Fill(DbParameterCollection target, Func<DbParameter> create, (string Name, object? Value)[] parameters)
    {
        foreach (var (name, value) in parameters)
        {
            var parameter = create();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            target.Add(parameter);
        }
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
