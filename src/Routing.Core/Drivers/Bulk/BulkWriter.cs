namespace Routing.Drivers;

/// <summary>
/// Takes the values of one column of a bulk insert, row by row, as the type they have in the caller's rows, so that a driver
/// whose own calls are typed gets numbers without boxes. Made by <see cref="IBulkWriters"/> once per column; not thread-safe.
/// </summary>
/// <typeparam name="T">The values' type, never nullable; <see cref="object"/> where rows come from a reader.</typeparam>
public abstract class BulkWriter<T>
{
    /// <summary>Writes the value of the current row.</summary>
    /// <param name="value">The value, never null.</param>
    public abstract ValueTask WriteAsync(T value);

    /// <summary>Writes that the current row has none.</summary>
    public abstract ValueTask WriteNullAsync();
}

/// <summary>Makes the writers of a bulk insert: the driver's half of the way from a row's members to the wire.</summary>
public interface IBulkWriters
{
    /// <summary>The writer of a column. Asked once per column, before the first row.</summary>
    /// <typeparam name="T">The type of the column's values in the caller's rows.</typeparam>
    /// <param name="column">The column's index in <see cref="BulkLoad.Columns"/>.</param>
    BulkWriter<T> Create<T>(int column);
}
