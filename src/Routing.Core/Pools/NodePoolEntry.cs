using System.Data.Common;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Pools;

/// <summary>
/// One place of a <see cref="PoolLane"/> for a physical connection; connections come and go, the place stays. Whose it is
/// says its <see cref="EntryWord"/>, and every change of hands is one swap of it. What is idle belongs to whoever swaps it
/// out first; what is leased belongs to the holder of its version; what is away belongs to the thread that took it there.
/// Only the owner writes the other fields, except <see cref="IsCondemned"/>. The version grows with each rent and never
/// goes back, not even when the connection is replaced, so that an old lease fits nothing that comes later.
/// </summary>
internal sealed class NodePoolEntry(PoolLane lane, int index) : PoolEntry
{
    private PhysicalConnection? _physical;
    private DbConnection? _facade;
    private bool _isCondemned;
    private PaddedWord _word;

    /// <summary>Its place; low ones are used first.</summary>
    public int Index => index;

    public override PhysicalConnection Physical => _physical!;

    public override DbConnection Facade => _facade!;

    /// <summary>Whether it has no connection. Guarded by the lane's lock.</summary>
    public bool IsVacant => _physical is null;

    public int Generation { get; private set; }

    /// <summary>The signal at which it may be put back without asking anybody.</summary>
    public long Quiet { get; private set; }

    public long ExpiresAtMs { get; private set; }

    public LeaseOwner? Owner { get; set; }

    public Dirt Dirt { get; private set; }

    public bool IsDiscarded { get; private set; }

    public long RentedAtMs { get; private set; }

    /// <summary>Whether <see cref="RentedAtMs"/> was read exactly, so that it tells how long holders hold.</summary>
    public bool IsRentedExactly { get; private set; }

    /// <summary>Whether somebody wants to know how long it was held.</summary>
    public bool IsMeasured { get; private set; }

    /// <summary>The exact start of the lease; 0 when nobody measured.</summary>
    public long UseStarted { get; private set; }

    /// <summary>Kept from return to return, so that a reset that needs no I/O allocates nothing.</summary>
    public CancellationTokenSource? ResetCancellation { get; set; }

    /// <summary>Whether its time has come: it closes when its holder gives it back. Set by maintenance while somebody else owns it.</summary>
    public bool IsCondemned
    {
        get => Volatile.Read(ref _isCondemned);
        set => Volatile.Write(ref _isCondemned, value);
    }

    /// <summary>Whether its replacement is being opened. Guarded by the lane's lock.</summary>
    public bool IsBeingReplaced { get; set; }

    /// <summary>Whether it closes for somebody else under the same limit.</summary>
    public bool MakesRoom { get; set; }

    /// <summary>When it was last seen in use; kept by maintenance.</summary>
    public long UsedAtMs { get; set; }

    /// <summary>The version at that moment; kept by maintenance.</summary>
    public int SeenVersion { get; set; }

    public ulong Word => Volatile.Read(ref _word.Value);

    public bool IsLeased => EntryWord.ModeOf(Word) == EntryMode.Leased;

    public bool IsIdle => EntryWord.IsIdle(Word);

    /// <summary>Puts a new connection into a vacant place, which stays away. Needs the lane's lock.</summary>
    public void Fill_NeedsLock(in Birth birth, int generation, long nowMs)
    {
        _physical = birth.Physical;
        _facade = birth.Facade;
        Generation = generation;
        Quiet = LaneSignal.Quiet(generation);
        ExpiresAtMs = birth.ExpiresAtMs;
        IsCondemned = false;
        IsBeingReplaced = false;
        UsedAtMs = nowMs;
        SeenVersion = EntryWord.VersionOf(Word);
    }

    /// <summary>Needs the lane's lock.</summary>
    public void Vacate_NeedsLock()
    {
        _physical = null;
        _facade = null;
        MakesRoom = false;
        ResetCancellation = null;
    }

    /// <summary>
    /// Takes it when it is fresh and of the generation that is current when <paramref name="quiet"/> is the signal; the
    /// version is the lease's. A holder who looked at the signal before a clear makes it idle after the clear, and closes it
    /// only with a second look: in between it is nobody's who asks after the clear.
    /// </summary>
    public bool TryTake(long quiet, long nowMs, long freshForMs, out int version)
    {
        var word = Word;
        version = unchecked(EntryWord.VersionOf(word) + 1);
        return EntryWord.IsFresh(word, nowMs, freshForMs)
            && Quiet == quiet
            && Interlocked.CompareExchange(ref _word.Value, EntryWord.Leased(version), word) == word;
    }

    /// <summary>Takes it away when it is as <paramref name="idle"/> says, which must be idle.</summary>
    public bool TrySeize(ulong idle) =>
        Interlocked.CompareExchange(ref _word.Value, EntryWord.Away(EntryWord.VersionOf(idle)), idle) == idle;

    /// <summary>Ends the lease of <paramref name="version"/> and keeps it away; false when that lease had ended before.</summary>
    public bool TryEndLease(int version)
    {
        var leased = EntryWord.Leased(version);
        return Interlocked.CompareExchange(ref _word.Value, EntryWord.Away(version), leased) == leased;
    }

    /// <summary>Ends the lease of <paramref name="version"/> and makes it idle in one step; false when that lease had ended before. A full fence.</summary>
    public bool TryPutBack(int version, long nowMs)
    {
        var leased = EntryWord.Leased(version);
        return Interlocked.CompareExchange(ref _word.Value, EntryWord.Free(version, nowMs), leased) == leased;
    }

    /// <summary>Makes idle what is away. A full fence.</summary>
    public void PutBack(long nowMs) => Interlocked.Exchange(ref _word.Value, EntryWord.Free(EntryWord.VersionOf(Word), nowMs));

    /// <summary>Makes idle what was seized, as it was or staler. A full fence.</summary>
    public void Restore(ulong idle) => Interlocked.Exchange(ref _word.Value, idle);

    /// <summary>Lends what is away.</summary>
    public int LendAway()
    {
        var version = unchecked(EntryWord.VersionOf(Word) + 1);
        Volatile.Write(ref _word.Value, EntryWord.Leased(version));
        return version;
    }

    /// <summary>Writes down who has just got it. Only for the new holder.</summary>
    public void Begin(LeaseOwner? owner, long nowMs, bool isExact, long useStarted)
    {
        Owner = owner;
        Dirt = Dirt.None;
        IsDiscarded = false;
        RentedAtMs = nowMs;
        IsRentedExactly = isExact;
        UseStarted = useStarted;
        IsMeasured = isExact || useStarted != 0;
    }

    public override PoolEntry Check(int version)
    {
        if (!IsHeldBy(version))
        {
            ThrowEnded();
        }

        return this;
    }

    /// <summary>Knows whether the object behind its lease still lives; null before the first such lease.</summary>
    public LeaseWatch? Watch { get; private set; }

    public override void Watched(int version, object holder, string tag, Action onLost) =>
        (Watch ??= new LeaseWatch()).Aim(version, holder, tag, onLost, lane.Leaks.SampleStack());

    /// <summary>What errors call the holder of that version.</summary>
    public string TagOf(int version) => Owner?.Tag ?? Watch?.TagOf(version) ?? PoolErrors.OneShot;

    public bool IsHeldBy(int version) => Word == EntryWord.Leased(version);

    public override void Soil(Dirt dirt) => Dirt |= dirt;

    public override void Discard()
    {
        IsDiscarded = true;
        Dirt |= Dirt.Unknown;
    }

    public override ValueTask ReturnAsync(int version, bool async)
    {
        if (!lane.Returns.TryTakeBack(this, version, async))
        {
            ThrowReturnedBefore();
        }

        return default;
    }

    private void ThrowEnded() => throw CodedErrors.Disposed(
        ErrorCodes.LeaseEnded,
        $"The lease of a connection of pool '{lane.PoolName}' has ended: it was returned, and the connection may already serve someone else. Use the connection before its lease is returned.");

    private void ThrowReturnedBefore() => throw CodedErrors.InvalidOperation(
        ErrorCodes.LeaseReturnedTwice,
        $"A lease of pool '{lane.PoolName}' was returned twice. Return each lease once; the second return was ignored, and the connection is safe.");
}

/// <summary>A connection just opened, on its way into a place.</summary>
internal readonly record struct Birth(PhysicalConnection Physical, DbConnection Facade, long ExpiresAtMs);
