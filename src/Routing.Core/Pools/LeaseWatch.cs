using System.Diagnostics;

namespace Routing.Pools;

/// <summary>
/// Knows, for one place of a pool, whether the object that holds its lease still lives. One per place, made when first
/// needed and aimed anew at each lease that has an owning object; so it costs no allocation per lease, and nothing at all
/// at return: what it says about a lease that has ended is not asked. A finalizer on the owning object would say the same
/// and cost each of them an allocation of the slow kind. Written by the holder, read by maintenance.
/// </summary>
internal sealed class LeaseWatch
{
    private readonly WeakReference<object?> _holder = new(null);
    private int _version;
    private string? _tag;
    private Action? _onLost;
    private StackTrace? _stack;

    /// <summary>From now on the lease of <paramref name="version"/> lives and dies with <paramref name="holder"/>.</summary>
    public void Aim(int version, object holder, string tag, Action onLost, StackTrace? stack)
    {
        // The version last: before it is there, nobody asks about this lease.
        _holder.SetTarget(holder);
        _tag = tag;
        _onLost = onLost;
        _stack = stack;
        Volatile.Write(ref _version, version);
    }

    /// <summary>Whether the lease of that version had an owning object and that is gone.</summary>
    public bool IsLost(int version) => IsAimedAt(version) && !_holder.TryGetTarget(out _);

    /// <summary>What the holder of that version is called; null when it has no owning object.</summary>
    public string? TagOf(int version) => IsAimedAt(version) ? _tag : null;

    /// <summary>Where that lease was rented, if it was one of those whose stack is taken.</summary>
    public StackTrace? StackOf(int version) => IsAimedAt(version) ? _stack : null;

    /// <summary>Tells who counts with the lease that it ended this way.</summary>
    public void TellLost() => _onLost?.Invoke();

    private bool IsAimedAt(int version) => Volatile.Read(ref _version) == version;
}
