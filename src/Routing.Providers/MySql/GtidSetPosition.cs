using System.Globalization;
using Routing.Topology;

namespace Routing.Providers.MySql;

/// <summary>
/// The transactions a MySQL server has, as in <c>3e11fa47-…:1-5:11,…:1-27</c>: per source the intervals of its numbers. Such a
/// set may have gaps, so what it covers is what it contains. Immutable.
/// </summary>
internal sealed class GtidSetPosition : NodePosition, IEquatable<GtidSetPosition>
{
    private readonly string _text;
    private readonly Dictionary<string, List<(ulong First, ulong Last)>> _intervals;

    private GtidSetPosition(string text, Dictionary<string, List<(ulong First, ulong Last)>> intervals)
    {
        _text = text;
        _intervals = intervals;
    }

    /// <summary>Null for an empty set, as a server without GTIDs gives it, and for what cannot be read.</summary>
    public static GtidSetPosition? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var intervals = new Dictionary<string, List<(ulong First, ulong Last)>>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = item.Split(':');
            var source = parts[0];
            for (var i = 1; i < parts.Length; i++)
            {
                if (parts[i].Length > 0 && char.IsAsciiLetter(parts[i][0]))
                {
                    // MySQL 8.3 tags: uuid:tag:1-5 counts apart from uuid:1-5.
                    source = $"{parts[0]}:{parts[i]}";
                }
                else if (TryParse(parts[i], out var interval))
                {
                    Of(intervals, source).Add(interval);
                }
                else
                {
                    return null;
                }
            }
        }

        return intervals.Count == 0 ? null : new GtidSetPosition(text, intervals);
    }

    public override bool Covers(NodePosition required)
    {
        if (required is not GtidSetPosition other)
        {
            return false;
        }

        foreach (var (source, intervals) in other._intervals)
        {
            if (!_intervals.TryGetValue(source, out var ours) || !intervals.TrueForAll(wanted => ours.Exists(has => has.First <= wanted.First && wanted.Last <= has.Last)))
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(GtidSetPosition? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as GtidSetPosition);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    private static List<(ulong First, ulong Last)> Of(Dictionary<string, List<(ulong First, ulong Last)>> intervals, string source)
    {
        if (!intervals.TryGetValue(source, out var found))
        {
            intervals.Add(source, found = []);
        }

        return found;
    }

    private static bool TryParse(string text, out (ulong First, ulong Last) interval)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var first = dash < 0 ? text : text[..dash];
        var last = dash < 0 ? text : text[(dash + 1)..];
        interval = default;
        return ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out interval.First)
            && ulong.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out interval.Last);
    }
}
