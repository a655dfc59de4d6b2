namespace Routing.Pools;

/// <summary>
/// Who holds leases over several operations: a session, a transaction, a routed connection. While it waits for one more
/// lease, the leases it holds are blocked; a pool in which every lease is blocked and none is opening can never serve the
/// wait, so the newest such waiter fails at once. Thread-safe.
/// </summary>
/// <param name="tag">What errors call it.</param>
/// <param name="parent">The owner around it (a transaction begun inside another one's delegate); when this one waits, so does that one.</param>
internal sealed class LeaseOwner(string tag, LeaseOwner? parent = null, RentPriority priority = RentPriority.Normal)
{
    private static readonly AsyncLocal<LeaseOwner?> Ambient = new();

    // A leaf: it is taken while a lane's lock is held and never the other way round, so owners that wait in one pool and
    // hold in another cannot make two lanes wait for each other.
    private readonly Lock _lock = new();

    // Nearly always empty or of one element, so a list beats a dictionary. An owner that waits twice in a lane is in it twice.
    private readonly List<PoolLane> _waitsIn = new(1);

    /// <summary>The owner around the running delegate, so that a one-shot call inside a transaction is known to wait for itself.</summary>
    public static LeaseOwner? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>What errors call it, e.g. <c>transaction begun in Checkout.Pay</c>.</summary>
    public string Tag { get; } = tag;

    public LeaseOwner? Parent { get; } = parent;

    /// <summary>Of its rents that say nothing else.</summary>
    public RentPriority Priority { get; } = priority;

    /// <summary>Whether it or one inside it waits for a lease of <paramref name="lane"/>; then what it holds there is blocked.</summary>
    internal bool IsWaitingIn(PoolLane lane)
    {
        lock (_lock)
        {
            return _waitsIn.Contains(lane);
        }
    }

    /// <summary>Marks this owner and those around it as waiting. Each call pairs with one <see cref="EndWait"/>.</summary>
    internal void BeginWait(PoolLane lane)
    {
        for (var owner = this; owner is not null; owner = owner.Parent)
        {
            lock (owner._lock)
            {
                owner._waitsIn.Add(lane);
            }
        }
    }

    internal void EndWait(PoolLane lane)
    {
        for (var owner = this; owner is not null; owner = owner.Parent)
        {
            lock (owner._lock)
            {
                owner._waitsIn.Remove(lane);
            }
        }
    }

    /// <summary>Whether <paramref name="other"/> is this owner or one around it.</summary>
    internal bool IsInside(LeaseOwner other)
    {
        for (var owner = this; owner is not null; owner = owner.Parent)
        {
            if (ReferenceEquals(owner, other))
            {
                return true;
            }
        }

        return false;
    }
}
