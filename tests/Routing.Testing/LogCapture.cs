using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Routing.Testing;

/// <summary>One event as a logger received it.</summary>
/// <param name="Category">The logger's category.</param>
/// <param name="Level">Its level.</param>
/// <param name="Id">Its number and name.</param>
/// <param name="Message">The formatted text.</param>
/// <param name="Exception">The exception that came with it.</param>
/// <param name="Values">The template's values by name; the template itself is under <c>{OriginalFormat}</c>.</param>
public sealed record LogEvent(
    string Category,
    LogLevel Level,
    EventId Id,
    string Message,
    Exception? Exception,
    ImmutableDictionary<string, object?> Values)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Level} {Category}[{Id.Id}] {Message}");
}

/// <summary>
/// Keeps every log event in memory, so that a test can ask what was logged. Register it with
/// <c>services.AddLogging(b =&gt; b.AddProvider(capture))</c>, or use <see cref="Factory"/> or <see cref="CreateLogger{T}"/>.
/// Thread-safe; <see cref="Events"/> is a snapshot.
/// </summary>
public sealed class LogCapture : ILoggerProvider
{
    private readonly LogLevel _minimum;
    private ImmutableList<LogEvent> _events = [];

    /// <summary>Captures events of <paramref name="minimum"/> and above; default everything.</summary>
    public LogCapture(LogLevel minimum = LogLevel.Trace)
    {
        _minimum = minimum;
        Factory = new SingleFactory(this);
    }

    /// <summary>All events so far, oldest first.</summary>
    public ImmutableList<LogEvent> Events => Volatile.Read(ref _events);

    /// <summary>A factory whose loggers write here only.</summary>
    public ILoggerFactory Factory { get; }

    /// <summary>The events with this number.</summary>
    public ImmutableList<LogEvent> WithId(int id) => Events.FindAll(e => e.Id.Id == id);

    /// <summary>The events of this level and above.</summary>
    public ImmutableList<LogEvent> AtLeast(LogLevel level) => Events.FindAll(e => e.Level >= level);

    /// <summary>Forgets everything captured so far.</summary>
    public void Clear() => Volatile.Write(ref _events, []);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>A logger of the category of <typeparamref name="T"/>.</summary>
    public ILogger<T> CreateLogger<T>() => new Logger<T>(Factory);

    /// <summary>Does nothing: what was captured stays readable after the host under test is gone.</summary>
    public void Dispose()
    {
    }

    private void Add(LogEvent logged) => ImmutableInterlocked.Update(ref _events, static (list, e) => list.Add(e), logged);

    private sealed class Logger(LogCapture owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= owner._minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var values = ImmutableDictionary<string, object?>.Empty;
            if (state is IReadOnlyList<KeyValuePair<string, object?>> pairs)
            {
                values = values.SetItems(pairs);
            }

            owner.Add(new LogEvent(category, logLevel, eventId, formatter(state, exception), exception, values));
        }
    }

    private sealed class SingleFactory(LogCapture owner) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => owner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) =>
            throw new NotSupportedException("This factory writes to its LogCapture only.");

        public void Dispose()
        {
        }
    }
}
