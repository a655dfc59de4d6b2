namespace Routing.Pools;

/// <summary>
/// What the paths without a lock must not overlook, in one word: the lane's generation in the upper half, and in the lower
/// half whether somebody waits or the lane is closed. Written under the lane's lock, read by everyone. An entry remembers
/// the quiet word of its generation; while both are equal, it may be put back without asking anybody.
/// </summary>
internal struct LaneSignal
{
    private LoneWord _word;

    public readonly long Value => Volatile.Read(in _word.Value);

    public static bool IsRaised(long value) => (int)value != 0;

    private static int Generation(long value) => (int)(value >> 32);

    public static long Quiet(int generation) => (long)generation << 32;

    /// <summary>
    /// Says what is so now. When it is raised, the fence is one half of the promise that nobody sleeps beside a free connection: who raises
    /// the signal looks at the entries afterwards, who frees an entry looks at the signal afterwards, so that one of
    /// both sees the other. Without it the write could still wait in this core's buffer while its reads go ahead.
    /// </summary>
    public void Set_NeedsLock(int generation, bool isRaised)
    {
        var value = Quiet(generation) | (isRaised ? 1L : 0L);
        if (value == _word.Value)
        {
            return;
        }

        var isCalmer = !isRaised && Generation(value) == Generation(_word.Value);
        Volatile.Write(ref _word.Value, value);

        // Who sees it raised a little longer only asks under the lock.
        if (!isCalmer)
        {
            Interlocked.MemoryBarrier();
        }
    }
}
