using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>
/// What SQLite counts per connection and shows by <c>last_insert_rowid()</c> and <c>changes()</c>. Both are set back before
/// a holder can see another's, by statements on a temporary table of our own, which is made once and stays: a definition
/// would have every kept statement prepared anew. <c>total_changes()</c> counts for the life of the connection and cannot be
/// set. Belongs to one connection; not thread-safe.
/// </summary>
internal sealed class ConnectionCounts(LaneConnection connection)
{
    public const string Table = "routing_nothing";

    private SqliteCommand? _clearRowId;
    private SqliteCommand? _clearChanges;

    /// <summary>Makes the table: at birth, when no transaction can take it away again, and it is not dropped with the temporary objects of others.</summary>
    public void SetUp() => Run(Command($"CREATE TEMP TABLE IF NOT EXISTS {Table} (id INTEGER PRIMARY KEY)"));

    /// <summary>Before a lease makes counts of its own, or reads some.</summary>
    public void Isolate()
    {
        var hasRowId = raw.sqlite3_last_insert_rowid(connection.Handle) != 0;
        if (!hasRowId && raw.sqlite3_changes(connection.Handle) == 0)
        {
            return;
        }

        if (hasRowId)
        {
            // The row's number, 0 as on a new connection, becomes the last one inserted.
            Run(_clearRowId ??= Command($"INSERT OR REPLACE INTO temp.{Table} VALUES (0)"));
        }

        Run(_clearChanges ??= Command($"DELETE FROM temp.{Table} WHERE 0"));
    }

    private SqliteCommand Command(string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    private void Run(SqliteCommand command)
    {
        command.Transaction = connection.CurrentTransaction;
        command.ExecuteNonQuery();
    }
}
