namespace Routing.Pools;

/// <summary>Where a place of a lane stands.</summary>
internal enum EntryMode
{
    /// <summary>Empty, or its connection is the lane's own: being opened, reset, validated or closed.</summary>
    Away = 0,

    /// <summary>Idle and good to be lent as it is, unless it has idled too long.</summary>
    Free = 1,

    /// <summary>Held by the lease of its version.</summary>
    Leased = 2,

    /// <summary>Idle, and to be lent only after a sign of life.</summary>
    Stale = 3,
}

/// <summary>
/// The state of an entry in one word, so that one swap decides everything: to rent is free → leased with the next
/// version, to return is leased with exactly the lease's version → free. The second both proves that the lease had not
/// ended and publishes the connection. Bits 0-1 are the mode, 2-31 the moment of becoming idle (milliseconds, which come
/// round after twelve days), 32-63 the version. Pure.
/// </summary>
internal static class EntryWord
{
    private const int ModeBits = 2;
    private const int VersionShift = 32;
    private const ulong StampMask = (1UL << (VersionShift - ModeBits)) - 1;

    public static EntryMode ModeOf(ulong word) => (EntryMode)(word & 3);

    public static int VersionOf(ulong word) => (int)(word >> VersionShift);

    public static bool IsIdle(ulong word) => (word & 1) != 0;

    public static ulong Away(int version) => Pack(version, EntryMode.Away);

    public static ulong Leased(int version) => Pack(version, EntryMode.Leased);

    public static ulong Free(int version, long nowMs) => Pack(version, EntryMode.Free) | (((ulong)nowMs & StampMask) << ModeBits);

    /// <summary>The same idle entry, to be lent only after a sign of life.</summary>
    public static ulong Stale(ulong idle) => idle | (ulong)EntryMode.Stale;

    /// <summary>
    /// How long an idle entry has idled. Less than zero when <paramref name="nowMs"/> was read before it became idle. Good
    /// for six days; long before that maintenance has looked at it.
    /// </summary>
    public static long IdleMs(ulong word, long nowMs) =>
        (int)((uint)nowMs - (uint)(word >> ModeBits) << ModeBits) >> ModeBits;

    /// <summary>Whether it may be lent as it is.</summary>
    public static bool IsFresh(ulong word, long nowMs, long freshForMs) =>
        ModeOf(word) == EntryMode.Free && IdleMs(word, nowMs) < freshForMs;

    private static ulong Pack(int version, EntryMode mode) => ((ulong)(uint)version << VersionShift) | (ulong)mode;
}
