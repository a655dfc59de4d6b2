namespace Routing.Drivers;

/// <summary>Finds the row that a server refuses among many, where it says what was wrong but not where. Pure but for what it is told to try.</summary>
public static class RefusedRow
{
    /// <summary>
    /// Halves until one row is left. What was taken must stay, what was refused must leave nothing, so that a row which another one of the
    /// same rows contradicts is found, too.
    /// </summary>
    /// <param name="rows">How many rows there are; one of them is refused.</param>
    /// <param name="isTaken">Sends so many rows from an index on; whether the server took all of them.</param>
    /// <returns>The row's index.</returns>
    public static async ValueTask<int> FindAsync(int rows, Func<int, int, ValueTask<bool>> isTaken)
    {
        ArgumentNullException.ThrowIfNull(isTaken);
        var first = 0;
        var end = rows;
        while (end - first > 1)
        {
            var half = (end - first) / 2;
            if (await isTaken(first, half).ConfigureAwait(false))
            {
                first += half;
            }
            else
            {
                end = first + half;
            }
        }

        return first;
    }
}
