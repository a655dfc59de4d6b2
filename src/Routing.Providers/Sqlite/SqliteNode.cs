using Routing.Drivers;
using Routing.Sessions;

namespace Routing.Providers.Sqlite;

/// <summary>What every connection of one node shares. Immutable but for the watchdog, which is thread-safe.</summary>
internal sealed class SqliteNode(DriverContext context, LaneLayout lanes) : IAsyncDisposable
{
    private readonly long _tick = (long)(CommandWatchdog.Tick.TotalSeconds * context.Time.TimestampFrequency);

    /// <summary>What errors call it: <c>orders/a</c>.</summary>
    public string Name { get; } = $"{context.DataSource}/{context.Node}";

    public string DataSource { get; } = context.DataSource;

    public LaneLayout Lanes { get; } = lanes;

    public TimeProvider Time { get; } = context.Time;

    public TimeSpan CommandTimeout { get; } = context.Options.Timeouts.Command;

    /// <summary>How long to wait for a lock where no command's own time-out applies (BEGIN and COMMIT of the driver's transactions).</summary>
    public TimeSpan LockLimit { get; } = context.Options.Timeouts.Command is { Ticks: > 0 } limit ? limit : TimeSpan.MaxValue;

    public CommandWatchdog Watchdog { get; } = new(context.Time);

    /// <summary>The timestamp that is certainly not before <paramref name="seconds"/> from now: the watchdog's clock lags by up to a tick.</summary>
    public long DeadlineIn(int seconds) => Watchdog.Now + _tick + (seconds * Time.TimestampFrequency);

    public ValueTask DisposeAsync() => Watchdog.DisposeAsync();
}
