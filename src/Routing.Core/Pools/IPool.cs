using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// The connections of one node: rents them out one holder at a time, never more than its maximum, first come first
/// served. Behind this contract a pool can be replaced whole. Thread-safe.
/// </summary>
internal interface IPool : IAsyncDisposable
{
    /// <summary>Whose connections these are: <c>dataSource/node</c>, the pool name in metrics and errors.</summary>
    string Name { get; }

    IDriver Driver { get; }

    /// <summary>
    /// Rents a connection. Completes synchronously when one is idle. Throws <see cref="PoolExhaustedException"/> when the
    /// rent time-out passes, <see cref="NodeUnavailableException"/> when no connection can be opened, <see cref="ObjectDisposedException"/> after dispose.
    /// </summary>
    /// <param name="lane">Ignored by nodes without lanes.</param>
    /// <param name="owner">Who holds it, for nested-deadlock detection and for naming culprits; null for a one-shot call.</param>
    ValueTask<Lease> RentAsync(Lane lane, LeaseOwner? owner, bool async, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>The same with a say in who is served first when several wait; a pool without priorities serves them as they come.</summary>
    ValueTask<Lease> RentAsync(
        Lane lane, LeaseOwner? owner, RentPriority priority, bool async, Deadline deadline, CancellationToken cancellationToken) =>
        RentAsync(lane, owner, async, deadline, cancellationToken);

    PoolStatistics GetStatistics();

    /// <summary>Closes what is idle now and what is rented when it comes back; waiters stay and get new connections.</summary>
    void Clear();
}

/// <summary>Counts of one moment; each is exact, together they may straddle a change.</summary>
internal readonly record struct PoolStatistics(int Active, int Idle, int Opening, int Waiting, int Max);
