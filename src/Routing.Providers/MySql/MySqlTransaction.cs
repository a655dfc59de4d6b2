using System.Data;
using System.Data.Common;

namespace Routing.Providers.MySql;

/// <summary>
/// A transaction that was begun by a statement of ours, because the client libraries' own ways leave the isolation level to
/// what was set on the connection before, or leave theirs behind. Belongs to its connection; not thread-safe.
/// </summary>
internal sealed class MySqlTransaction(MySqlPhysicalConnection physical, IsolationLevel isolation) : DbTransaction
{
    private bool _hasEnded;

    public override IsolationLevel IsolationLevel => isolation;

    public override bool SupportsSavepoints => true;

    protected override DbConnection DbConnection => physical.Connection;

    /// <summary>The level as the servers' SET TRANSACTION names it.</summary>
    public static string LevelOf(IsolationLevel isolation) => isolation switch
    {
        IsolationLevel.Unspecified or IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "REPEATABLE READ",
        IsolationLevel.ReadCommitted => "READ COMMITTED",
        IsolationLevel.ReadUncommitted => "READ UNCOMMITTED",
        IsolationLevel.Serializable => "SERIALIZABLE",
        _ => throw new ArgumentOutOfRangeException(nameof(isolation), isolation, "MySQL and MariaDB know ReadUncommitted, ReadCommitted, RepeatableRead (also for Snapshot) and Serializable."),
    };

    public override void Commit() => EndAsync("COMMIT", async: false, CancellationToken.None).Ended();

    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync("COMMIT", async: true, cancellationToken).AsTask();

    public override void Rollback() => EndAsync("ROLLBACK", async: false, CancellationToken.None).Ended();

    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", async: true, cancellationToken).AsTask();

    public override void Save(string savepointName) => RunAsync("SAVEPOINT ", savepointName, async: false, CancellationToken.None).Ended();

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("SAVEPOINT ", savepointName, async: true, cancellationToken).AsTask();

    public override void Rollback(string savepointName) => RunAsync("ROLLBACK TO SAVEPOINT ", savepointName, async: false, CancellationToken.None).Ended();

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("ROLLBACK TO SAVEPOINT ", savepointName, async: true, cancellationToken).AsTask();

    public override void Release(string savepointName) => RunAsync("RELEASE SAVEPOINT ", savepointName, async: false, CancellationToken.None).Ended();

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("RELEASE SAVEPOINT ", savepointName, async: true, cancellationToken).AsTask();

    public override async ValueTask DisposeAsync()
    {
        if (!_hasEnded && !physical.IsBroken)
        {
            await EndAsync("ROLLBACK", async: true, CancellationToken.None).ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_hasEnded && !physical.IsBroken)
        {
            Rollback();
        }

        base.Dispose(disposing);
    }

    private ValueTask EndAsync(string sql, bool async, CancellationToken cancellationToken)
    {
        _hasEnded = true;
        return physical.EndTransactionAsync(sql, async, cancellationToken);
    }

    private ValueTask RunAsync(string verb, string savepoint, bool async, CancellationToken cancellationToken) =>
        physical.ExecuteAsync($"{verb}`{savepoint.Replace("`", "``", StringComparison.Ordinal)}`", async, cancellationToken);
}
