namespace Routing.Pools;

/// <summary>
/// How many connections may be lent at once, found from how long they are held. While holds are about as long as they were
/// with few in use, and somebody was held back, the limit grows by steps of its square root. When they get longer, callers
/// queue inside the database, and the limit shrinks in proportion: it settles where holds are a little longer than
/// the baseline.
/// <para>
/// The baseline is learned from below, since the limit begins at the minimum, and follows holds that are near it. Longer ones
/// move it only by a probe: after many slow windows the limit is halved for two of them, and what the second shows, with half
/// as many in use, is the new baseline. So slowness that does not come from the number in use is accepted in the end, and a
/// queue in the database never is. Holds are averaged by their logarithms, so that a few slow statements count little.
/// </para>
/// No clock, no I/O; guarded by its owner's lock.
/// </summary>
/// <param name="min">The limit's lower bound, and where it begins.</param>
/// <param name="max">Its upper bound.</param>
internal sealed class AdaptiveLimit(int min, int max)
{
    private const int EnoughSamples = 32;
    private const double ShortestMs = 0.001;

    /// <summary>How much longer than the baseline a hold may be and still count as near it.</summary>
    private const double Tolerance = 1.3;

    private const double MostShrink = 0.5;
    private const double Smoothing = 0.5;
    private const double WeightOfShorter = 0.3;
    private const double WeightOfLonger = 0.1;
    private const int SlowWindowsBeforeProbe = 30;

    private double _limit = min;
    private double? _baseline;
    private double _sumOfLogs;
    private int _samples;
    private int _mostInUse;
    private bool _heldBack;
    private int _slowWindows;
    private Probe? _probe;

    public int Limit => (int)_limit;

    /// <summary>A connection was held that long.</summary>
    public void CountHold(double ms)
    {
        _sumOfLogs += Math.Log(Math.Max(ms, ShortestMs));
        _samples++;
    }

    public void NoteInUse(int inUse) => _mostInUse = Math.Max(_mostInUse, inUse);

    /// <summary>Somebody had to wait because of the limit.</summary>
    public void NoteHeldBack() => _heldBack = true;

    /// <summary>Ends a window, if enough was seen since the last one, and judges it.</summary>
    public void Review()
    {
        if (_samples < EnoughSamples)
        {
            GrowUnlearned();
            return;
        }

        var hold = Math.Exp(_sumOfLogs / _samples);
        if (_probe is { } probe)
        {
            Continue(probe, hold);
        }
        else
        {
            Judge(hold, _baseline ??= hold);
        }

        _sumOfLogs = 0;
        _samples = 0;
        _mostInUse = 0;
        _heldBack = false;
    }

    /// <summary>Holds so long that none have ended must not keep others out for ever: nothing is known that speaks against growing.</summary>
    private void GrowUnlearned()
    {
        if (_baseline is null && _heldBack)
        {
            Set(_limit + Step);
            _heldBack = false;
        }
    }

    private double Step => Math.Sqrt(_limit);

    private void Judge(double hold, double baseline)
    {
        var isNear = hold <= baseline * Tolerance;
        if (isNear)
        {
            _baseline = baseline + ((hold < baseline ? WeightOfShorter : WeightOfLonger) * (hold - baseline));
        }

        // With so few in use neither slow nor quick holds say anything about the limit.
        if (_mostInUse * 2 < Limit)
        {
            return;
        }

        var gradient = isNear ? 1 : Math.Max(MostShrink, baseline * Tolerance / hold);
        var target = (_limit + Step) * gradient;
        if (target < _limit || _heldBack)
        {
            Set(_limit + (Smoothing * (target - _limit)));
        }

        if (!isNear && ++_slowWindows >= SlowWindowsBeforeProbe)
        {
            _probe = new Probe(_limit, HasSettled: false);
            Set(_limit / 2);
        }
    }

    /// <summary>The first window still has holds that began among more; the second is what was asked for.</summary>
    private void Continue(Probe probe, double hold)
    {
        if (!probe.HasSettled)
        {
            _probe = probe with { HasSettled = true };
            return;
        }

        _baseline = hold;
        _slowWindows = 0;
        _probe = null;
        Set(probe.Resumed);
    }

    private void Set(double limit) => _limit = Math.Clamp(limit, min, max);

    /// <param name="Resumed">The limit to go back to.</param>
    /// <param name="HasSettled">Whether the first of its windows is over.</param>
    private sealed record Probe(double Resumed, bool HasSettled);
}
