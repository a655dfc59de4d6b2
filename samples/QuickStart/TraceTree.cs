using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace QuickStart;

/// <summary>Listens to the tour's spans and the library's, and prints them as the tree they are: span, duration, node, role, reason.</summary>
internal sealed class TraceTree : IDisposable
{
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public TraceTree()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Routing" or Tour.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (_ended)
                {
                    _ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Print()
    {
        lock (_ended)
        {
            var known = _ended.Select(static span => span.SpanId).ToHashSet();
            var children = _ended.OrderBy(static span => span.StartTimeUtc).ToLookup(static span => span.ParentSpanId);
            var tree = new Tree("[bold]Trace[/] of the tour");
            foreach (var root in _ended.Where(span => !known.Contains(span.ParentSpanId)).OrderBy(static span => span.StartTimeUtc))
            {
                Add(tree, root, children);
            }

            AnsiConsole.Write(tree);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Add(IHasTreeNodes parent, Activity span, ILookup<ActivitySpanId, Activity> children)
    {
        var node = parent.AddNode(Markup.Escape(Describe(span)));
        foreach (var child in children[span.SpanId])
        {
            Add(node, child, children);
        }
    }

    private static string Describe(Activity span)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{span.DisplayName}  {span.Duration.TotalMilliseconds:F3} ms");
        if (span.GetTagItem("routing.node") is { } node)
        {
            text += $"  {span.GetTagItem("routing.data_source")}/{node}  {span.GetTagItem("routing.role")}  {span.GetTagItem("routing.reason")}";
        }

        return span.Status == ActivityStatusCode.Error ? $"{text}  failed: {span.GetTagItem("error.type")}" : text;
    }
}
