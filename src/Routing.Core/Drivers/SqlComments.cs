using System.Diagnostics;
using System.Runtime.CompilerServices;
using Routing.Configuration;
using Routing.Diagnostics;

namespace Routing.Drivers;

/// <summary>
/// The comment that one node's statements carry, in the sqlcommenter format: sorted keys, encoded as in a URL, values in
/// quotes. Without a trace it is the same for each statement of the node, so that what is prepared stays prepared.
/// Immutable and thread-safe, but for <see cref="Texts"/>.
/// </summary>
internal sealed class SqlComments
{
    private readonly string _tags;
    private readonly bool _traceParent;

    private SqlComments(string tags, bool traceParent)
    {
        _tags = tags;
        _traceParent = traceParent;
    }

    /// <summary>Null when no tag is asked for.</summary>
    public static SqlComments? Create(SqlCommentOptions options, string dataSource, string node)
    {
        // In the order of their keys; traceparent comes after all of them.
        var tags = new List<string>();
        if (!string.IsNullOrEmpty(options.Application))
        {
            tags.Add(Tag("application", options.Application));
        }

        if (options.DataSource)
        {
            tags.Add(Tag("data_source", dataSource));
        }

        if (options.Node)
        {
            tags.Add(Tag("node", node));
        }

        return tags.Count == 0 && !options.TraceParent ? null : new SqlComments(string.Join(',', tags), options.TraceParent);
    }

    /// <summary>
    /// The text with its comment. A text that has a comment stays as it is, as the format demands; so does one that only
    /// seems to have one, because telling them apart is not worth a mistake.
    /// </summary>
    /// <param name="text">The SQL.</param>
    /// <param name="isNew">Whether the text will not come again, because it carries a trace.</param>
    public string AddTo(string text, out bool isNew)
    {
        isNew = false;
        if (text.Contains("--", StringComparison.Ordinal) || text.Contains("/*", StringComparison.Ordinal))
        {
            return text;
        }

        var tags = _tags;
        if (_traceParent && Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C, Id: { } id } activity && ReferenceEquals(activity.Source, RoutingActivitySource.Source))
        {
            isNew = true;
            tags += (tags.Length == 0 ? "" : ",") + Tag("traceparent", id);
        }

        if (tags.Length == 0)
        {
            return text;
        }

        // Behind a semicolon the comment would be a statement of its own.
        var end = text.AsSpan().TrimEnd(" \t\r\n;");
        return string.Concat(end, " /*", tags, "*/");
    }

    // What it leaves as it is are letters, digits and -._~: no quote and no end of a comment is left to escape.
    private static string Tag(string key, string value) => $"{Uri.EscapeDataString(key)}='{Uri.EscapeDataString(value)}'";

    /// <summary>The texts of one connection that carry their comment already. Bounded. Not thread-safe: it belongs to its connection.</summary>
    public sealed class Texts(SqlComments comments)
    {
        private const int Slots = 64;

        private readonly (string Text, string WithComment)[] _known = new (string, string)[Slots];

        public string Of(string text, out bool isNew)
        {
            ref var slot = ref _known[RuntimeHelpers.GetHashCode(text) & (Slots - 1)];
            if (!comments._traceParent && ReferenceEquals(slot.Text, text))
            {
                isNew = false;
                return slot.WithComment;
            }

            var with = comments.AddTo(text, out isNew);
            if (!isNew && !comments._traceParent)
            {
                slot = (text, with);
            }

            return with;
        }
    }
}
