using System.Collections.Immutable;

namespace Routing.Pools;

/// <summary>What the limits ask of a lane, on another thread and without a lock held.</summary>
internal interface ILimitedLane
{
    /// <summary>A permit is kept for the lane: it may take it now, if it still wants to open.</summary>
    void OnPermit();

    /// <summary>Closes one connection that idles, if that helps somebody else; false when it does not, or none idles.</summary>
    bool TryGiveUpIdle();
}

/// <summary>A limit that a lane has met: how errors name it.</summary>
/// <param name="Setting">The setting, below the section: <c>MaxConnections</c>, <c>DataSources:orders:MaxConnections</c>.</param>
/// <param name="Max">The most connections.</param>
/// <param name="Whose">Whose connections it counts, in words.</param>
internal sealed record MetLimit(string Setting, int Max, string Whose);

/// <summary>
/// The most connections that pools may have open together: those of one data source, and those of the process.
/// <para>
/// Invariant, true whenever the lock is free: no count exceeds its maximum, and nobody is in the queue who could be given a
/// permit now. So a permit that comes back is kept for the first in the queue whom it can serve, until that lane has been
/// driven once; what it does not take goes on to the next. A newcomer cannot pass those who wait. One lock guards
/// everything: opens and closes are rare and take milliseconds, and one lock for two limits cannot deadlock with itself.
/// It is a leaf: lanes call in while they hold theirs, and are called back on other threads. Thread-safe.
/// </para>
/// </summary>
/// <param name="processMax">The most connections of the process; 0 for no limit.</param>
/// <param name="run">Runs what must not run under the caller's locks; null for the thread pool.</param>
internal sealed class ConnectionLimits(int processMax, Action<Action>? run = null)
{
    private readonly Action<Action> _run = run ?? (static work => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false));
    private readonly Lock _lock = new();
    private readonly LinkedList<LaneShare> _waiting = [];
    private ImmutableArray<LaneShare> _lanes = [];
    private int _open;
    private int _next;
    private int _givingUp;
    private bool _isAnyWaiting;

    /// <summary>The permits taken by now, and those kept for somebody.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    private bool IsFull_NeedsLock => processMax > 0 && _open >= processMax;

    /// <summary>The limit of one data source; null when neither it nor the process has one.</summary>
    /// <param name="dataSource">Its name.</param>
    /// <param name="max">The most connections of its pools together; 0 for no limit.</param>
    public DataSourceLimit? Of(string dataSource, int max) => max == 0 && processMax == 0 ? null : new DataSourceLimit(this, dataSource, max);

    private bool TryCount_NeedsLock(DataSourceLimit source)
    {
        if (IsFull_NeedsLock || source.IsFull_NeedsLock)
        {
            return false;
        }

        _open++;
        source.Open++;
        return true;
    }

    private void Leave_NeedsLock(LaneShare share)
    {
        if (share.Place is { } place)
        {
            _waiting.Remove(place);
            share.Place = null;
            Volatile.Write(ref _isAnyWaiting, _waiting.Count > 0);
        }
    }

    /// <summary>After a permit has come back: keeps it for the first whom it can serve.</summary>
    private void HandOn_NeedsLock()
    {
        foreach (var share in _waiting)
        {
            if (TryCount_NeedsLock(share.Source))
            {
                Leave_NeedsLock(share);
                share.Kept++;
                _run(share.UsePermit);
                return;
            }
        }
    }

    private MetLimit? Met_NeedsLock(DataSourceLimit source) =>
        source.IsFull_NeedsLock ? new MetLimit($"DataSources:{source.Name}:MaxConnections", source.Max, "data source")
        : IsFull_NeedsLock ? new MetLimit("MaxConnections", processMax, "process")
        : null;

    /// <summary>Room in a data source comes only from its own connections; room in the process from any.</summary>
    private bool WouldHelp_NeedsLock(LaneShare giver)
    {
        var ofSource = -giver.Source.GivingUp;
        var ofProcess = -_givingUp;
        foreach (var share in _waiting)
        {
            if (share == giver)
            {
                continue;
            }

            ofSource += share.Source == giver.Source ? 1 : 0;
            ofProcess += share.Source.IsFull_NeedsLock ? 0 : 1;
        }

        return ofSource > 0 || ofProcess > 0;
    }

    /// <summary>One data source's part of the counts, which the lock of all guards.</summary>
    internal sealed class DataSourceLimit(ConnectionLimits all, string name, int max)
    {
        public string Name => name;

        public int Max => max;

        public int Open { get; set; }

        /// <summary>Idle connections of it being closed to make room.</summary>
        public int GivingUp { get; set; }

        public bool IsFull_NeedsLock => max > 0 && Open >= max;

        /// <summary>Makes a lane's share. It leaves by <see cref="LaneShare.Retire"/>.</summary>
        public LaneShare Add(ILimitedLane lane)
        {
            var share = new LaneShare(all, this, lane);
            ImmutableInterlocked.Update(ref all._lanes, static (lanes, added) => lanes.Add(added), share);
            return share;
        }
    }

    /// <summary>What one lane has of the limits: a permit for each connection it has open, opens or closes.</summary>
    internal sealed class LaneShare
    {
        private readonly ConnectionLimits _all;
        private readonly ILimitedLane _lane;
        private readonly Action _makeRoom;

        public LaneShare(ConnectionLimits all, DataSourceLimit source, ILimitedLane lane)
        {
            _all = all;
            _lane = lane;
            _makeRoom = MakeRoom;
            Source = source;
            UsePermit = OfferKept;
        }

        public DataSourceLimit Source { get; }

        /// <summary>Offers the lane what is kept for it.</summary>
        public Action UsePermit { get; }

        /// <summary>Its place in the queue; null while it does not wait.</summary>
        public LinkedListNode<LaneShare>? Place { get; set; }

        /// <summary>Permits counted for it that it has not taken yet.</summary>
        public int Kept { get; set; }

        /// <summary>The limit that keeps it from opening one more at this moment; null for none.</summary>
        public MetLimit? Met
        {
            get
            {
                lock (_all._lock)
                {
                    return _all.Met_NeedsLock(Source);
                }
            }
        }

        /// <summary>
        /// Whether anybody waits for a permit: then a connection that has just become idle is better offered by
        /// <see cref="ILimitedLane.TryGiveUpIdle"/>. Read after a full fence that follows the idle connection's publication:
        /// who waits says so before looking for idle ones, so that one of the two sees the other.
        /// </summary>
        public bool IsAnyWaiting => Volatile.Read(ref _all._isAnyWaiting);

        /// <summary>
        /// Takes a permit for one more connection, if there is one; nobody who waits is passed. Otherwise, if it may wait,
        /// the lane is in the queue from now on, and idle connections elsewhere are asked for.
        /// </summary>
        public bool TryTake(bool mayWait)
        {
            lock (_all._lock)
            {
                if (Kept > 0)
                {
                    Kept--;
                    return true;
                }

                if (_all.TryCount_NeedsLock(Source))
                {
                    return true;
                }

                if (mayWait && Place is null)
                {
                    Place = _all._waiting.AddLast(this);
                    Volatile.Write(ref _all._isAnyWaiting, true);
                    _all._run(_makeRoom);
                }

                return false;
            }
        }

        /// <summary>Gives a permit back: its connection is closed, or could not be opened.</summary>
        /// <param name="gaveUp">Whether <see cref="TryBeginGivingUp"/> was why.</param>
        public void GiveBack(bool gaveUp)
        {
            lock (_all._lock)
            {
                if (gaveUp)
                {
                    EndGivingUp_NeedsLock();
                }

                Uncount_NeedsLock();
            }
        }

        /// <summary>
        /// Whether closing an idle connection of this lane helps somebody else, and no other close under way does already.
        /// Then the lane closes one, or says by <see cref="CancelGivingUp"/> that it has none.
        /// </summary>
        public bool TryBeginGivingUp()
        {
            lock (_all._lock)
            {
                if (!_all.WouldHelp_NeedsLock(this))
                {
                    return false;
                }

                Source.GivingUp++;
                _all._givingUp++;
                return true;
            }
        }

        public void CancelGivingUp()
        {
            lock (_all._lock)
            {
                EndGivingUp_NeedsLock();
            }
        }

        /// <summary>Nothing will be opened any more; what is open still gives its permits back.</summary>
        public void Retire()
        {
            ImmutableInterlocked.Update(ref _all._lanes, static (lanes, gone) => lanes.Remove(gone), this);
            lock (_all._lock)
            {
                _all.Leave_NeedsLock(this);
            }
        }

        private void OfferKept()
        {
            _lane.OnPermit();
            lock (_all._lock)
            {
                // Nobody waits there any more, or it is not the moment for one more open: the lane asks again when it is.
                if (Kept > 0)
                {
                    Kept--;
                    Uncount_NeedsLock();
                }
            }
        }

        private void MakeRoom()
        {
            // Each time another lane is asked first, so that it is not always the same that opens anew afterwards.
            var lanes = _all._lanes;
            var first = Interlocked.Increment(ref _all._next) & int.MaxValue;
            for (var i = 0; i < lanes.Length; i++)
            {
                var other = lanes[(first + i) % lanes.Length];
                if (other != this && other._lane.TryGiveUpIdle())
                {
                    return;
                }
            }
        }

        private void Uncount_NeedsLock()
        {
            _all._open--;
            Source.Open--;
            _all.HandOn_NeedsLock();
        }

        private void EndGivingUp_NeedsLock()
        {
            Source.GivingUp--;
            _all._givingUp--;
        }
    }
}
