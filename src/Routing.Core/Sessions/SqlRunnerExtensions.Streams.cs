using System.Runtime.CompilerServices;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>The verbs of everything that statements can be sent to.</summary>
public static partial class SqlRunnerExtensions
{
    /// <summary>
    /// Reads rows one by one as they are enumerated. Holds a connection from the first row to the end of the enumeration,
    /// also on early exit, exception or cancel. Enumerate it once. The holes of the interpolated text become parameters.
    /// </summary>
    /// <typeparam name="T">What the row becomes.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also between rows.</param>
    [OverloadResolutionPriority(1)]
    public static IAsyncEnumerable<T> StreamAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return StreamRun.StreamAsync<T>(runner.Session, text, values, options: null, ct);
    }

    /// <inheritdoc cref="StreamAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static IAsyncEnumerable<T> StreamAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return StreamRun.StreamAsync<T>(runner.Session, text, values, options, ct);
    }

    /// <summary>Reads rows one by one as they are enumerated. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also between rows.</param>
    public static IAsyncEnumerable<T> StreamAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        StreamRun.StreamAsync<T>(runner.Session, sql, args, options, ct);

    /// <inheritdoc cref="StreamAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static IAsyncEnumerable<T> StreamAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        StreamRun.StreamAsync<T>(runner.Session, sql, arguments: null, options: null, ct);

    /// <summary>Runs a text of several statements and reads their result sets in order. Dispose what it returns. The holes of the interpolated text become parameters.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statements.</param>
    /// <param name="ct">Cancels.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<ResultSets> QueryMultipleAsync(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return OpenResultSetsAsync(runner.Session, text, values, options: null, ct);
    }

    /// <inheritdoc cref="QueryMultipleAsync(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<ResultSets> QueryMultipleAsync(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return OpenResultSetsAsync(runner.Session, text, values, options, ct);
    }

    /// <summary>Runs a text of several statements and reads their result sets in order. Dispose what it returns.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statements, sent as they are.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels.</param>
    public static ValueTask<ResultSets> QueryMultipleAsync(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        OpenResultSetsAsync(runner.Session, sql, args, options, ct);

    /// <summary>Runs the statements of a batch in order on one connection, in one transaction, and returns the number of rows affected by all. All or none apply.</summary>
    /// <param name="runner">A database, session or transaction; inside a transaction the batch is part of it.</param>
    /// <param name="batch">The statements.</param>
    /// <param name="ct">Cancels; nothing is then applied.</param>
    public static ValueTask<int> ExecuteBatchAsync(this ISqlRunner runner, StatementBatch batch, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var session = runner.Session;
        return batch.Count == 0 ? new(0) : new BatchRun(batch).RunAsync(session, async: true, ct);
    }

    /// <summary>Where a statement would go now, and why. Nothing is sent.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    [OverloadResolutionPriority(1)]
    public static RouteDecision Explain(this ISqlRunner runner, SqlText sql)
    {
        var (text, values) = sql.Take();
        return runner.Session.Explain(text, values, options: null);
    }

    /// <inheritdoc cref="Explain(ISqlRunner, SqlText)"/>
    /// <param name="options">How the call would depart from the defaults.</param>
    public static RouteDecision Explain(this ISqlRunner runner, string sql, StatementOptions? options = null) =>
        runner.Session.Explain(sql, arguments: null, options);

    private static async ValueTask<ResultSets> OpenResultSetsAsync(Session session, string text, object? arguments, StatementOptions? options, CancellationToken ct)
    {
        var (stream, results) = await StreamRun.OpenReaderAsync(session, text, arguments, options, MapperOperations.Multiple, ct).ConfigureAwait(false);
        return new ResultSets(stream, results);
    }
}
