using System.Runtime.InteropServices;

namespace Routing.Topology;

/// <summary>
/// The one mutable thing a route reads: how busy a node is from this process. Sessions write it when a lease starts and
/// ends; it outlives topology snapshots. Thread-safe; padded to its own cache lines so that two nodes never share one.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal sealed class NodeLoad
{
    private Padded _inFlight;

    public NodeLoad() => OnLost = End;

    /// <summary><see cref="End"/>, for a lease that nobody will return.</summary>
    public Action OnLost { get; }

    public int InFlight => Volatile.Read(ref _inFlight.Value);

    public void Begin() => Interlocked.Increment(ref _inFlight.Value);

    public void End() => Interlocked.Decrement(ref _inFlight.Value);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Padded
    {
        [FieldOffset(128)]
        public int Value;
    }
}
