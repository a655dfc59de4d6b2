using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Routing.Providers.Sqlite;

/// <summary>A transaction on the writing connection that refuses writes: SQLite does that per connection, so its end lifts it again.</summary>
internal sealed class ReadOnlyTransaction(SqliteTransaction inner, SqlitePhysicalConnection connection) : DbTransaction
{
    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    public override bool SupportsSavepoints => inner.SupportsSavepoints;

    protected override DbConnection? DbConnection => inner.Connection;

    public override void Commit()
    {
        inner.Commit();
        connection.EndReadOnlyTransaction();
    }

    public override void Rollback()
    {
        inner.Rollback();
        connection.EndReadOnlyTransaction();
    }

    public override void Save(string savepointName) => inner.Save(savepointName);

    public override void Rollback(string savepointName) => inner.Rollback(savepointName);

    public override void Release(string savepointName) => inner.Release(savepointName);

    protected override void Dispose(bool disposing)
    {
        if (disposing && inner.Connection is not null)
        {
            inner.Dispose();
            connection.EndReadOnlyTransaction();
        }

        base.Dispose(disposing);
    }
}
