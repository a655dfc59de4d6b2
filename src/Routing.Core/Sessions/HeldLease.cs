using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Statements;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>
/// The one connection a session or routed connection keeps over several statements, and what it is kept for. It may be
/// given back when <see cref="IsNeeded"/> turns false. Whoever uses
/// its connection keeps it reachable: the pool takes back what it finds unreachable. Not thread-safe: its holder lets one
/// operation at a time through.
/// </summary>
internal sealed class HeldLease(DataSourceRuntime source, RoutedLease lease, Intent intent)
{
    private CatalogSuspension? _suspension;
    private bool _isIsolated;
    private bool _isLost;

    public RoutedLease Lease { get; } = lease;

    /// <summary>What it was rented for; on engines with lanes, which lane it is in.</summary>
    public Intent Intent { get; } = intent;

    /// <summary>A transaction begun through the API, until its owner has left it; null outside.</summary>
    public LocalTransaction? Transaction { get; private set; }

    /// <summary>A transaction begun by SQL text is open.</summary>
    public bool HasRawTransaction { get; private set; }

    /// <summary>Session state was set: everything later must run here, until the end or DISCARD ALL.</summary>
    public bool HasSessionState { get; private set; }

    /// <summary>How many pins the user holds.</summary>
    public int Pins { get; set; }

    /// <summary>Whether a statement that may write ran in the open transaction.</summary>
    public bool Wrote { get; set; }

    /// <summary>The driver's own connection was handed out: what runs on it is not seen here.</summary>
    public bool IsHandedOut { get; private set; }

    /// <summary>Whether its connection is known to be lost: drivers may take a while to notice what an error of theirs has told.</summary>
    public bool IsLost => _isLost || Lease.Physical.IsBroken;

    public bool InTransaction => Transaction is { State: TransactionState.Active } || HasRawTransaction;

    /// <summary>A transaction that the server ended ties it too: what was meant for it must be refused, not run outside of it.</summary>
    public bool IsNeeded => Pins > 0 || HasSessionState || HasRawTransaction || Transaction is not null;

    public void RefuseBesideTransaction(Statement statement)
    {
        Transaction?.EnsureActive();
        if (Transaction is { } open && statement.Verb is TransactionVerb.Begin or TransactionVerb.Commit or TransactionVerb.Rollback or TransactionVerb.Other)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.TextEndsTransaction,
                $"'{statement.Summary}' would end or restart the {open.Tag} behind its back. Use its own methods to commit, to roll back and to nest.");
        }
    }

    /// <summary>From here on anything may have been written, or have failed, behind the back of a transaction.</summary>
    public void HandOut()
    {
        Isolate();
        IsHandedOut = true;
        Lease.Soil(Dirt.HandedOut);
        Wrote = true;
        Transaction?.MayHaveFailed();
    }

    /// <summary>A transaction begins on it.</summary>
    public void Begin(LocalTransaction transaction)
    {
        Transaction = transaction;
        Wrote = IsHandedOut;
        if (IsHandedOut)
        {
            transaction.MayHaveFailed();
        }
    }

    /// <summary>Notes what a statement that is about to run may leave behind, however it ends.</summary>
    public void Start(in Call call)
    {
        Lease.Soil(source.Proof.DirtOf(call.Statement, Lease.Node));
        if (call.Statement.Class != StatementClass.Read || call.Statement.ReadsState)
        {
            Isolate();
        }

        SuspendCatalogs(call.Statement);
        Wrote |= call.MayWrite;
    }

    /// <summary>The transaction is over, and its owner has left it.</summary>
    public void LeaveTransaction() => Transaction = null;

    /// <summary>Notes what a statement that ended well left behind.</summary>
    public void Ran(Statement statement)
    {
        HasSessionState = (HasSessionState || statement.SetsState) && !statement.ResetsSession;
        switch (statement.LastVerb)
        {
            case TransactionVerb.Begin:
                HasRawTransaction = true;
                Wrote = IsHandedOut || statement.StatementCount > 1;
                break;
            case TransactionVerb.Commit or TransactionVerb.Rollback:
                HasRawTransaction = false;
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// A single statement that failed did nothing: a BEGIN opened nothing, and after a COMMIT that was refused the caller
    /// still has to say ROLLBACK. Of several, nobody knows how many ran: what they might have left is taken as left.
    /// </summary>
    public void Failed(Statement statement)
    {
        if (statement.StatementCount > 1)
        {
            HasSessionState |= statement.SetsState;
            HasRawTransaction |= statement.Effect == SessionEffect.ControlsTransaction;
        }
    }

    /// <summary>An error told that the connection is gone, and with it an open transaction.</summary>
    public void Lose()
    {
        _isLost = true;
        Transaction?.Lost();
    }

    /// <summary>The connection is gone. The word that ends a transaction ends it even so; any other must not run outside of it by itself.</summary>
    public void EndedByLoss(Statement statement)
    {
        if (statement.LastVerb is TransactionVerb.Commit or TransactionVerb.Rollback)
        {
            HasRawTransaction = false;
        }
    }

    public ValueTask ReturnAsync(bool async)
    {
        _suspension?.End();
        _suspension = null;
        return Lease.ReturnAsync(async);
    }

    /// <summary>Before the only statement of a lease.</summary>
    public static void Announce(DataSourceRuntime source, Statement statement, in RoutedLease lease)
    {
        var dirt = source.Proof.DirtOf(statement, lease.Node);
        if (dirt != Dirt.None)
        {
            lease.Soil(dirt);
        }

        if (statement.ReadsState)
        {
            lease.Physical.IsolateState();
        }
        else if (statement.Class != StatementClass.Read)
        {
            lease.Physical.LeaveState();
        }
        else if (statement is { Dirties: false, StatementCount: 1 })
        {
            lease.Physical.ExpectOneRead();
        }
    }

    /// <summary>Before anything of this lease that leaves or reads what belongs to a connection: once, or it would take away the lease's own.</summary>
    private void Isolate()
    {
        if (!_isIsolated)
        {
            _isIsolated = true;
            Lease.Physical.IsolateState();
        }
    }

    /// <summary>A definition that it changes is seen by others when its transaction ends, at the latest when the lease does.</summary>
    private void SuspendCatalogs(Statement statement)
    {
        if (_suspension is null && statement.Aftermath.HasFlag(StatementAftermath.Schema) && source.Catalogs is { } catalogs)
        {
            _suspension = new CatalogSuspension(catalogs);
        }
    }
}
