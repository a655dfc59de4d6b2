namespace Routing.Pools;

/// <summary>
/// Whether one more connection is worth opening while others are being opened: what is lent comes back in a while, and a
/// connection opened for a moment of rush is a log-in, a process on the server and soon an idle place. Both times are
/// moving averages: of opens that succeeded, and of holds, measured only where the exact time was read anyway. Pure but
/// for these; guarded by the lane's lock.
/// </summary>
internal sealed class OpenPace
{
    /// <summary>The most opens in flight at once.</summary>
    public const int MostInFlight = 4;

    private const double Weight = 0.2;

    private const int SampleEvery = 32;

    private int _grants;
    private double _openMs = -1;
    private double _holdMs = -1;

    /// <summary>How long the head has to wait before its wait alone is a reason.</summary>
    public double PatienceMs => Math.Max(0, _openMs) / 2;

    /// <summary>Whether the next hold is to be measured: the first ones, then one in 32.</summary>
    public bool WantsSample() => _holdMs < 0 || (++_grants & (SampleEvery - 1)) == 0;

    public void CountOpen(double ms) => _openMs = Average(_openMs, ms);

    public void CountHold(double ms) => _holdMs = Average(_holdMs, ms);

    /// <summary>Whether to open one more although one is in flight.</summary>
    /// <param name="headWaitedMs">How long the one who is next has waited.</param>
    /// <param name="unserved">How many wait for whom nothing is in flight.</param>
    /// <param name="holders">How many connections are lent.</param>
    public bool AllowsOneMore(long headWaitedMs, int unserved, int holders)
    {
        // Nobody holds anything that could come back.
        if (holders == 0 || headWaitedMs >= PatienceMs)
        {
            return true;
        }

        var returns = holders * PatienceMs / Math.Max(_holdMs, 0.01);
        return _holdMs >= 0 && unserved > returns;
    }

    private static double Average(double average, double ms) => average < 0 ? ms : average + (Weight * (ms - average));
}
