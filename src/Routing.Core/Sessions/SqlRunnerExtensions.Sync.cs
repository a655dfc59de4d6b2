using System.ComponentModel;
using System.Runtime.CompilerServices;
using Routing.Mappers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>The verbs of everything that statements can be sent to.</summary>
public static partial class SqlRunnerExtensions
{
    /// <summary>Reads all rows into memory. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static IReadOnlyList<T> Query<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Query<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads all rows into memory. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static IReadOnlyList<T> Query<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Query<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static IReadOnlyList<T> Query<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first row; no row is an <see cref="InvalidOperationException"/>. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static T QueryFirst<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.First<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads the first row; no row is an <see cref="InvalidOperationException"/>. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static T QueryFirst<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.First<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static T QueryFirst<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first row, or default when there is none. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static T? QueryFirstOrDefault<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.FirstOrDefault<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads the first row, or default when there is none. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static T? QueryFirstOrDefault<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.FirstOrDefault<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static T? QueryFirstOrDefault<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the only row; none or several are an <see cref="InvalidOperationException"/>. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static T QuerySingle<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Single<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads the only row; none or several are an <see cref="InvalidOperationException"/>. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static T QuerySingle<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Single<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static T QuerySingle<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the only row, or default when there is none; several are an <see cref="InvalidOperationException"/>. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static T? QuerySingleOrDefault<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.SingleOrDefault<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads the only row, or default when there is none; several are an <see cref="InvalidOperationException"/>. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static T? QuerySingleOrDefault<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.SingleOrDefault<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static T? QuerySingleOrDefault<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Reads the first column of the first row. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static T? ExecuteScalar<T>(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Scalar<T>(), async: false, CancellationToken.None).Completed();
    }

    /// <summary>Reads the first column of the first row. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <typeparam name="T">What the row becomes: a type with matching members, a scalar, or <c>dynamic</c>.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static T? ExecuteScalar<T>(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Scalar<T>(), async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static T? ExecuteScalar<T>(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);

    /// <summary>Runs a statement for its effect and returns the number of rows affected. Blocks. The holes of the interpolated text become parameters.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    [OverloadResolutionPriority(1)]
    public static int Execute(this ISqlRunner runner, SqlText sql, StatementOptions? options = null)
    {
        var (text, values) = sql.Take();
        return runner.Session.RunAsync(text, values, options, MapperOperations.Execute, async: false, CancellationToken.None).Completed();
    }

    /// <summary>Runs a statement for its effect and returns the number of rows affected. Blocks. The members of <paramref name="args"/> are the parameters.</summary>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    /// <param name="options">How this call departs from the defaults.</param>
    public static int Execute(this ISqlRunner runner, string sql, object? args = null, StatementOptions? options = null) =>
        runner.Session.RunAsync(sql, args, options, MapperOperations.Execute, async: false, CancellationToken.None).Completed();

    /// <summary>Does not compile: an interpolated text carries its parameters in its holes.</summary>
    [Obsolete(SqlRunnerExtensions.NoSecondArguments, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    [OverloadResolutionPriority(1)]
    public static int Execute(this ISqlRunner runner, SqlText sql, object args, StatementOptions? options = null) =>
        throw new NotSupportedException(SqlRunnerExtensions.NoSecondArguments);
}
