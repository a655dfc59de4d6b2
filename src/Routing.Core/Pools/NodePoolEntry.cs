using System.Data.Common;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Pools;

/// <summary>
/// One physical connection of a <see cref="PoolLane"/>. An odd version means leased, an even one that it is the lane's
/// own; each rent and each return adds one, so a lease is valid exactly while its version is the entry's. The lane's
/// lock guards everything else, except what only the holder touches (dirt, discard).
/// </summary>
internal sealed class NodePoolEntry(
    PoolLane lane, PhysicalConnection physical, DbConnection facade, int generation, long expiresAtMs) : PoolEntry
{
    private int _version;

    public override PhysicalConnection Physical => physical;

    public override DbConnection Facade => facade;

    public int Generation => generation;

    public long ExpiresAtMs => expiresAtMs;

    public bool IsLeased => (Volatile.Read(ref _version) & 1) != 0;

    public LeaseOwner? Owner { get; private set; }

    public Dirt Dirt { get; private set; }

    public bool IsDiscarded { get; private set; }

    public long RentedAtMs { get; private set; }

    /// <summary>The exact start of the lease; 0 when nobody measured.</summary>
    public long UseStarted { get; set; }

    public long IdleSinceMs { get; private set; }

    /// <summary>From when on an idle connection is not handed out as it is: it has to prove itself or is too old.</summary>
    public long CareAtMs { get; private set; }

    /// <summary>Kept from return to return, so that a reset that needs no I/O allocates nothing.</summary>
    public CancellationTokenSource? ResetCancellation { get; set; }

    public Lease Lend(LeaseOwner? owner, long nowMs)
    {
        Owner = owner;
        Dirt = Dirt.None;
        IsDiscarded = false;
        RentedAtMs = nowMs;
        return new Lease(this, ++_version);
    }

    public void BecomeIdle(long nowMs, long validateAfterMs)
    {
        Owner = null;
        IdleSinceMs = nowMs;
        CareAtMs = Math.Min(nowMs + validateAfterMs, expiresAtMs);
    }

    public override PoolEntry Check(int version)
    {
        if (Volatile.Read(ref _version) != version)
        {
            ThrowEnded();
        }

        return this;
    }

    public override void Soil(Dirt dirt) => Dirt |= dirt;

    public override void Discard()
    {
        IsDiscarded = true;
        Dirt |= Dirt.Unknown;
    }

    public override ValueTask ReturnAsync(int version, bool async)
    {
        // The swap, not a check, decides: of two callers returning one lease at the same time, one throws.
        if (Interlocked.CompareExchange(ref _version, unchecked(version + 1), version) != version)
        {
            ThrowReturnedBefore();
        }

        lane.TakeBack(this, async);
        return default;
    }

    private void ThrowEnded() => throw CodedErrors.Disposed(
        ErrorCodes.LeaseEnded,
        $"The lease of a connection of pool '{lane.PoolName}' has ended: it was returned, and the connection may already serve someone else. Use the connection before its lease is returned.");

    private void ThrowReturnedBefore() => throw CodedErrors.InvalidOperation(
        ErrorCodes.LeaseReturnedTwice,
        $"A lease of pool '{lane.PoolName}' was returned twice. Return each lease once; the second return was ignored, and the connection is safe.");
}
