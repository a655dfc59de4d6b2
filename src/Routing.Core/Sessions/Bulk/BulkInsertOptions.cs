namespace Routing;

/// <summary>A column of a bulk insert, and the member of the rows that fills it.</summary>
/// <param name="Column">The column's name in the table, taken as it is; if the table has none of that name, the one that differs in case only.</param>
/// <param name="Member">The property of the rows, or the column of the reader; null for the one named as the column is.</param>
public sealed record BulkColumn(string Column, string? Member = null)
{
    /// <summary>A column that is filled from the member of the same name.</summary>
    /// <param name="column">The name of both.</param>
    public static implicit operator BulkColumn(string column) => new(column);
}

/// <summary>How one bulk insert departs from the defaults. Immutable; keep it in a static field when it is always the same.</summary>
/// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
public sealed record BulkInsertOptions
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    private readonly int _batchSize = 10_000;
    private readonly TimeSpan? _timeout;

    /// <summary>
    /// The columns to fill, at least one; the table's other columns get their defaults. Default null: each public property of the rows, or each
    /// column of the reader, fills the column of its name, compared without case, and one without a column is an error.
    /// </summary>
    public IReadOnlyList<BulkColumn>? Columns { get; init; }

    /// <summary>
    /// The schema of the table. With it the table's name is taken as it is, dots and all. Default null: the table's name says it
    /// before a dot, or it is the connection's own.
    /// </summary>
    public string? Schema { get; init; }

    /// <summary>
    /// How many rows make a step, 1-100,000. After each the progress is told; where rows go in statements or batches of their own it is the most that one
    /// carries, and what the engine allows at once may make it less. Default 10,000.
    /// </summary>
    public int BatchSize
    {
        get => _batchSize;
        init => _batchSize = value is >= 1 and <= 100_000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A batch of a bulk insert is 1 to 100,000 rows.");
    }

    /// <summary>
    /// Called with the number of rows handed to the database so far: after each <see cref="BatchSize"/> rows, and after the last. On the
    /// flow that loads, so a slow one slows the load; what it throws ends it. Default none.
    /// </summary>
    public Action<long>? Progress { get; init; }

    /// <summary>
    /// How long the database may take for one step, 1 s-24 h, rounded up to whole seconds; zero for as long as it likes. On SQLite and SQL
    /// Server the time in which the rows of the step come counts as well. Default null: <c>Timeouts:Command</c>.
    /// </summary>
    public TimeSpan? Timeout
    {
        get => _timeout;
        init => _timeout = value is null || value == TimeSpan.Zero || (value >= TimeSpan.FromSeconds(1) && value <= LongestTimeout)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The time-out of a bulk insert is 1 second to 24 hours for each step, or zero for none; null takes 'Timeouts:Command'.");
    }
}
