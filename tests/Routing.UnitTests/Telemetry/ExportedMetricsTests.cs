using Routing.Drivers;
using Routing.Sessions;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>Operations → the histogram that an exporter of OpenTelemetry's SDK gets.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class ExportedMetricsTests
{
    private static readonly double[] AdvisedBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

    [Fact]
    public async Task An_operation_is_measured_in_seconds_in_the_advised_buckets()
    {
        var time = new ManualTimeProvider();
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(time, configure: null, Answering(time, TimeSpan.FromMilliseconds(250)));
        await routing.Database.QueryAsync<long>("select value from measured_once where id = 4711");
        await routing.Database.QueryAsync<long>("select value from measured_once where id = 4712");

        var series = Assert.Single(Operations(telemetry, "SELECT measured_once"));
        Assert.Equal(("Routing", "s", 2L), (series.Meter, series.Unit, series.Count));
        Assert.Equal(0.5, series.Sum, precision: 9);
        Assert.Equal(AdvisedBounds, series.Bounds);
        Assert.Equal(
            [
                ("db.query.summary", "SELECT measured_once"),
                ("db.system.name", "fake"),
                ("routing.data_source", "fake"),
                ("routing.node", "a"),
                ("routing.reason", "OnlyNode"),
                ("routing.role", "Primary"),
            ],
            series.Attributes.Select(static tag => (tag.Key, (string)tag.Value!)));
        Assert.All(telemetry.Spans, static span => Assert.Equal(TimeSpan.FromMilliseconds(250), span.Duration));
    }

    [Fact]
    public async Task A_failure_is_a_series_of_its_own()
    {
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(new FakeDriver { Answer = static _ => throw new FakeDbException("secret words", ErrorClass.Statement) });
        await Assert.ThrowsAsync<FakeDbException>(async () => await routing.Database.QueryAsync<long>("select value from measured_failing"));

        var series = Assert.Single(Operations(telemetry, "SELECT measured_failing"));
        Assert.Equal((1L, "Routing.Testing.FakeDbException"), (series.Count, series["error.type"]));
        Assert.DoesNotContain(series.Attributes, static tag => tag.Value is string text && text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task However_many_texts_there_are_the_number_of_series_stays_bounded()
    {
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(new FakeDriver());
        for (var i = 0; i < QueryTexts.MaxSummaries + 50; i++)
        {
            await routing.Database.QueryAsync<long>($"select value from {Sql.Raw($"flood_{i}")}");
        }

        var series = telemetry.Histograms().Where(static series => series.Name == "db.client.operation.duration").ToList();
        Assert.Equal(QueryTexts.MaxSummaries, series.Count(static series => series["db.query.summary"]!.StartsWith("SELECT flood_", StringComparison.Ordinal)));
        Assert.Equal(50, Assert.Single(series, static series => series["db.query.summary"] == "_OTHER").Count);
        Assert.Equal(50, telemetry.Spans.Count(static span => span.Name == "_OTHER"));
    }

    [Fact]
    public async Task A_batch_is_measured_once()
    {
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(new FakeDriver());
        await routing.Database.ExecuteBatchAsync(new StatementBatch().Add("delete from measured_batch").Add("delete from measured_batch"));

        Assert.Equal(1, Assert.Single(Operations(telemetry, "BATCH DELETE measured_batch")).Count);
        Assert.Empty(Operations(telemetry, "DELETE measured_batch"));
    }

    [Fact]
    public async Task A_rerun_is_inside_its_operation_which_names_the_node_that_answered()
    {
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(
            new FakeDriver(), new FakeDriver { Answer = static _ => throw new FakeDbException("lost", ErrorClass.ConnectionLost) });
        await routing.Database.QueryAsync<long>("select value from measured_rerun");

        var span = Assert.Single(telemetry.Spans);
        Assert.Equal(("1", "a", "Unset"), (span["routing.reruns"], span["routing.node"], span.Status));
        Assert.Equal(("a", "Primary", "NoReplicaUsable"), (span["routing.node"], span["routing.role"], span["routing.reason"]));
        Assert.Equal(1, Assert.Single(Operations(telemetry, "SELECT measured_rerun")).Count);
    }

    [Fact]
    public async Task The_pools_durations_have_the_same_buckets()
    {
        using var telemetry = new TelemetryCapture();
        await using var routing = new FakeRouting(new FakeDriver());
        await routing.Database.QueryAsync<long>("select value from measured_pool");

        var pools = telemetry.Histograms().Where(static series => series.Name.StartsWith("db.client.connection.", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            ["db.client.connection.create_time", "db.client.connection.use_time", "db.client.connection.wait_time"],
            pools.Select(static series => series.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(pools, static series => Assert.Equal(AdvisedBounds, series.Bounds));
    }

    private static IEnumerable<ExportedHistogram> Operations(TelemetryCapture telemetry, string summary) =>
        telemetry.Histograms().Where(series => series.Name == "db.client.operation.duration" && series["db.query.summary"] == summary);

    private static FakeDriver Answering(ManualTimeProvider time, TimeSpan after) => new()
    {
        Answer = _ =>
        {
            time.Advance(after);
            return FakeResult.Empty;
        },
    };
}
