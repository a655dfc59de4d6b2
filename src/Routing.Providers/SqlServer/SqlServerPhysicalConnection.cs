using System.Data;
using System.Data.Common;
using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Providers.SqlServer;

/// <summary>One connection to a SQL Server, alone in SqlClient's pool of one, which serves its reset.</summary>
internal sealed class SqlServerPhysicalConnection : PhysicalConnection
{
    // A reset leaves the isolation level as it is on servers before 2014, and after a transaction it stays on all of them.
    private const string CleanLevel = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

    // What a trigger or a procedure leaves behind lingers until the next request and hurts nobody; a lock would.
    private const Dirt CanWait = Dirt.Failed | Dirt.Unproven;

    private readonly DataSourceOptions _options;
    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly SqlConnection _connection;
    private readonly Guid _birth;
    private readonly NodeProbe _probe;
    private SqlServerTransaction? _transaction;
    private volatile SqlCommand? _running;
    private Task? _abandoned;
    private bool _hasOtherLevel;
    private bool _isReplaced;
    private bool _isResetPending;

    public SqlServerPhysicalConnection(DataSourceOptions options, TimeProvider time, string name, SqlConnection connection)
    {
        _options = options;
        _time = time;
        _name = name;
        _connection = connection;
        _birth = connection.ClientConnectionId;
        _probe = new NodeProbe(connection, SqlServerDriver.SecondsOf(options.Timeouts.Connect));
    }

    public override DbConnection Connection => _connection;

    public override bool IsBroken => _isReplaced || _abandoned is not null || _connection.State != ConnectionState.Open;

    public override DbTransaction? CurrentTransaction => _transaction?.Native;

    public override bool HasPendingReset => _isResetPending;

    public override void CommandStarting(DbCommand command, int timeoutSeconds, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RefuseIfGone();
        if (_transaction is { IsReadOnly: true })
        {
            RefuseUnlessReading(command);
        }

        SqlServerParameters.Refine(command.Parameters);
        _isResetPending = false;
        _running = command as SqlCommand;
    }

    public override void CommandEnded() => _running = null;

    /// <summary>
    /// SqlClient ends a cancelled command with an error of its own, which other drivers' callers would not know. A lost connection it closes on
    /// another thread, so that what runs on it may only hear that it is closed, which is no error of a database.
    /// </summary>
    public override Exception Translate(Exception error, CancellationToken cancellationToken) => error switch
    {
        _ when cancellationToken.IsCancellationRequested && SqlServerErrors.IsCancelled(error) =>
            new OperationCanceledException($"The command on {_name} was cancelled.", error, cancellationToken),
        InvalidOperationException when _connection.State == ConnectionState.Closed => SqlServerErrors.Lost(_name, error),
        _ => error,
    };

    /// <summary>SqlClient waits until the server has acknowledged its cancel, and breaks the connection when it does not.</summary>
    public override bool SettlesCancel(Exception? error) => _connection.State == ConnectionState.Open;

    public override void Interrupt() => _running?.Cancel();

    /// <summary>SqlClient's readers close by reading to their end, on their caller's thread; the cancel before makes that short.</summary>
    public override async ValueTask<ReaderEnding> AbandonAsync(DbDataReader reader, bool async)
    {
        if (!async)
        {
            Abandon(reader);
            return ReaderEnding.Cancelled;
        }

        Task abandoning;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable?) : ExecutionContext.SuppressFlow())
        {
            abandoning = Task.Run(() => Abandon(reader));
        }

        await abandoning.WaitAsync(_options.Timeouts.Cancel, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (abandoning.IsCompleted)
        {
            return ReaderEnding.Cancelled;
        }

        _abandoned = abandoning;
        return ReaderEnding.Left;
    }

    public override ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Never left to the session's default, which an earlier holder may have set.
        var level = isolation == IsolationLevel.Unspecified ? IsolationLevel.ReadCommitted : isolation;
        _transaction = new SqlServerTransaction(this, _connection.BeginTransaction(level), level, readOnly);
        _isResetPending = false;
        return new(_transaction);
    }

    /// <summary>What was proven needs nothing, whether it ended well or the server refused it.</summary>
    public override bool CanKeep(Dirt dirt) => (dirt & ~Dirt.Failed) == Dirt.None && !_hasOtherLevel && !IsBroken && _transaction is null;

    /// <summary>
    /// Closes and opens the connection within its private pool, which does no I/O: the server resets the session before it
    /// runs the next request, whoever's it is. After what may hold a lock or a transaction, and where the isolation level may
    /// be another, a request is sent at once. The connection is given up when it is not the same one afterwards.
    /// <para>
    /// The reset undoes SET options, temporary tables, session context, context info, application locks, cursors, the
    /// database in use, and what <c>OnPhysicalOpen</c> had set, so that is called again after each.
    /// </para>
    /// </summary>
    public override async ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken)
    {
        if (IsBroken || dirt.HasFlag(Dirt.Lasting))
        {
            return false;
        }

        try
        {
            if (dirt.HasFlag(Dirt.Transaction) || _transaction is not null)
            {
                await RollBackAsync(async, cancellationToken).ConfigureAwait(false);
            }

            if (!await ReopenAsync(async, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            _isResetPending = true;
            if ((dirt & ~CanWait) != Dirt.None || _hasOtherLevel || _options.OnPhysicalOpen is not null)
            {
                await ExecuteAsync(CleanLevel, async, cancellationToken).ConfigureAwait(false);
                _hasOtherLevel = false;
            }

            await UserCode.OpenedAsync(_options, _connection, async, cancellationToken).ConfigureAwait(false);

            return !IsBroken;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    public override async ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("SELECT 1", async, cancellationToken, _options.Timeouts.Connect).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    public override ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken) => _probe.AskAsync(async, cancellationToken);

    public override ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken) => _probe.ReadMaxConnectionsAsync(cancellationToken);

    public override ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken) =>
        _probe.CapturePositionAsync(async, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (_abandoned is { } abandoned)
            {
                // Two users at once would break the driver, and Close is one.
                await abandoned.ConfigureAwait(false);
            }

            // First, because a connection of a cleared pool closes without a word to the server, which rolls back by itself.
            SqlConnection.ClearPool(_connection);
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the connection is of no use any more.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>
    /// SqlClient would run the next statements of a transaction that the server has ended by themselves, each committed at
    /// once. Their caller believes they are part of a whole.
    /// </summary>
    /// <exception cref="RoutingException">The server has rolled the transaction back.</exception>
    internal void RefuseIfGone()
    {
        if (_transaction is { IsGone: true })
        {
            throw new RoutingException(
                $"The server has rolled back the transaction on {_name} after an error in it, so nothing more can run in it. Roll it back, and begin it again if that error allows a rerun; 'TransactAsync' does both.")
            {
                Code = ErrorCodes.TransactionRolledBackByServer,
            };
        }
    }

    /// <exception cref="RoutingException">The transaction is read-only, or the server has rolled it back.</exception>
    internal ValueTask<long> BulkInsertAsync(BulkLoad load, bool async, CancellationToken cancellationToken)
    {
        RefuseIfGone();
        if (_transaction is { IsReadOnly: true })
        {
            throw WriteInReadOnly("INSERT BULK");
        }

        return SqlServerBulkInsert.RunAsync(_name, _connection, _transaction?.Native, load, async, cancellationToken);
    }

    internal void TransactionEnded(IsolationLevel isolation)
    {
        _transaction = null;
        _hasOtherLevel |= isolation != IsolationLevel.ReadCommitted;
    }

    private static void Abandon(DbDataReader reader, SqlCommand? running)
    {
        try
        {
            running?.Cancel();
            reader.Dispose();
        }
        catch (Exception error) when (error is DbException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // The echo of the cancel. A connection that broke says so itself.
        }
    }

    private void Abandon(DbDataReader reader) => Abandon(reader, _running);

    /// <summary>SQL Server has no read-only transactions, so what is not known to only read is not sent.</summary>
    private void RefuseUnlessReading(DbCommand command)
    {
        var statement = command.CommandType == CommandType.Text ? SqlServerSyntax.Classifier.Classify(command.CommandText) : null;
        var isHarmless = statement is { Class: StatementClass.Unknown, Effect: SessionEffect.Neutral or SessionEffect.SetsSessionState };
        if (statement?.Class == StatementClass.Read || isHarmless)
        {
            return;
        }

        throw WriteInReadOnly(statement?.Summary ?? "EXECUTE");
    }

    private RoutingException WriteInReadOnly(string what) => new(
        $"'{what}' is not known to read only, and the transaction on {_name} is read-only. SQL Server has no read-only transactions, so nothing else is sent in one. Use a transaction that may write.")
    {
        Code = ErrorCodes.WriteInReadOnlyTransaction,
    };

    private async ValueTask<bool> ReopenAsync(bool async, CancellationToken cancellationToken)
    {
        if (async)
        {
            await _connection.CloseAsync().ConfigureAwait(false);
            await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _connection.Close();
            _connection.Open();
        }

        // SqlClient noticed that the connection had died and made another, which was never set up.
        _isReplaced = _connection.ClientConnectionId != _birth;
        return !_isReplaced;
    }

    private async ValueTask RollBackAsync(bool async, CancellationToken cancellationToken)
    {
        // By text it also ends what was begun by text, and it has a limit, which SqlClient's own rollback has not.
        _transaction?.Dispose();
        _transaction = null;
        await ExecuteAsync("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", async, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ExecuteAsync(string sql, bool async, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        _isResetPending = false;
        var command = new SqlCommand(sql, _connection) { CommandTimeout = SqlServerDriver.SecondsOf(limit ?? _options.Timeouts.Cancel) };
        await using (command.ConfigureAwait(false))
        {
            _ = async ? await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteNonQuery();
        }
    }
}
