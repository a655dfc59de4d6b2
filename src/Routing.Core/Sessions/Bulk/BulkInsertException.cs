using System.Data.Common;

namespace Routing;

/// <summary>
/// The database, or its driver, refused a row of a bulk insert, or stored another number of rows than it was given. Nothing of the bulk
/// insert was kept. What the database said is the inner exception.
/// </summary>
public sealed class BulkInsertException : RoutingException
{
    /// <summary>Creates an error.</summary>
    public BulkInsertException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">Which table, which row, which column.</param>
    public BulkInsertException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">Which table, which row, which column.</param>
    /// <param name="innerException">What the database or its driver said.</param>
    public BulkInsertException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The number of the row that was refused; the first is 1. Null where the database does not say: it lies between <see cref="FirstRow"/> and <see cref="LastRow"/>.</summary>
    public long? Row { get; init; }

    /// <summary>The first row that it can be; 0 where the error is about none.</summary>
    public long FirstRow { get; init; }

    /// <summary>The last row that it can be.</summary>
    public long LastRow { get; init; }

    /// <summary>The column whose value was refused; null where the database does not say, or where it is about more than one.</summary>
    public string? Column { get; init; }

    /// <inheritdoc/>
    public override string? SqlState => (InnerException as DbException)?.SqlState;
}
