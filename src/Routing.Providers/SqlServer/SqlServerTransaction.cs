using System.Data;
using System.Data.Common;
using Microsoft.Data.SqlClient;

namespace Routing.Providers.SqlServer;

/// <summary>
/// A transaction of SqlClient's, made whole: it has savepoints that can be released, its rollback after the server's own is
/// no error, and one that may only read ends by a rollback, so that nothing it did can stay. Not thread-safe.
/// </summary>
internal sealed class SqlServerTransaction(SqlServerPhysicalConnection physical, SqlTransaction inner, IsolationLevel isolation, bool isReadOnly) : DbTransaction
{
    private bool _hasEnded;

    public override IsolationLevel IsolationLevel => isolation;

    public override bool SupportsSavepoints => true;

    /// <summary>The driver's own, which its commands must name; null once it has ended.</summary>
    public SqlTransaction? Native => _hasEnded || IsGone ? null : inner;

    /// <summary>Whether statements in it are looked at before they are sent.</summary>
    public bool IsReadOnly => isReadOnly && !_hasEnded;

    /// <summary>Whether the server has ended it (deadlock, update conflict, XACT_ABORT) and its holder goes on.</summary>
    public bool IsGone => !_hasEnded && inner.Connection is null;

    protected override DbConnection? DbConnection => inner.Connection;

    public override void Commit()
    {
        if (isReadOnly)
        {
            Rollback();
            return;
        }

        physical.RefuseIfGone();
        inner.Commit();
        End();
    }

    public override void Rollback()
    {
        if (!_hasEnded && !IsGone)
        {
            inner.Rollback();
        }

        End();
    }

    public override void Save(string savepointName)
    {
        physical.RefuseIfGone();
        inner.Save(savepointName);
    }

    public override void Rollback(string savepointName)
    {
        physical.RefuseIfGone();
        inner.Rollback(savepointName);
    }

    /// <summary>T-SQL has no such statement: a savepoint holds nothing and ends with its transaction.</summary>
    public override void Release(string savepointName) => physical.RefuseIfGone();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_hasEnded)
        {
            inner.Dispose();
            End();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        _hasEnded = true;
        physical.TransactionEnded(isolation);
    }
}
