using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>A command that ran on a routed connection, and what is left to do when it, or its reader, has ended.</summary>
/// <param name="Holder">Whose connection.</param>
/// <param name="Held">Which one.</param>
/// <param name="Call">What ran.</param>
/// <param name="WasInTransaction">Whether it ran inside a transaction.</param>
/// <param name="Protection">The read-only transaction around it; null for none.</param>
internal readonly record struct AdoRun(LeaseHolder Holder, HeldLease Held, Call Call, bool WasInTransaction, LocalTransaction? Protection)
{
    /// <summary>Inside the gate. A write leaves its position.</summary>
    public async ValueTask EndAsync(bool succeeded, bool async)
    {
        if (Protection is not null)
        {
            await TransactionEnds.EndQuietlyAsync(Holder.Source, Held.Lease, Protection, async, commit: succeeded).ConfigureAwait(false);
        }

        if (succeeded && OpenReadersAllow)
        {
            await Holder.NoteOutcomeAsync(Held, WasInTransaction, Call, async).ConfigureAwait(false);
        }
    }

    // Asking for the position is a command, and the connection may be busy with the rows of another.
    private bool OpenReadersAllow => Holder.OpenReaders == 0 || Held.Lease.Driver.AlwaysFresh;
}
