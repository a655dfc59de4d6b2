namespace Routing.Drivers;

/// <summary>The writers of drivers that take values as objects: each lands in the one row that is being filled. Not thread-safe.</summary>
/// <param name="columns">How many columns it has.</param>
public sealed class BulkRow(int columns) : IBulkWriters
{
    private readonly object[] _values = new object[columns];

    /// <summary>The value of a column; <see cref="DBNull.Value"/> for none.</summary>
    /// <param name="column">The column's index.</param>
    public object this[int column] => _values[column];

    /// <inheritdoc/>
    public BulkWriter<T> Create<T>(int column) => new Slot<T>(_values, column);

    private sealed class Slot<T>(object[] values, int column) : BulkWriter<T>
    {
        public override ValueTask WriteAsync(T value)
        {
            values[column] = value!;
            return default;
        }

        public override ValueTask WriteNullAsync()
        {
            values[column] = DBNull.Value;
            return default;
        }
    }
}
