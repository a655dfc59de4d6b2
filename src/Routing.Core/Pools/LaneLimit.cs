namespace Routing.Pools;

/// <summary>
/// One lane's dealings with the limits above it: permits before opens, and its idle connections, which it gives up where
/// somebody else waits for room and nobody waits here. Thread-safe.
/// </summary>
internal sealed class LaneLimit : ILimitedLane
{
    private readonly PoolLane _lane;
    private readonly bool _keepsIdle;
    private readonly ConnectionLimits.LaneShare _share;

    public LaneLimit(PoolLane lane, PoolContext context, ConnectionLimits.DataSourceLimit limit)
    {
        _lane = lane;

        // The only connection of an in-memory database is the database.
        _keepsIdle = context.OneConnection;
        _share = limit.Add(this);
    }

    /// <summary>The limit that keeps the lane from opening one more at this moment; null for none.</summary>
    public MetLimit? Met => _share.Met;

    public bool TryTake_NeedsLock(bool mayWait) => _share.TryTake(mayWait);

    public void GiveBack_NeedsLock(bool gaveUp) => _share.GiveBack(gaveUp);

    public void Retire() => _share.Retire();

    /// <summary>After a connection became idle, by a swap, which is a full fence.</summary>
    public void OnIdle()
    {
        if (_share.IsAnyWaiting)
        {
            TryGiveUpIdle();
        }
    }

    public void OnPermit() => _lane.Drive();

    /// <summary>Closes the highest idle connection, even one of the minimum kept ready: somebody waits for it elsewhere.</summary>
    public bool TryGiveUpIdle()
    {
        if (_keepsIdle || !_share.TryBeginGivingUp())
        {
            return false;
        }

        NodePoolEntry? entry;
        lock (_lane.Gate)
        {
            entry = _lane.Waiters.Count == 0 || _lane.Adaptive?.HasRoom_NeedsLock == false ? _lane.Entries.TrySeizeHighestIdle() : null;
            if (entry is not null)
            {
                entry.MakesRoom = true;
            }
        }

        if (entry is null)
        {
            _share.CancelGivingUp();
            return false;
        }

        _lane.Care.Close(entry, "another pool needs its place under MaxConnections");
        return true;
    }
}
