namespace Routing.Pools;

/// <summary>The counts of one lane. Guarded by the lane's lock; apart from what the paths without a lock read, so that they do not wait for each other's cache lines.</summary>
internal sealed class LaneState
{
    /// <summary>Places in use: connections, opens in flight, and closes that have not ended.</summary>
    public int Slots { get; set; }

    /// <summary>Opens in flight.</summary>
    public int Opening { get; set; }

    /// <summary>Signs of life asked for and not yet given.</summary>
    public int Validating { get; set; }

    /// <summary>Grows with each clear; what is older is closed.</summary>
    public int Generation { get; set; }

#pragma warning disable CA1051 // read without the lock, which takes a field
    public bool IsClosed;
#pragma warning restore CA1051

    /// <summary>
    /// Whether a connection may be idle although somebody waits. Nothing becomes idle while somebody waits, except by a
    /// return that did not know of it, and that one says so: so what was once scanned without success need not be scanned
    /// again for every newcomer.
    /// </summary>
    public bool MayHaveIdle { get; set; } = true;
}
