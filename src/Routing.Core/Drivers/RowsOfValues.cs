namespace Routing.Drivers;

/// <summary>
/// Rows for an insert, checked: the columns' names in the engine's quotes, and the values, which become parameters. What a
/// <see cref="Dialect"/> writes an <c>INSERT</c> from. Immutable, thread-safe.
/// </summary>
public sealed class RowsOfValues
{
    private readonly IReadOnlyList<string> _names;

    private RowsOfValues(IReadOnlyList<string> names, IReadOnlyList<string> columns, SqlFragment values)
    {
        _names = names;
        Columns = columns;
        Values = values;
    }

    /// <summary>The columns, quoted.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The columns that tell rows apart, quoted; empty where nobody asked.</summary>
    public IReadOnlyList<string> Key { get; private init; } = [];

    /// <summary>The columns that are no part of the key, quoted.</summary>
    public IReadOnlyList<string> Others { get; private init; } = [];

    /// <summary>The values of all rows: <c>(@p0, @p1), (@p2, @p3)</c>.</summary>
    public SqlFragment Values { get; }

    /// <summary>The columns as a list: <c>"id", "name"</c>.</summary>
    public RawSql ColumnList => Sql.Raw(string.Join(", ", Columns));

    /// <summary>The insert without an end: <c>insert into t ("id") values (@p0)</c>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="beforeValues">What stands between the columns and the values; null for nothing.</param>
    public SqlFragment InsertInto(RawSql table, string? beforeValues = null) =>
        Sql.Format($"insert into {table} ({ColumnList}){Sql.Raw(beforeValues is null ? "" : " " + beforeValues)} values {Values}");

    internal static RowsOfValues Of(Dialect dialect, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        if (columns.Count == 0 || rows.Count == 0)
        {
            throw Dialect.Unfit($"There are {columns.Count} columns and {rows.Count} rows; an insert has at least one of each.");
        }

        if (rows.Count > dialect.RowsPerInsert(columns.Count))
        {
            throw Dialect.Unfit($"{rows.Count} rows of {columns.Count} columns do not fit into one statement, which carries {dialect.RowsPerInsert(columns.Count)} of them. Send them in several.");
        }

        return new RowsOfValues(columns, [.. columns.Select(dialect.Quote)], ValuesOf(columns, rows));
    }

    internal RowsOfValues WithKey(Dialect dialect, IReadOnlyList<string> key)
    {
        var missing = key.FirstOrDefault(column => !_names.Contains(column, StringComparer.Ordinal));
        if (missing is not null || key.Count == 0)
        {
            throw Dialect.Unfit(missing is null ? $"The key has no columns; rows are told apart by at least one." : (FormattableString)$"The key's column {NameRules.Shown(missing)} is not among the columns that get values.");
        }

        return new RowsOfValues(_names, Columns, Values)
        {
            Key = [.. key.Select(dialect.Quote)],
            Others = [.. _names.Where(name => !key.Contains(name, StringComparer.Ordinal)).Select(dialect.Quote)],
        };
    }

    private static SqlFragment ValuesOf(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        // Put together by hand: a fragment per value would be copied as often as there are values behind it.
        var pieces = new string?[(2 * columns.Count * rows.Count) + 1];
        var values = new object?[columns.Count * rows.Count];
        var next = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i] is not { } row || row.Count != columns.Count)
            {
                throw Dialect.Unfit($"Row {i} has {rows[i]?.Count ?? 0} values for {columns.Count} columns.");
            }

            for (var column = 0; column < columns.Count; column++)
            {
                pieces[2 * next] = next == 0 ? "(" : column == 0 ? "), (" : ", ";
                values[next++] = row[column];
            }
        }

        pieces[^1] = ")";
        return new SqlFragment(pieces, values, isLiteral: true);
    }
}
