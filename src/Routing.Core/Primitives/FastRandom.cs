namespace Routing.Primitives;

/// <summary>
/// Cheap random numbers for load balancing and jitter: a xorshift state per thread, seeded from one process-wide seed, so
/// that no lock or shared cache line stands on the hot path. Thread-safe. Not for secrets.
/// </summary>
internal static class FastRandom
{
    private static int _threads = Environment.TickCount;

    [ThreadStatic]
    private static uint _state;

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public static int Next(int bound) => (int)(((ulong)NextBits() * (uint)bound) >> 32);

    /// <summary>A number from 0 up to but not including 1.</summary>
    public static double NextDouble() => NextBits() / (double)(1UL << 32);

    private static uint NextBits()
    {
        var x = _state;
        if (x == 0)
        {
            // Weyl steps of the golden ratio keep the threads' seeds apart; a zero state would stay zero for ever.
            x = ((uint)Interlocked.Increment(ref _threads) * 0x9E3779B9u) | 1;
        }

        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        return _state = x;
    }
}
