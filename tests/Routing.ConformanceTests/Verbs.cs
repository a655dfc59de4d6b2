using Xunit.Abstractions;

namespace Routing.ConformanceTests;

/// <summary>The verbs that exist in both forms, so that one test says what holds for both. The blocking ones complete before they return.</summary>
public sealed class Verbs : IXunitSerializable
{
    /// <summary>For the runner only.</summary>
    public Verbs()
    {
    }

    private Verbs(bool async) => Async = async;

    /// <summary>Those that end in <c>Async</c>.</summary>
    public static Verbs Asynchronous { get; } = new(async: true);

    /// <summary>Those that block.</summary>
    public static Verbs Blocking { get; } = new(async: false);

    /// <summary>Which of them these are.</summary>
    public bool Async { get; private set; }

    /// <inheritdoc cref="SqlRunnerExtensions.QueryAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    public Task<IReadOnlyList<T>> Query<T>(ISqlRunner on, SqlText sql) =>
        Async ? on.QueryAsync<T>(sql).AsTask() : Task.FromResult(on.Query<T>(sql));

    /// <inheritdoc cref="SqlRunnerExtensions.QueryAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<IReadOnlyList<T>> Query<T>(ISqlRunner on, string sql, object? args = null, StatementOptions? options = null) =>
        Async ? on.QueryAsync<T>(sql, args, options).AsTask() : Task.FromResult(on.Query<T>(sql, args, options));

    /// <inheritdoc cref="SqlRunnerExtensions.QueryFirstAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<T> QueryFirst<T>(ISqlRunner on, string sql, object? args = null) =>
        Async ? on.QueryFirstAsync<T>(sql, args).AsTask() : Task.FromResult(on.QueryFirst<T>(sql, args));

    /// <inheritdoc cref="SqlRunnerExtensions.QueryFirstOrDefaultAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<T?> QueryFirstOrDefault<T>(ISqlRunner on, string sql, object? args = null) =>
        Async ? on.QueryFirstOrDefaultAsync<T>(sql, args).AsTask() : Task.FromResult(on.QueryFirstOrDefault<T>(sql, args));

    /// <inheritdoc cref="SqlRunnerExtensions.QuerySingleAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    public Task<T> QuerySingle<T>(ISqlRunner on, SqlText sql) =>
        Async ? on.QuerySingleAsync<T>(sql).AsTask() : Task.FromResult(on.QuerySingle<T>(sql));

    /// <inheritdoc cref="SqlRunnerExtensions.QuerySingleAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<T> QuerySingle<T>(ISqlRunner on, string sql, object? args = null) =>
        Async ? on.QuerySingleAsync<T>(sql, args).AsTask() : Task.FromResult(on.QuerySingle<T>(sql, args));

    /// <inheritdoc cref="SqlRunnerExtensions.QuerySingleOrDefaultAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<T?> QuerySingleOrDefault<T>(ISqlRunner on, string sql, object? args = null) =>
        Async ? on.QuerySingleOrDefaultAsync<T>(sql, args).AsTask() : Task.FromResult(on.QuerySingleOrDefault<T>(sql, args));

    /// <inheritdoc cref="SqlRunnerExtensions.ExecuteScalarAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    public Task<T?> Scalar<T>(ISqlRunner on, SqlText sql) =>
        Async ? on.ExecuteScalarAsync<T>(sql).AsTask() : Task.FromResult(on.ExecuteScalar<T>(sql));

    /// <inheritdoc cref="SqlRunnerExtensions.ExecuteScalarAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<T?> Scalar<T>(ISqlRunner on, string sql, object? args = null, StatementOptions? options = null) =>
        Async ? on.ExecuteScalarAsync<T>(sql, args, options).AsTask() : Task.FromResult(on.ExecuteScalar<T>(sql, args, options));

    /// <inheritdoc cref="SqlRunnerExtensions.ExecuteAsync(ISqlRunner, SqlText, CancellationToken)"/>
    public Task<int> Execute(ISqlRunner on, SqlText sql) =>
        Async ? on.ExecuteAsync(sql).AsTask() : Task.FromResult(on.Execute(sql));

    /// <inheritdoc cref="SqlRunnerExtensions.ExecuteAsync(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public Task<int> Execute(ISqlRunner on, string sql, object? args = null, StatementOptions? options = null) =>
        Async ? on.ExecuteAsync(sql, args, options).AsTask() : Task.FromResult(on.Execute(sql, args, options));

    /// <inheritdoc cref="SqlRunnerExtensions.BulkInsertAsync{T}(ISqlRunner, string, IEnumerable{T}, BulkInsertOptions?, CancellationToken)"/>
    public Task<long> BulkInsert<T>(ISqlRunner on, string table, IEnumerable<T> rows, BulkInsertOptions? options = null) =>
        Async ? on.BulkInsertAsync(table, rows, options).AsTask() : Task.FromResult(on.BulkInsert(table, rows, options));

    /// <inheritdoc cref="SqlRunnerExtensions.BulkInsertAsync(ISqlRunner, string, System.Data.Common.DbDataReader, BulkInsertOptions?, CancellationToken)"/>
    public Task<long> BulkInsert(ISqlRunner on, string table, System.Data.Common.DbDataReader rows) =>
        Async ? on.BulkInsertAsync(table, rows).AsTask() : Task.FromResult(on.BulkInsert(table, rows));

    /// <inheritdoc cref="Session.BeginTransactionAsync"/>
    public Task<SessionTransaction> Begin(Session session, TransactionOptions? options = null) =>
        Async ? session.BeginTransactionAsync(options).AsTask() : Task.FromResult(session.BeginTransaction(options));

    /// <inheritdoc cref="SessionTransaction.CommitAsync"/>
    public Task<CommitResult> Commit(SessionTransaction transaction) =>
        Async ? transaction.CommitAsync().AsTask() : Task.FromResult(transaction.Commit());

    /// <inheritdoc cref="SessionTransaction.RollbackAsync"/>
    public Task Rollback(SessionTransaction transaction) => Async ? transaction.RollbackAsync().AsTask() : Blocked(transaction.Rollback);

    /// <inheritdoc cref="IAsyncDisposable.DisposeAsync"/>
    public Task Dispose<T>(T disposable)
        where T : IAsyncDisposable, IDisposable => Async ? disposable.DisposeAsync().AsTask() : Blocked(disposable.Dispose);

    /// <inheritdoc/>
    public override string ToString() => Async ? "async" : "sync";

    /// <inheritdoc/>
    public void Deserialize(IXunitSerializationInfo info) => Async = info.GetValue<bool>(nameof(Async));

    /// <inheritdoc/>
    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Async), Async);

    private static Task Blocked(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
