using System.Globalization;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Sessions;

/// <summary>
/// Logs the statements of one data source that took too long: each summary at most once in ten seconds, and from time to
/// time which of them cost most together. Grows with the number of summaries, which is bounded. Thread-safe; owned by
/// its data source.
/// </summary>
internal sealed class SlowStatements : IAsyncDisposable
{
    /// <summary>When everything is slow, a line per statement would make it slower.</summary>
    public static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly SlowStatementOptions _options;
    private readonly string _dataSource;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SlowReadExplainer? _explainer;
    private readonly SupervisedLoop? _reports;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _reportedAt;

    private SlowStatements(string dataSource, SlowStatementOptions options, TimeProvider time, ILogger logger)
    {
        _dataSource = dataSource;
        _options = options;
        _time = time;
        _logger = logger;
        _reportedAt = time.GetTimestamp();
        if (options.Explain)
        {
            _explainer = new SlowReadExplainer(dataSource, options.ExplainEvery, time, logger);
        }

        if (options.ReportEvery > TimeSpan.Zero)
        {
            _reports = new SupervisedLoop("slow statements of " + dataSource, options.ReportEvery, jitter: 0, _ => ReportAsync(), time, logger);
            _reports.Start();
        }
    }

    /// <summary>Null when no threshold is set.</summary>
    public static SlowStatements? Create(string dataSource, SlowStatementOptions options, TimeProvider time, ILogger logger) =>
        options.Threshold > TimeSpan.Zero ? new SlowStatements(dataSource, options, time, logger) : null;

    /// <summary>Looks at an operation that has ended. Does no I/O.</summary>
    public void Note(in OperationEnding ending)
    {
        if (ending.Duration < _options.Threshold)
        {
            return;
        }

        if (Count(ending, out var suppressed))
        {
            Log.SlowStatement(
                _logger, ending.Summary, _dataSource, ending.Route.Node?.Name ?? "none", Milliseconds(ending.Duration), Milliseconds(ending.Waited), ending.Rows, suppressed);
        }

        _explainer?.Offer(ending);
    }

    public async ValueTask DisposeAsync()
    {
        if (_reports is not null)
        {
            await _reports.DisposeAsync().ConfigureAwait(false);
        }

        if (_explainer is not null)
        {
            await _explainer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ValueTask ReportAsync()
    {
        Report();
        return default;
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    /// <summary>Says whether it is its summary's turn to be logged.</summary>
    private bool Count(in OperationEnding ending, out long suppressed)
    {
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            if (!_entries.TryGetValue(ending.Summary, out var entry))
            {
                _entries[ending.Summary] = entry = new Entry(ending.Summary);
            }

            entry.Add(ending.Duration);
            suppressed = entry.Suppressed;
            if (entry.LoggedAt is { } last && _time.GetElapsedTime(last, now) < LogInterval)
            {
                entry.Suppressed++;
                return false;
            }

            entry.LoggedAt = now;
            entry.Suppressed = 0;
            return true;
        }
    }

    /// <summary>Logs the slowest since the last report, if there are any, and begins to count anew.</summary>
    internal void Report()
    {
        List<string> slowest;
        TimeSpan since;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            since = _time.GetElapsedTime(_reportedAt, now);
            _reportedAt = now;
            slowest =
            [
                .. _entries.Values.Where(static entry => entry.Times > 0)
                    .OrderByDescending(static entry => entry.Total).ThenBy(static entry => entry.Summary, StringComparer.Ordinal)
                    .Take(_options.Top).Select(static entry => entry.Describe()),
            ];
            foreach (var entry in _entries.Values)
            {
                entry.Reset();
            }
        }

        if (slowest.Count > 0)
        {
            Log.SlowestStatements(_logger, _dataSource, (long)since.TotalSeconds, string.Join(", ", slowest));
        }
    }

    /// <summary>One summary since the last report.</summary>
    private sealed class Entry(string summary)
    {
        private TimeSpan _longest;

        public string Summary => summary;

        public int Times { get; private set; }

        public TimeSpan Total { get; private set; }

        public long? LoggedAt { get; set; }

        public long Suppressed { get; set; }

        public void Add(TimeSpan duration)
        {
            Times++;
            Total += duration;
            _longest = duration > _longest ? duration : _longest;
        }

        public string Describe() => string.Create(
            CultureInfo.InvariantCulture, $"{summary} {Times} times, {Total.TotalMilliseconds:0} ms together, {_longest.TotalMilliseconds:0} ms the longest");

        public void Reset()
        {
            Times = 0;
            Total = _longest = TimeSpan.Zero;
        }
    }
}
