using System.Data.Common;

namespace Routing.Drivers;

/// <summary>A column that a bulk insert fills.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Quoted">The name as it stands in SQL.</param>
/// <param name="Ordinal">Its place among the table's columns, from 0.</param>
/// <param name="TypeName">The engine's name of its type, as the driver says it.</param>
/// <param name="Schema">What else the driver says about it; null where it is not asked (<see cref="IDriver.DescribesColumns"/>).</param>
public sealed record LoadColumn(string Name, string Quoted, int Ordinal, string TypeName, DbColumn? Schema);

/// <summary>Where an error says that it is: at which row of those sent, at which column. Null where it does not say.</summary>
/// <param name="Row">The row's number among those sent; the first is 1.</param>
/// <param name="Column">The column's name.</param>
public readonly record struct RowFault(long? Row, string? Column);

/// <summary>
/// One bulk insert as a connection is given it: the table, its columns, the rows. A transaction is open around it, which is
/// rolled back when it fails, so a driver need not clean up after itself. Belongs to one call; not thread-safe.
/// </summary>
public sealed class BulkLoad
{
    private readonly DbConnection _connection;
    private readonly Action<long>? _progress;
    private long _told;

    internal BulkLoad(DbConnection connection, Action<long>? progress)
    {
        _connection = connection;
        _progress = progress;
    }

    /// <summary>The table as it stands in SQL, quoted, with its schema where one was given.</summary>
    public required string Table { get; init; }

    /// <summary>The columns to fill, in the order in which rows write them.</summary>
    public required IReadOnlyList<LoadColumn> Columns { get; init; }

    /// <summary>The rows.</summary>
    public required BulkRows Rows { get; init; }

    /// <summary>How many rows go to the server in one step, where there are steps.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How many rows of these columns one INSERT can carry.</summary>
    public required int RowsPerInsert { get; init; }

    /// <summary>How long the server may take for one step, in seconds; 0 for as long as it likes.</summary>
    public required int TimeoutSeconds { get; init; }

    /// <summary>The driver of the node.</summary>
    public required IDriver Driver { get; init; }

    /// <summary>How many rows the server is known to have taken.</summary>
    public long Taken { get; private set; }

    /// <summary>What the driver found out about the row that failed.</summary>
    public RowFault Fault { get; set; }

    /// <summary>The head of an INSERT of these columns, up to the word VALUES.</summary>
    public string InsertInto() => $"INSERT INTO {Table} ({string.Join(", ", Columns.Select(static column => column.Quoted))}) VALUES ";

    /// <summary>A command on the connection, whose time-out and cancellation are looked after. A reader or a command may not be open beside the driver's own bulk path.</summary>
    public DbCommand CreateCommand()
    {
        var command = _connection.CreateCommand();
        command.CommandTimeout = TimeoutSeconds;
        return command;
    }

    /// <summary>The rows read so far were handed to the driver: tells the caller's progress where it is time.</summary>
    public void Sent()
    {
        if (Rows.Number - _told >= BatchSize)
        {
            Tell();
        }
    }

    /// <summary>The server has taken the rows read so far.</summary>
    public void Took()
    {
        Taken = Rows.Number;
        Sent();
    }

    /// <summary>All rows are in: tells the caller's progress of the last.</summary>
    internal void Ended()
    {
        if (Rows.Number != _told)
        {
            Tell();
        }
    }

    private void Tell()
    {
        _told = Rows.Number;
        if (_progress is not null)
        {
            Rows.IsInCallersCode = true;
            _progress(_told);
            Rows.IsInCallersCode = false;
        }
    }
}
