using System.Data.Common;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>The verbs of everything that statements can be sent to.</summary>
public static partial class SqlRunnerExtensions
{
    /// <summary>
    /// Loads many rows by the fastest way the engine has, on the primary. All or none: it runs in a transaction of its own, or in a savepoint
    /// of the one that is open, so that a failure or a cancel leaves nothing. Constraints hold and triggers fire. Returns the number of rows,
    /// which the database has confirmed. Needs the right to read the table as well.
    /// </summary>
    /// <typeparam name="T">The rows' type. Its public properties are the values.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="table">The table, or <c>schema.table</c>; each part is taken as it is, letters in their case. Other dots: <see cref="BulkInsertOptions.Schema"/>.</param>
    /// <param name="rows">The rows, enumerated once, while they are sent; statements of the same session wait outside.</param>
    /// <param name="options">Columns, steps, progress; null for the defaults.</param>
    /// <param name="ct">Cancels; nothing is then loaded.</param>
    /// <exception cref="BulkInsertException">A row was refused (RTG0701), or not all of them were stored (RTG0703).</exception>
    /// <exception cref="InvalidOperationException">Columns and members do not fit together (RTG0702).</exception>
    public static ValueTask<long> BulkInsertAsync<T>(
        this ISqlRunner runner, string table, IEnumerable<T> rows, BulkInsertOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(rows);
        return BulkRun.StartAsync(runner.Session, table, BulkSource.Of(rows), options, async: true, ct);
    }

    /// <inheritdoc cref="BulkInsertAsync{T}(ISqlRunner, string, IEnumerable{T}, BulkInsertOptions?, CancellationToken)"/>
    public static ValueTask<long> BulkInsertAsync<T>(
        this ISqlRunner runner, string table, IAsyncEnumerable<T> rows, BulkInsertOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(rows);
        return BulkRun.StartAsync(runner.Session, table, BulkSource.Of(rows, ct), options, async: true, ct);
    }

    /// <summary>As <see cref="BulkInsertAsync{T}(ISqlRunner, string, IEnumerable{T}, BulkInsertOptions?, CancellationToken)"/>, from the rows of a reader.</summary>
    /// <param name="runner">A database, session or transaction. Not the connection that the reader reads from.</param>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="rows">The reader, read to the end of its result; its columns are the values. It is not closed.</param>
    /// <param name="options">Columns, steps, progress; null for the defaults.</param>
    /// <param name="ct">Cancels; nothing is then loaded.</param>
    /// <exception cref="BulkInsertException">A row was refused (RTG0701), or not all of them were stored (RTG0703).</exception>
    /// <exception cref="InvalidOperationException">The reader's columns and the table's do not fit together (RTG0702).</exception>
    public static ValueTask<long> BulkInsertAsync(
        this ISqlRunner runner, string table, DbDataReader rows, BulkInsertOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(rows);
        return BulkRun.StartAsync(runner.Session, table, BulkSource.Of(rows, ct), options, async: true, ct);
    }

    /// <summary>As <see cref="BulkInsertAsync{T}(ISqlRunner, string, IEnumerable{T}, BulkInsertOptions?, CancellationToken)"/>, blocking.</summary>
    /// <typeparam name="T">The rows' type. Its public properties are the values.</typeparam>
    /// <param name="runner">A database, session or transaction.</param>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="rows">The rows, enumerated once.</param>
    /// <param name="options">Columns, steps, progress; null for the defaults.</param>
    public static long BulkInsert<T>(this ISqlRunner runner, string table, IEnumerable<T> rows, BulkInsertOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(rows);
        return BulkRun.StartAsync(runner.Session, table, BulkSource.Of(rows), options, async: false, CancellationToken.None).Completed();
    }

    /// <summary>As <see cref="BulkInsertAsync(ISqlRunner, string, DbDataReader, BulkInsertOptions?, CancellationToken)"/>, blocking.</summary>
    /// <param name="runner">A database, session or transaction. Not the connection that the reader reads from.</param>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="rows">The reader, read to the end of its result. It is not closed.</param>
    /// <param name="options">Columns, steps, progress; null for the defaults.</param>
    public static long BulkInsert(this ISqlRunner runner, string table, DbDataReader rows, BulkInsertOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(rows);
        return BulkRun.StartAsync(runner.Session, table, BulkSource.Of(rows, CancellationToken.None), options, async: false, CancellationToken.None).Completed();
    }
}
