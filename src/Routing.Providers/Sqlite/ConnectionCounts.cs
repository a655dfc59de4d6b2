using Microsoft.Data.Sqlite;
using Routing.Drivers;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>
/// What SQLite counts per connection and shows by <c>last_insert_rowid()</c> and <c>changes()</c>. Both are set back before
/// a holder can see another's; <c>total_changes()</c> counts for the life of the connection and cannot be set. Belongs to
/// one connection.
/// </summary>
internal sealed class ConnectionCounts(LaneConnection connection)
{
    // The row gives last_insert_rowid() the 0 of a new connection, the statement that deletes nothing gives it to changes().
    private const string Clear =
        "CREATE TEMP TABLE routing_nothing (x); INSERT INTO temp.routing_nothing (rowid) VALUES (0); DELETE FROM temp.routing_nothing WHERE 0; DROP TABLE temp.routing_nothing";

    private bool _mayBeForeign;

    /// <summary>A lease ended.</summary>
    public void Note(Dirt dirt) => _mayBeForeign |= dirt != Dirt.None;

    /// <summary>Before a lease reads or makes counts of its own.</summary>
    public void Isolate()
    {
        var isForeign = _mayBeForeign && (raw.sqlite3_changes(connection.Handle) != 0 || raw.sqlite3_last_insert_rowid(connection.Handle) != 0);
        _mayBeForeign = false;
        if (isForeign)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Clear;
            command.Transaction = connection.CurrentTransaction;
            command.ExecuteNonQuery();
        }
    }
}
