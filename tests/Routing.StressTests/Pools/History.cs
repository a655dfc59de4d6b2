using System.Collections.Concurrent;

namespace Routing.StressTests.Pools;

/// <summary>How a rent ended.</summary>
internal enum RentEnd
{
    Granted,
    Cancelled,

    /// <summary>At the caller's own deadline.</summary>
    OutOfTime,

    /// <summary>At the pool's time-out, which is far longer than anybody holds a connection.</summary>
    Starved,
    Refused,
}

/// <summary>One rent and, when it was granted, its return; moments are numbers of one sequence for all threads.</summary>
internal sealed class Rental
{
    /// <summary>Before the pool was called.</summary>
    public long Asked { get; set; }

    /// <summary>When the pool had put an asynchronous caller into its queue for sure; <see cref="long.MaxValue"/> for others.</summary>
    public long Queued { get; set; } = long.MaxValue;

    /// <summary>When the caller knew how it ended.</summary>
    public long Answered { get; set; }

    public RentEnd End { get; set; }

    public int Priority { get; set; }

    /// <summary>Before its token was cancelled; 0 for never.</summary>
    public long CancelBegan { get; set; }

    public int Connection { get; set; }

    /// <summary>Before and after the return that succeeded.</summary>
    public (long Began, long Ended) Return { get; set; }

    public int Returns { get; set; }

    public int ReturnsThatSucceeded { get; set; }

    public override string ToString() =>
        $"{End}, priority {Priority}: asked {Asked}, queued {Queued}, cancelled {CancelBegan}, answered {Answered}, connection {Connection}, returned {Return}";
}

/// <summary>What threads did with one pool, and whether a pool that does one thing at a time could have answered like that.</summary>
internal sealed class History
{
    private long _now;

    public ConcurrentBag<Rental> Rentals { get; } = [];

    public ConcurrentBag<(long Began, long Ended)> Clears { get; } = [];

    /// <summary>When each connection had just been opened.</summary>
    public ConcurrentDictionary<int, long> Births { get; } = new();

    /// <summary>When the pool was closed for sure.</summary>
    public long Closed { get; set; } = long.MaxValue;

    public long Now() => Interlocked.Increment(ref _now);

    /// <summary>The first thing that no order of single steps explains; null when there is an order.</summary>
    public string? FindContradiction()
    {
        // A lower bound of the moment at which each granted wait was settled, which the caller learns later only.
        var settledFrom = new Dictionary<Rental, long>();
        return FindShared(settledFrom) ?? FindReturn() ?? FindLate() ?? FindOld() ?? FindOvertaken(settledFrom);
    }

    /// <summary>One holder at a time: the greedy choice puts each grant and each return as early as the ones before allow.</summary>
    private string? FindShared(Dictionary<Rental, long> settledFrom)
    {
        foreach (var connection in Granted.GroupBy(static rental => rental.Connection))
        {
            var free = Births[connection.Key];
            foreach (var rental in connection.OrderBy(static rental => rental.Answered))
            {
                var granted = Math.Max(free, rental.Asked);
                if (granted > rental.Answered)
                {
                    return $"connection {connection.Key} was granted at {rental.Answered} at the latest, but free from {free} on at the earliest";
                }

                settledFrom[rental] = granted;
                free = Math.Max(granted, rental.Return.Began);
            }
        }

        return null;
    }

    private string? FindReturn() =>
        Granted.FirstOrDefault(static rental => rental.ReturnsThatSucceeded != 1) is { } rental
            ? $"of {rental.Returns} returns of one lease {rental.ReturnsThatSucceeded} succeeded"
            : null;

    // A token that was cancelled before is an answer too: the pool need not be asked.
    private string? FindLate() =>
        Rentals.FirstOrDefault(rental => rental.Asked > Closed && rental.End is not (RentEnd.Refused or RentEnd.Cancelled)) is { } late
            ? $"a rent asked at {late.Asked}, after the pool was closed at {Closed}, was {late.End}"
            : Rentals.Any(static rental => rental.End == RentEnd.Starved) ? "somebody starved although everybody gives back at once" : null;

    private string? FindOld() =>
        Clears.SelectMany(clear => Granted.Where(rental => rental.Asked > clear.Ended && Births[rental.Connection] < clear.Began)).FirstOrDefault() is { } old
            ? $"connection {old.Connection} was lent after a clear that began after its birth"
            : null;

    /// <summary>
    /// First come first served: nobody who asked after another of the same priority was in the queue for sure had an answer
    /// before that one's wait can have ended, by a grant or by a cancel.
    /// </summary>
    private string? FindOvertaken(Dictionary<Rental, long> settledFrom)
    {
        foreach (var queue in Rentals.GroupBy(static rental => rental.Priority))
        {
            var waiters = new Queue<Rental>(queue.Where(static rental => rental.Queued != long.MaxValue).OrderBy(static rental => rental.Queued));
            var longest = 0L;
            Rental? patient = null;
            foreach (var late in queue.Where(static rental => rental.End == RentEnd.Granted).OrderBy(static rental => rental.Asked))
            {
                while (waiters.TryPeek(out var waiter) && waiter.Queued < late.Asked)
                {
                    var until = WaitedUntil(waiters.Dequeue(), settledFrom);
                    (longest, patient) = until > longest ? (until, waiter) : (longest, patient);
                }

                if (late.Answered < longest)
                {
                    return $"[{late}] while one that was queued before it waited until {longest} at least: [{patient}]";
                }
            }
        }

        return null;
    }

    private static long WaitedUntil(Rental rental, Dictionary<Rental, long> settledFrom) => rental.End switch
    {
        RentEnd.Granted => settledFrom[rental],
        RentEnd.Cancelled => rental.CancelBegan,
        _ => 0,
    };

    private IEnumerable<Rental> Granted => Rentals.Where(static rental => rental.End == RentEnd.Granted);
}
