using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Routing.Diagnostics;

namespace Routing.Pools;

/// <summary>
/// The pools' instruments, named by OpenTelemetry's conventions for database clients. Counts are read from the live
/// pools when a listener asks; a pool registers at birth and leaves at dispose. Thread-safe.
/// </summary>
internal static class PoolMeters
{
    public const string PoolTag = "db.client.connection.pool.name";
    public const string StateTag = "db.client.connection.state";
    public const string LaneTag = "routing.pool.lane";
    public const string DiscardTag = "routing.pool.discard.reason";
    public const string ResetTag = "routing.pool.reset.kind";

    public static readonly Histogram<double> CreateTime = RoutingMeter.CreateDuration(
        "db.client.connection.create_time", "The time it took to open a connection.");

    public static readonly Histogram<double> WaitTime = RoutingMeter.CreateDuration(
        "db.client.connection.wait_time", "The time it took to get a connection from the pool.");

    public static readonly Histogram<double> UseTime = RoutingMeter.CreateDuration(
        "db.client.connection.use_time", "The time between renting a connection and returning it.");

    public static readonly Counter<long> Timeouts = RoutingMeter.Meter.CreateCounter<long>(
        "db.client.connection.timeouts", "{timeout}", "Rents that ended because their time ran out.");

    public static readonly Counter<long> Rejections = RoutingMeter.Meter.CreateCounter<long>(
        "routing.pool.rejections", "{rejection}", "Rents refused because too many waited already.");

    public static readonly Counter<long> Leaks = RoutingMeter.Meter.CreateCounter<long>(
        "routing.pool.leaks", "{connection}", "Connections whose holder was never disposed.");

    private static readonly Counter<long> Discards = RoutingMeter.Meter.CreateCounter<long>(
        "routing.pool.discards", "{connection}", "Connections closed by their pool, by reason.");

    private static readonly Counter<long> Resets = RoutingMeter.Meter.CreateCounter<long>(
        "routing.pool.resets", "{reset}", "Returned connections that were reset, by kind.");

    /// <summary>Whether somebody listens to <see cref="WaitTime"/>; asked before any timestamp is taken.</summary>
    public static bool IsWaitTimed => Telemetry.IsSupported && WaitTime.Enabled;

    /// <summary>Whether somebody listens to <see cref="UseTime"/>; asked before any timestamp is taken.</summary>
    public static bool IsUseTimed => Telemetry.IsSupported && UseTime.Enabled;

    private static ImmutableArray<NodePool> _live = [];

    static PoolMeters()
    {
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "db.client.connection.count", ObserveCounts, "{connection}", "Connections by state.");
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "db.client.connection.max", static () => Observe(static lane => lane.Max), "{connection}", "The most connections allowed.");
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "db.client.connection.idle.max", static () => Observe(static lane => lane.Max), "{connection}", "The most idle connections allowed.");
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "db.client.connection.idle.min", static () => Observe(static lane => lane.MinIdle), "{connection}", "The idle connections kept ready.");
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "db.client.connection.pending_requests", static () => Observe(static lane => lane.GetStatistics().Waiting), "{request}", "Rents waiting for a connection.");
        RoutingMeter.Meter.CreateObservableUpDownCounter(
            "routing.pool.limit", ObserveLimits, "{connection}", "The most connections lent at once, by adaptive limit.");
    }

    /// <param name="reason">In words: one of a few.</param>
    public static void CountDiscard(in TagList tags, string reason)
    {
        if (Telemetry.IsSupported && Discards.Enabled)
        {
            Discards.Add(1, With(tags, DiscardTag, reason));
        }
    }

    /// <param name="isClean">Whether the connection may be used again.</param>
    /// <param name="isDeferred">Whether the reset goes to the server with the next command.</param>
    public static void CountReset(in TagList tags, bool isClean, bool isDeferred)
    {
        if (Telemetry.IsSupported && Resets.Enabled)
        {
            Resets.Add(1, With(tags, ResetTag, !isClean ? "failed" : isDeferred ? "deferred" : "done"));
        }
    }

    public static void Register(NodePool pool) => ImmutableInterlocked.Update(ref _live, static (live, added) => live.Add(added), pool);

    public static void Unregister(NodePool pool) => ImmutableInterlocked.Update(ref _live, static (live, removed) => live.Remove(removed), pool);

    public static bool IsRegistered(NodePool pool) => _live.Contains(pool);

    private static IEnumerable<Measurement<int>> Observe(Func<PoolLane, int> read)
    {
        foreach (var pool in _live)
        {
            foreach (var lane in pool.Lanes)
            {
                yield return new Measurement<int>(read(lane), lane.Tags);
            }
        }
    }

    private static IEnumerable<Measurement<int>> ObserveLimits()
    {
        foreach (var pool in _live)
        {
            foreach (var lane in pool.Lanes)
            {
                if (lane.Adaptive is { } adaptive)
                {
                    yield return new Measurement<int>(adaptive.Limit, lane.Tags);
                }
            }
        }
    }

    private static IEnumerable<Measurement<int>> ObserveCounts()
    {
        foreach (var pool in _live)
        {
            foreach (var lane in pool.Lanes)
            {
                var statistics = lane.GetStatistics();
                yield return new Measurement<int>(statistics.Idle, With(lane.Tags, StateTag, "idle"));
                yield return new Measurement<int>(statistics.Active, With(lane.Tags, StateTag, "used"));
            }
        }
    }

    private static TagList With(TagList tags, string tag, string value)
    {
        tags.Add(tag, value);
        return tags;
    }
}
