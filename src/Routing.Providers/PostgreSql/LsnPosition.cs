using System.Globalization;
using Routing.Topology;

namespace Routing.Providers.PostgreSql;

/// <summary>A place in PostgreSQL's write-ahead log, on one timeline. Immutable.</summary>
/// <param name="timeline">The timeline; 0 when the server did not say (a standby asked by an unprivileged user), which compares by place only.</param>
/// <param name="lsn">The place, in bytes.</param>
internal sealed class LsnPosition(uint timeline, ulong lsn) : NodePosition, IEquatable<LsnPosition>
{
    private const ulong PageSize = 8192;
    private const ulong SegmentSize = 16 * 1024 * 1024;
    private const ulong PageHeader = 24;
    private const ulong SegmentHeader = 40;

    public uint Timeline { get; } = timeline;

    public ulong Lsn { get; } = lsn;

    /// <summary>A timeline only continues older ones, so a node on a newer one has what was replayed before the switch.</summary>
    public override bool Covers(NodePosition required) =>
        required is LsnPosition other
        && (Timeline == 0 || Timeline >= other.Timeline)
        && Lsn >= WithoutHeader(other.Lsn);

    public bool Equals(LsnPosition? other) => other is not null && Timeline == other.Timeline && Lsn == other.Lsn;

    public override bool Equals(object? obj) => Equals(obj as LsnPosition);

    public override int GetHashCode() => HashCode.Combine(Timeline, Lsn);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Timeline}:{Lsn >> 32:X}/{(uint)Lsn:X}");

    /// <summary>
    /// The insert position of a primary skips the header of a page it has not begun to fill; a standby that has replayed
    /// everything stands before that header until the page gets its first record, which on a quiet primary is never.
    /// </summary>
    private static ulong WithoutHeader(ulong lsn)
    {
        var header = lsn % SegmentSize == SegmentHeader ? SegmentHeader : PageHeader;
        return lsn % PageSize == header ? lsn - header : lsn;
    }
}
