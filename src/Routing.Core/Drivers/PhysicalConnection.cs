using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Topology;

namespace Routing.Drivers;

/// <summary>
/// One open connection to one node, outside any pool of the driver. Its pool owns it; one lease at a time uses it.
/// Not thread-safe, except <see cref="Interrupt"/>.
/// </summary>
public abstract class PhysicalConnection : IAsyncDisposable
{
    /// <summary>The driver's own connection.</summary>
    public abstract DbConnection Connection { get; }

    /// <summary>A new command for this connection: the driver's own, or the provider's around it.</summary>
    public virtual DbCommand CreateCommand() => Connection.CreateCommand();

    /// <summary>A new batch for this connection, in the transaction that is open on it. Only where the driver has batches.</summary>
    public virtual DbBatch CreateBatch()
    {
        var batch = Connection.CreateBatch();
        batch.Transaction = CurrentTransaction;
        return batch;
    }

    /// <summary>Whether the connection is known to be unusable; it is then closed at return, never reused.</summary>
    public abstract bool IsBroken { get; }

    /// <summary>The driver's own transaction that its commands must name; null when none is open, or when the driver does not ask for it.</summary>
    public virtual DbTransaction? CurrentTransaction => null;

    /// <summary>
    /// Whether the end of each command and reader must be told by <see cref="CommandEnded"/> and its errors put through
    /// <see cref="Translate"/>. Default true; false lets readers be handed out without a wrapper.
    /// </summary>
    public virtual bool WatchesCommands => true;

    /// <summary>
    /// Whether the driver's command of this text is worth keeping, because it keeps its prepared statement, and means the
    /// same when it runs again. Asked when a text is first met. Default false.
    /// </summary>
    /// <param name="text">The SQL.</param>
    public virtual bool KeepsCommand(string text) => false;

    /// <summary>
    /// Reads a <see cref="DateTimeOffset"/>, <see cref="DateOnly"/> or <see cref="TimeOnly"/> instead of the driver's reader, where that would lose part of the
    /// value or does not know the type. Asked for these three only. Default: false, the driver's reader is right.
    /// </summary>
    /// <typeparam name="T">One of the three.</typeparam>
    /// <param name="reader">The driver's reader, on a row.</param>
    /// <param name="ordinal">The column.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidCastException">The column holds none (RTG0801).</exception>
    public virtual bool TryReadField<T>(DbDataReader reader, int ordinal, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return false;
    }

    /// <summary>
    /// Whether a reset waits to be sent with the next command. What the last holder left (locks above all) lingers until
    /// then; <see cref="ValidateAsync"/> sends it. Default false.
    /// </summary>
    public virtual bool HasPendingReset => false;

    /// <summary>Called before a command starts, with the driver's own command. Default: <see cref="CommandStarting(int, CancellationToken)"/>.</summary>
    /// <param name="command">The driver's command, ready to run.</param>
    /// <param name="timeoutSeconds">Seconds; 0 means no limit, a negative number the connection's own default.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public virtual void CommandStarting(DbCommand command, int timeoutSeconds, CancellationToken cancellationToken) =>
        CommandStarting(timeoutSeconds, cancellationToken);

    /// <summary>Called before a command starts: arms whatever ends it at <paramref name="timeoutSeconds"/> or on cancel, where the driver's commands do not do it themselves.</summary>
    /// <param name="timeoutSeconds">Seconds; 0 means no limit, a negative number the connection's own default.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public virtual void CommandStarting(int timeoutSeconds, CancellationToken cancellationToken)
    {
    }

    /// <summary>
    /// Tells that whoever holds it now sends one statement, which provably reads only, and gives it back. A driver that sends
    /// a pending reset along need not protect the one from the failure of the other. Holds until
    /// <see cref="ResetAsync"/>. Default: ignored.
    /// </summary>
    public virtual void ExpectOneRead()
    {
    }

    /// <summary>
    /// Whether the connection may go to its next holder as it is. Asked at a return where everything unproven counts as dirt,
    /// so it may be more generous than <see cref="ResetAsync"/>; must be cheap and change nothing. Default: never.
    /// </summary>
    /// <param name="dirt">What the holder may have left.</param>
    public virtual bool CanKeep(Dirt dirt) => false;

    /// <summary>
    /// Called before a statement that may leave what only statements about their connection see: the last insert id, a row
    /// count, <c>currval</c>. It is no dirt, but <see cref="IsolateState"/> has to hide it from later holders. Default: does nothing.
    /// </summary>
    public virtual void LeaveState()
    {
    }

    /// <summary>
    /// Called before the first statement of a lease that reads such a thing, and before the first that leaves one where
    /// others of the lease may read it: what earlier holders left must not be seen. The lease's own comes after it, so it
    /// counts as <see cref="LeaveState"/>, too. Default: does nothing.
    /// </summary>
    public virtual void IsolateState()
    {
    }

    /// <summary>
    /// Drops what the driver keeps prepared and cannot use any more, so that the statement may run again. Only this
    /// connection's: the others find out by themselves. Rare, and a round trip or two at most, so it may block. Default: nothing is kept.
    /// </summary>
    /// <param name="error">The error that said so.</param>
    public virtual void ForgetPlans(Exception error)
    {
    }

    /// <summary>Called when the command and its reader have ended, however they ended. Pairs with <see cref="CommandStarting(int, CancellationToken)"/>.</summary>
    public virtual void CommandEnded()
    {
    }

    /// <summary>
    /// Turns an error thrown while a command ran into the one the caller should see: an interrupted SQLite command
    /// whose token was cancelled becomes an <see cref="OperationCanceledException"/>. Returns <paramref name="error"/> itself when there is nothing to translate.
    /// </summary>
    /// <param name="error">The driver's error.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public virtual Exception Translate(Exception error, CancellationToken cancellationToken) => error;

    /// <summary>Ends the running command, if any, from another thread. Thread-safe; does nothing when nothing runs.</summary>
    public abstract void Interrupt();

    /// <summary>
    /// Asked after a command whose token was cancelled: whether the way it ended proves that no cancel of it is on its way
    /// any more. If not, the connection is closed instead of reused, because the cancel could meet the next holder's
    /// command. Default false.
    /// </summary>
    /// <param name="error">How it ended; null when it ended well.</param>
    public virtual bool SettlesCancel(Exception? error) => false;

    /// <summary>
    /// Ends an open reader whose rows nobody wants any more, within bounds of time and bytes. Never throws for what the
    /// database says. After <see cref="ReaderEnding.Left"/> the reader must not be touched any more, and the connection says
    /// that it is broken. Default: interrupts the command and disposes the reader, which is right where the driver reads no rows to get rid of them.
    /// </summary>
    /// <param name="reader">The driver's reader.</param>
    /// <param name="async">Whether to do I/O asynchronously.</param>
    public virtual async ValueTask<ReaderEnding> AbandonAsync(DbDataReader reader, bool async)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Interrupt();
        try
        {
            if (async)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                reader.Dispose();
            }
        }
        catch (Exception error) when (error is DbException or OperationCanceledException or RoutingException)
        {
            // The echo of the interrupt.
        }

        return ReaderEnding.Cancelled;
    }

    /// <summary>Begins a transaction. The isolation level is always set explicitly, never inherited from an earlier holder.</summary>
    /// <param name="isolation">The level; <see cref="IsolationLevel.Unspecified"/> is the engine's default.</param>
    /// <param name="readOnly">Whether the server must refuse writes in it.</param>
    /// <param name="async">Whether to do I/O asynchronously.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken);

    /// <summary>
    /// Throws the engine's error when the open transaction can only be rolled back although COMMIT would be answered without
    /// an error, as PostgreSQL does once a statement has failed. Called before COMMIT where something failed. Default: does nothing.
    /// </summary>
    /// <param name="async">Whether to use the driver's asynchronous calls.</param>
    public virtual ValueTask EnsureCommittableAsync(bool async) => default;

    /// <summary>
    /// Brings the session back to the clean baseline. Returns false when that is not possible or not provable; the pool
    /// then closes the connection. Must not throw for a lost connection: it returns false.
    /// </summary>
    /// <param name="dirt">What the holders may have left.</param>
    /// <param name="async">Whether to do I/O asynchronously.</param>
    /// <param name="cancellationToken">Gives up, after which the pool closes the connection.</param>
    public abstract ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken);

    /// <summary>Asks the server for a sign of life. Returns false when there is none; does not throw for a lost connection.</summary>
    /// <param name="async">Whether to do I/O asynchronously.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken);

    /// <summary>Asks the node who it is and how far it has come: one round trip.</summary>
    /// <param name="async">Whether to do I/O asynchronously; when false the returned task is complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken);

    /// <summary>
    /// How many connections the server allows in all, without those it reserves for administrators; null on engines without
    /// such a number, and where it cannot be read. Asked once per node when the host starts. Default null.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken) => new((int?)null);

    /// <summary>The position that a reader must reach to see everything committed so far; null on engines without positions.</summary>
    /// <param name="async">Whether to do I/O asynchronously.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken) => new((NodePosition?)null);

    /// <summary>Closes the connection for good. Never throws.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Closes it for good where a caller may block, who then does not wait for an end that takes time: it comes by itself. Never throws.</summary>
    /// <param name="async">Whether to wait for it asynchronously; when false the returned task is complete.</param>
    public ValueTask CloseAsync(bool async)
    {
        var closing = DisposeAsync();
        if (async || closing.IsCompleted)
        {
            return closing;
        }

        _ = closing.AsTask();
        return ValueTask.CompletedTask;
    }
}
