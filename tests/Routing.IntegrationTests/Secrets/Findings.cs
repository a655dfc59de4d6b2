using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Routing.Testing;

namespace Routing.IntegrationTests.Secrets;

/// <summary>
/// Everything that leaves the library while it lives, as text: log events with their values and errors, metric tags,
/// activities, and what a test adds. Thread-safe.
/// </summary>
internal sealed class Findings : IDisposable
{
    private readonly ConcurrentQueue<(string Where, string Text)> _texts = new();
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    public Findings()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (IsOurs(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
                Add("instrument", $"{instrument.Name} {instrument.Description}");
            }
        };
        _meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Measured(instrument, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = static source => IsOurs(source.Name),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Traced,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    public LogCapture Logs { get; } = new();

    /// <summary>What was looked at, by kind, so that a test can tell that it looked at all.</summary>
    public IReadOnlyDictionary<string, int> Kinds =>
        _texts.GroupBy(static text => text.Where.Split(' ')[0], StringComparer.Ordinal).ToDictionary(static kind => kind.Key, static kind => kind.Count(), StringComparer.Ordinal);

    public void Add(string where, string? text) => _texts.Enqueue((where, text ?? ""));

    /// <summary>Runs what fails, and takes its error apart.</summary>
    public async Task<Exception> FailsAsync(string what, Func<Task> action)
    {
        var error = await Record.ExceptionAsync(action);
        Assert.True(error is not null, $"'{what}' was meant to fail.");
        Add("error " + what, error);
        return error;
    }

    public void Add(string where, Exception? error)
    {
        if (error is null)
        {
            return;
        }

        Add(where, error.ToString());
        for (var each = error; each is not null; each = each.InnerException)
        {
            Add(where, each.Message);
            Add(where, each.HelpLink);
            foreach (DictionaryEntry entry in each.Data)
            {
                Add(where, string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}"));
            }

            if (each is AggregateException several)
            {
                foreach (var inner in several.InnerExceptions)
                {
                    Add(where, inner);
                }
            }
        }
    }

    /// <summary>What a debugger or a careless log line shows of an object.</summary>
    public void AddShown(string where, object shown)
    {
        Add("shown " + where, shown.ToString());
        foreach (var display in shown.GetType().GetCustomAttributes<DebuggerDisplayAttribute>(inherit: true))
        {
            foreach (var part in display.Value.Split('{', '}', StringSplitOptions.RemoveEmptyEntries))
            {
                var member = shown.GetType().GetProperty(part.Split('(', ',')[0], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
                Add("shown " + where, Convert.ToString(member?.GetValue(shown), CultureInfo.InvariantCulture));
            }
        }
    }

    public void AddReport(HealthReport report)
    {
        foreach (var (name, entry) in report.Entries)
        {
            Add("health " + name, JsonSerializer.Serialize(new { entry.Description, entry.Data, entry.Tags }));
            Add("health " + name, entry.Exception);
        }
    }

    /// <summary>Every place where the text is; to be empty.</summary>
    public IReadOnlyList<string> Holding(IEnumerable<string> markers)
    {
        _meters.RecordObservableInstruments();
        foreach (var logged in Logs.Events)
        {
            Add("log " + logged.Category, logged.ToString());
            Add("log " + logged.Category, logged.Exception);
            foreach (var (name, value) in logged.Values)
            {
                Add("log " + logged.Category, $"{name}={value}");
            }
        }

        return [.. from text in _texts from marker in markers where text.Text.Contains(marker, StringComparison.OrdinalIgnoreCase) select $"{marker} in {text.Where}: {text.Text}"];
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
        Logs.Dispose();
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("Routing", StringComparison.Ordinal) || name.StartsWith("Npgsql", StringComparison.Ordinal);

    private void Measured(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            Add("metric " + instrument.Name, $"{name}={value}");
        }
    }

    private void Traced(Activity activity)
    {
        var where = "activity " + activity.Source.Name;
        Add(where, activity.DisplayName);
        Add(where, activity.StatusDescription);
        foreach (var (name, value) in activity.TagObjects.Concat(activity.Events.SelectMany(static e => e.Tags)))
        {
            Add(where, $"{name}={value}");
        }

        foreach (var (name, value) in activity.Baggage)
        {
            Add(where, $"{name}={value}");
        }
    }
}
