using Microsoft.Data.Sqlite;

namespace Routing.Providers.Sqlite;

/// <summary>The driver's connection, with two things it keeps to itself: its open transaction, and commands that leave waiting to us.</summary>
internal sealed class LaneConnection(string connectionString) : SqliteConnection(connectionString)
{
    public SqliteTransaction? CurrentTransaction => Transaction;

    public override SqliteCommand CreateCommand() => new LaneCommand { Connection = this, Transaction = Transaction };

    /// <summary>
    /// The driver answers SQLITE_BUSY with sleeps of 150 ms until the command's time-out, which neither a token nor a
    /// deadline can end. A negative time-out makes it give up at the first one, which is ours: SQLite's busy handler
    /// (<see cref="SqlitePhysicalConnection"/>) has waited as long as the deadline allows by then.
    /// </summary>
    private sealed class LaneCommand : SqliteCommand
    {
        public override int CommandTimeout
        {
            get => -1;
            set
            {
            }
        }
    }
}
