using System.Runtime.InteropServices;

namespace Routing.Pools;

/// <summary>A word with nothing after it on its cache line or the next: the hardware fetches lines in pairs.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct PaddedWord
{
    [FieldOffset(0)]
    public ulong Value;
}

/// <summary>A word with a pair of cache lines to itself.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct LoneWord
{
    [FieldOffset(128)]
    public long Value;
}
