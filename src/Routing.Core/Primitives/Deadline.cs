namespace Routing.Primitives;

/// <summary>
/// A moment on a <see cref="TimeProvider"/>'s monotonic clock by which something must be done. Being absolute, it
/// survives retries: whoever waits twice does not wait twice as long. Immutable; safe to share.
/// </summary>
public readonly struct Deadline : IEquatable<Deadline>
{
    private readonly TimeProvider? _time;
    private readonly long _timestamp;

    private Deadline(TimeProvider time, long timestamp)
    {
        _time = time;
        _timestamp = timestamp;
    }

    /// <summary>No deadline: <see cref="Remaining"/> is <see cref="Timeout.InfiniteTimeSpan"/> and it never passes. The default value.</summary>
    public static Deadline None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => _time is null;

    /// <summary>The time left; <see cref="TimeSpan.Zero"/> when passed, <see cref="Timeout.InfiniteTimeSpan"/> for <see cref="None"/>.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (_time is null)
            {
                return Timeout.InfiniteTimeSpan;
            }

            var left = _time.GetElapsedTime(_time.GetTimestamp(), _timestamp);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Whether the moment has come. Always false for <see cref="None"/>.</summary>
    public bool HasPassed => _time is not null && _time.GetTimestamp() >= _timestamp;

    /// <summary>The moment <paramref name="timeout"/> from now; <see cref="None"/> for <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timeout">Zero or more, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public static Deadline After(TimeProvider time, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return None;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return new Deadline(time, time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>The earlier of the two. Both must come from the same clock.</summary>
    /// <param name="other">The other deadline.</param>
    public Deadline Earliest(Deadline other) =>
        _time is null ? other : other._time is null || _timestamp <= other._timestamp ? this : other;

    /// <inheritdoc/>
    public bool Equals(Deadline other) => ReferenceEquals(_time, other._time) && _timestamp == other._timestamp;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Deadline other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_time, _timestamp);

    /// <summary>Whether both name the same moment of the same clock.</summary>
    public static bool operator ==(Deadline left, Deadline right) => left.Equals(right);

    /// <summary>Whether they name different moments.</summary>
    public static bool operator !=(Deadline left, Deadline right) => !left.Equals(right);
}
