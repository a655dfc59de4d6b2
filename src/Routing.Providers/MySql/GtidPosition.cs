using System.Globalization;
using Routing.Topology;

namespace Routing.Providers.MySql;

/// <summary>
/// A place in MariaDB's replication: the newest transaction of each domain, as in <c>0-1-42,7-2-9</c> (domain, server,
/// number). Numbers of one domain only grow, whichever server wrote them. Immutable.
/// </summary>
internal sealed class GtidPosition : NodePosition, IEquatable<GtidPosition>
{
    private readonly string _text;
    private readonly (uint Domain, ulong Number)[] _newest;

    private GtidPosition(string text, (uint Domain, ulong Number)[] newest)
    {
        _text = text;
        _newest = newest;
    }

    /// <summary>Null for an empty list, as a server without binary log and replication gives it, and for what cannot be read.</summary>
    public static GtidPosition? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var items = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var newest = new (uint, ulong)[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            var parts = items[i].Split('-');
            if (parts.Length != 3
                || !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out newest[i].Item1)
                || !ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out newest[i].Item2))
            {
                return null;
            }
        }

        return newest.Length == 0 ? null : new GtidPosition(text, newest);
    }

    public override bool Covers(NodePosition required)
    {
        if (required is not GtidPosition other)
        {
            return false;
        }

        foreach (var (domain, number) in other._newest)
        {
            if (NumberIn(domain) < number)
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(GtidPosition? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as GtidPosition);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    private ulong NumberIn(uint domain)
    {
        foreach (var newest in _newest)
        {
            if (newest.Domain == domain)
            {
                return newest.Number;
            }
        }

        return 0;
    }
}
