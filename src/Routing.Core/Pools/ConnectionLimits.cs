using System.Collections.Immutable;

namespace Routing.Pools;

/// <summary>What the limits ask of a lane. They hold no lock while they ask.</summary>
internal interface ILimitedLane
{
    /// <summary>One more connection may be opened now: the lane opens one, or gives the permit back.</summary>
    void OnPermit();

    /// <summary>Closes one connection that idles, so that another lane may open one; false when none idles that may be closed.</summary>
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
/// permit now. So a permit that comes back goes to the first in the queue it can serve, and a newcomer cannot pass them.
/// One lock guards everything: opens and closes are rare and take milliseconds, and one lock for two limits cannot
/// deadlock with itself. It is a leaf: lanes may call in while they hold theirs; they are called without it. Thread-safe.
/// </para>
/// </summary>
/// <param name="processMax">The most connections of the process; 0 for no limit.</param>
internal sealed class ConnectionLimits(int processMax)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<LaneShare> _waiting = [];
    private ImmutableArray<LaneShare> _lanes = [];
    private int _open;
    private int _next;
    private int _waitingCount;
    private int _givingUp;

    /// <summary>The connections counted by now.</summary>
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

    /// <summary>The limit of one data source; null when neither it nor the process has one.</summary>
    /// <param name="dataSource">Its name.</param>
    /// <param name="max">The most connections of its pools together; 0 for no limit.</param>
    public DataSourceLimit? Of(string dataSource, int max) => max == 0 && processMax == 0 ? null : new DataSourceLimit(this, dataSource, max);

    private bool IsFull_NeedsLock => processMax > 0 && _open >= processMax;

    private bool MayOpen_NeedsLock(DataSourceLimit source) => !IsFull_NeedsLock && !source.IsFull;

    private void Take_NeedsLock(DataSourceLimit source)
    {
        _open++;
        source.Open++;
    }

    private void Leave_NeedsLock(LaneShare share)
    {
        if (share.Place is { } place)
        {
            _waiting.Remove(place);
            share.Place = null;
            _waitingCount = _waiting.Count;
        }
    }

    /// <summary>One data source's part of the count.</summary>
    internal sealed class DataSourceLimit(ConnectionLimits all, string name, int max)
    {
        public int Open { get; set; }

        /// <summary>Idle connections of it being closed to make room.</summary>
        public int GivingUp { get; set; }

        public bool IsFull => max > 0 && Open >= max;

        /// <summary>Makes a lane's share. It leaves by <see cref="LaneShare.Retire"/>.</summary>
        public LaneShare Add(ILimitedLane lane)
        {
            var share = new LaneShare(all, this, lane);
            lock (all._lock)
            {
                all._lanes = all._lanes.Add(share);
            }

            return share;
        }

        public MetLimit? Met_NeedsLock() =>
            IsFull ? new MetLimit($"DataSources:{name}:MaxConnections", max, "data source")
            : all.IsFull_NeedsLock ? new MetLimit("MaxConnections", all.ProcessMax, "process")
            : null;
    }

    private int ProcessMax => processMax;

    /// <summary>What one lane has of the limits: a permit for each connection it has open, opens or closes.</summary>
    internal sealed class LaneShare(ConnectionLimits all, DataSourceLimit source, ILimitedLane lane)
    {
        /// <summary>Its place in the queue; null while it does not wait.</summary>
        internal LinkedListNode<LaneShare>? Place { get; set; }

        /// <summary>The limit that keeps it from opening one more at this moment; null for none.</summary>
        public MetLimit? Met
        {
            get
            {
                lock (all._lock)
                {
                    return source.Met_NeedsLock();
                }
            }
        }

        /// <summary>Whether any lane waits for a permit. Asked after a connection became idle, which the lane then offers by <see cref="TryBeginGivingUp"/>.</summary>
        public bool AnyWaiting
        {
            get
            {
                // The idle connection was published before; who waits published that before looking for idle ones. With
                // the fence one of the two sees the other.
                Interlocked.MemoryBarrier();
                return Volatile.Read(ref all._waitingCount) != 0;
            }
        }

        /// <summary>A permit for one more connection, if there is one now; nobody who waits is passed.</summary>
        public bool TryTake()
        {
            lock (all._lock)
            {
                return TryTake_NeedsLock();
            }
        }

        /// <summary>The same; without one the lane waits in the queue, once, until <see cref="ILimitedLane.OnPermit"/>. Then call <see cref="MakeRoom"/>, without the lane's lock.</summary>
        public bool TryTakeOrWait()
        {
            lock (all._lock)
            {
                if (TryTake_NeedsLock())
                {
                    return true;
                }

                if (Place is null)
                {
                    Place = all._waiting.AddLast(this);
                    all._waitingCount = all._waiting.Count;
                }

                return false;
            }
        }

        /// <summary>Gets one idle connection closed, of any lane whose closing would help, while this one waits.</summary>
        public void MakeRoom()
        {
            ImmutableArray<LaneShare> lanes;
            int first;
            lock (all._lock)
            {
                if (Place is null)
                {
                    return;
                }

                lanes = all._lanes;
                first = all._next++ & int.MaxValue;
            }

            // Each time another one is asked first, so that it is not always the same pool that opens anew afterwards.
            for (var i = 0; i < lanes.Length; i++)
            {
                var other = lanes[(first + i) % lanes.Length];
                if (other != this && other.GiveUpIdle())
                {
                    return;
                }
            }
        }

        /// <summary>
        /// Whether closing an idle connection of this lane would help somebody else who waits, and no other close under way
        /// does already. Then the lane closes one, or says that it has none by <see cref="CancelGivingUp"/>.
        /// </summary>
        public bool TryBeginGivingUp()
        {
            lock (all._lock)
            {
                if (!WouldHelp_NeedsLock())
                {
                    return false;
                }

                source.GivingUp++;
                all._givingUp++;
                return true;
            }
        }

        public void CancelGivingUp()
        {
            lock (all._lock)
            {
                EndGivingUp_NeedsLock();
            }
        }

        /// <summary>Gives a permit back: its connection is closed, could not be opened, or is not needed any more.</summary>
        /// <param name="gaveUp">Whether <see cref="TryBeginGivingUp"/> was why.</param>
        public void Release(bool gaveUp = false)
        {
            LaneShare? next;
            lock (all._lock)
            {
                if (gaveUp)
                {
                    EndGivingUp_NeedsLock();
                }

                all._open--;
                source.Open--;
                next = TakeFirst_NeedsLock();
            }

            next?.OnPermit();
        }

        /// <summary>Nothing will be opened any more; what is open still gives its permits back.</summary>
        public void Retire()
        {
            lock (all._lock)
            {
                all.Leave_NeedsLock(this);
                all._lanes = all._lanes.Remove(this);
            }
        }

        private bool TryTake_NeedsLock()
        {
            if (!all.MayOpen_NeedsLock(source))
            {
                return false;
            }

            all.Take_NeedsLock(source);
            return true;
        }

        private LaneShare? TakeFirst_NeedsLock()
        {
            foreach (var share in all._waiting)
            {
                if (share.TryTake_NeedsLock())
                {
                    all.Leave_NeedsLock(share);
                    return share;
                }
            }

            return null;
        }

        private void EndGivingUp_NeedsLock()
        {
            source.GivingUp--;
            all._givingUp--;
        }

        /// <summary>Room in a data source comes only from its own connections; room in the process from any.</summary>
        private bool WouldHelp_NeedsLock()
        {
            var ofSource = -source.GivingUp;
            var ofProcess = -all._givingUp;
            foreach (var share in all._waiting)
            {
                if (share == this)
                {
                    continue;
                }

                ofSource += share.Source == source ? 1 : 0;
                ofProcess += share.Source.IsFull ? 0 : 1;
            }

            return ofSource > 0 || ofProcess > 0;
        }

        private DataSourceLimit Source => source;

        private void OnPermit() => lane.OnPermit();

        private bool GiveUpIdle() => lane.TryGiveUpIdle();
    }
}
