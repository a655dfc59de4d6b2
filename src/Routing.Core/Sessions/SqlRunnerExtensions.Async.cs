using System.ComponentModel;
using System.Runtime.CompilerServices;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>The verbs of everything that statements can be sent to.</summary>
/// <remarks>
/// The overloads for interpolated texts have priority: a text whose holes are all constants would otherwise be folded into
/// a plain string by the compiler, and its values pasted instead of sent as parameters.
/// </remarks>
public static partial class SqlRunnerExtensions
{
    private const string NoSecondArguments = "An interpolated text carries its parameters in its holes: drop the arguments object, or pass a plain string.";

    /// <summary>Reads all rows into memory. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<IReadOnlyList<T>> QueryAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.Query<T>(), async: true, ct);
    }

    /// <inheritdoc cref="QueryAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<IReadOnlyList<T>> QueryAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Query<T>(), async: true, ct);
    }

    /// <summary>Reads all rows into memory. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<IReadOnlyList<T>> QueryAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Query<T>(), async: true, ct);

    /// <inheritdoc cref="QueryAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<IReadOnlyList<T>> QueryAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.Query<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<IReadOnlyList<T>> QueryAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first row; no row is an <see cref="InvalidOperationException"/>. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QueryFirstAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.First<T>(), async: true, ct);
    }

    /// <inheritdoc cref="QueryFirstAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QueryFirstAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.First<T>(), async: true, ct);
    }

    /// <summary>Reads the first row; no row is an <see cref="InvalidOperationException"/>. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<T> QueryFirstAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.First<T>(), async: true, ct);

    /// <inheritdoc cref="QueryFirstAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<T> QueryFirstAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.First<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QueryFirstAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first row, or default when there is none. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QueryFirstOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.FirstOrDefault<T>(), async: true, ct);
    }

    /// <inheritdoc cref="QueryFirstOrDefaultAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QueryFirstOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.FirstOrDefault<T>(), async: true, ct);
    }

    /// <summary>Reads the first row, or default when there is none. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<T?> QueryFirstOrDefaultAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.FirstOrDefault<T>(), async: true, ct);

    /// <inheritdoc cref="QueryFirstOrDefaultAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<T?> QueryFirstOrDefaultAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.FirstOrDefault<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QueryFirstOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the only row; none or several are an <see cref="InvalidOperationException"/>. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QuerySingleAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.Single<T>(), async: true, ct);
    }

    /// <inheritdoc cref="QuerySingleAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QuerySingleAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Single<T>(), async: true, ct);
    }

    /// <summary>Reads the only row; none or several are an <see cref="InvalidOperationException"/>. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<T> QuerySingleAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Single<T>(), async: true, ct);

    /// <inheritdoc cref="QuerySingleAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<T> QuerySingleAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.Single<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<T> QuerySingleAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the only row, or default when there is none; several are an <see cref="InvalidOperationException"/>. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QuerySingleOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.SingleOrDefault<T>(), async: true, ct);
    }

    /// <inheritdoc cref="QuerySingleOrDefaultAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QuerySingleOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.SingleOrDefault<T>(), async: true, ct);
    }

    /// <summary>Reads the only row, or default when there is none; several are an <see cref="InvalidOperationException"/>. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<T?> QuerySingleOrDefaultAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.SingleOrDefault<T>(), async: true, ct);

    /// <inheritdoc cref="QuerySingleOrDefaultAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<T?> QuerySingleOrDefaultAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.SingleOrDefault<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> QuerySingleOrDefaultAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first column of the first row. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> ExecuteScalarAsync<T>(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.Scalar<T>(), async: true, ct);
    }

    /// <inheritdoc cref="ExecuteScalarAsync{T}(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> ExecuteScalarAsync<T>(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Scalar<T>(), async: true, ct);
    }

    /// <summary>Reads the first column of the first row. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<T?> ExecuteScalarAsync<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Scalar<T>(), async: true, ct);

    /// <inheritdoc cref="ExecuteScalarAsync{T}(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<T?> ExecuteScalarAsync<T>(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.Scalar<T>(), async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<T?> ExecuteScalarAsync<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Runs a statement for its effect and returns the number of rows affected. The holes of the interpolated text become parameters.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<int> ExecuteAsync(this ISqlRunner runner, SqlText sql, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options: null, MapperOperations.Execute, async: true, ct);
    }

    /// <inheritdoc cref="ExecuteAsync(ISqlRunner, SqlText, CancellationToken)"/>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static ValueTask<int> ExecuteAsync(this ISqlRunner runner, SqlText sql, StatementOptions options, CancellationToken ct = default)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Execute, async: true, ct);
    }

    /// <summary>Runs a statement for its effect and returns the number of rows affected. The members of <paramref name="args"/> are the parameters, as Dapper users know it.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    /// <param name="ct">Cancels, also while waiting for a connection.</param>
    public static ValueTask<int> ExecuteAsync(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null, CancellationToken ct = default) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Execute, async: true, ct);

    /// <inheritdoc cref="ExecuteAsync(ISqlRunner, string, object?, StatementOptions?, CancellationToken)"/>
    public static ValueTask<int> ExecuteAsync(this ISqlRunner runner, string sql, CancellationToken ct) =>
        runner.Session.RunAsync(sql, null, options: null, MapperOperations.Execute, async: true, ct);

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static ValueTask<int> ExecuteAsync(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null, CancellationToken ct = default) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);
}
