namespace Routing.Drivers;

/// <summary>
/// The rows of a bulk insert, read once from the first to the last: bind the driver's writers, then read a row and write
/// it, until there is none. Knows which row and which column it is at, for errors. Not thread-safe.
/// </summary>
public abstract class BulkRows : IAsyncDisposable
{
    /// <summary>For the sources of rows.</summary>
    protected BulkRows()
    {
    }

    /// <summary>How many rows were read so far, which is the number of the current one: the first is 1.</summary>
    public long Number { get; private set; }

    /// <summary>The index of the column whose value is being written; -1 between rows.</summary>
    public int Column { get; protected set; } = -1;

    /// <summary>Whether the current row was read and is not written yet: what fails then is about it, unless the server says so.</summary>
    public bool IsInHand { get; private protected set; }

    /// <summary>Whether the caller's own code runs: its errors are its own.</summary>
    internal bool IsInCallersCode { get; set; }

    /// <summary>Connects each column to its writer. Once, before the first row.</summary>
    /// <param name="writers">The driver's writers.</param>
    public abstract void Bind(IBulkWriters writers);

    /// <summary>Goes to the next row. False when there is none.</summary>
    /// <param name="async">Whether the source may be waited for asynchronously.</param>
    /// <param name="cancellationToken">Looked at before each row, so that a driver need not be stopped between rows.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is on its way to the server because of that.</exception>
    public ValueTask<bool> ReadAsync(bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IsInCallersCode = true;
        var moved = MoveAsync(async);
        return moved.IsCompletedSuccessfully ? new(Moved(moved.Result)) : AwaitAsync(moved);
    }

    /// <summary>Hands the values of the current row to their writers, in the order of the columns.</summary>
    public abstract ValueTask WriteAsync();

    /// <summary>Ends the source as well: rows that were not read stay there.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>As <see cref="DisposeAsync()"/>; with <paramref name="async"/> false the returned task is complete.</summary>
    internal abstract ValueTask CloseAsync(bool async);

    /// <summary>Moves the source on. False at its end.</summary>
    private protected abstract ValueTask<bool> MoveAsync(bool async);

    private async ValueTask<bool> AwaitAsync(ValueTask<bool> moved) => Moved(await moved.ConfigureAwait(false));

    private bool Moved(bool hasRow)
    {
        IsInCallersCode = false;
        IsInHand = hasRow;
        Number += hasRow ? 1 : 0;
        return hasRow;
    }
}
