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
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
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

    public static Task<DbTransaction> Begin(this Verbs verbs, DbConnection connection, IsolationLevel isolation = IsolationLevel.Unspecified) =>
        verbs.Async ? connection.BeginTransactionAsync(isolation).AsTask() : Task.FromResult(connection.BeginTransaction(isolation));

    public static Task Commit(this Verbs verbs, DbTransaction transaction) => verbs.Async ? transaction.CommitAsync() : Do(transaction.Commit);

    public static Task Rollback(this Verbs verbs, DbTransaction transaction) => verbs.Async ? transaction.RollbackAsync() : Do(transaction.Rollback);

    public static Task Save(this Verbs verbs, DbTransaction transaction, string name) => verbs.Async ? transaction.SaveAsync(name) : Do(() => transaction.Save(name));

    public static Task RollbackTo(this Verbs verbs, DbTransaction transaction, string name) =>
        verbs.Async ? transaction.RollbackAsync(name) : Do(() => transaction.Rollback(name));

    public static Task Release(this Verbs verbs, DbTransaction transaction, string name) =>
        verbs.Async ? transaction.ReleaseAsync(name) : Do(() => transaction.Release(name));

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
