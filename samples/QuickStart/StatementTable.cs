using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace QuickStart;

/// <summary>Listens to the library's activities and prints one row per statement: what it was, where it went, why, how long.</summary>
internal sealed class StatementTable : IDisposable
{
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public StatementTable()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Routing",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
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

    /// <summary>Forgets what ran so far.</summary>
    public void Clear()
    {
        lock (_ended)
        {
            _ended.Clear();
        }
    }

    /// <summary>Prints what ran since the last call.</summary>
    public void Print()
    {
        Activity[] rows;
        lock (_ended)
        {
            rows = [.. _ended];
            _ended.Clear();
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("statement", "class", "node", "lane", "why", "pool wait", "duration");
        foreach (var row in rows)
        {
            table.AddRow(
                Text(row.DisplayName),
                Text(row.GetTagItem("routing.statement.class")),
                Text($"{row.GetTagItem("routing.data_source")}/{row.GetTagItem("routing.node")} ({row.GetTagItem("routing.role")})"),
                Text(row.GetTagItem("routing.lane")),
                Text(row.GetTagItem("routing.reason")),
                Text(string.Create(CultureInfo.InvariantCulture, $"{(row.GetTagItem("routing.pool.wait_time") as double? ?? 0) * 1000:F3} ms")),
                Text(string.Create(CultureInfo.InvariantCulture, $"{row.Duration.TotalMilliseconds:F3} ms")));
        }

        AnsiConsole.Write(table);
    }

    public void Dispose() => _listener.Dispose();

    private static string Text(object? value) => Markup.Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
}
