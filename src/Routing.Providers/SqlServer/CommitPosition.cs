using System.Globalization;
using Routing.Topology;

namespace Routing.Providers.SqlServer;

/// <summary>
/// How far the commits of an availability group's database have come: <c>last_commit_lsn</c>, on a secondary of the last
/// commit that was redone. Immutable.
/// </summary>
/// <param name="lsn">The log sequence number, which has 25 digits.</param>
internal sealed class CommitPosition(decimal lsn) : NodePosition, IEquatable<CommitPosition>
{
    public decimal Lsn { get; } = lsn;

    public override bool Covers(NodePosition required) => required is CommitPosition other && Lsn >= other.Lsn;

    public bool Equals(CommitPosition? other) => other is not null && Lsn == other.Lsn;

    public override bool Equals(object? obj) => Equals(obj as CommitPosition);

    public override int GetHashCode() => Lsn.GetHashCode();

    public override string ToString() => Lsn.ToString("F0", CultureInfo.InvariantCulture);
}
