namespace Routing.Pools;

/// <summary>
/// The most connections seen in use at once over the last while, kept as a ring of shorter whiles so that an old peak is
/// forgotten in steps instead of all at once. Guarded by the lane's lock.
/// </summary>
internal sealed class PeakUse(long windowMs, long startedAtMs)
{
    private const int Parts = 8;

    private readonly int[] _peaks = new int[Parts];
    private readonly long _partMs = Math.Max(1, windowMs / Parts);
    private long _part;

    /// <summary>Whether it has looked for the whole while, so that what it did not see did not happen.</summary>
    public bool IsComplete(long nowMs) => nowMs - startedAtMs >= windowMs;

    public void Note(int inUse, long nowMs)
    {
        var part = (nowMs - startedAtMs) / _partMs;
        for (var skipped = Math.Min(part - _part, Parts); skipped > 0; skipped--)
        {
            _peaks[(part - skipped + 1) % Parts] = 0;
        }

        _part = Math.Max(part, _part);
        ref var peak = ref _peaks[_part % Parts];
        peak = Math.Max(peak, inUse);
    }

    public int Peak
    {
        get
        {
            var most = 0;
            foreach (var peak in _peaks)
            {
                most = Math.Max(most, peak);
            }

            return most;
        }
    }
}
