using System.Text;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>The same over the wire: what OpenTelemetry's own exporter sends to a collector.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class OtlpExportTests
{
    [Fact]
    public async Task A_collector_gets_spans_and_durations_and_no_values()
    {
        await using var receiver = new OtlpReceiver();
        await using var host = RoutedHost.OnSqlite("Data Source=:memory:");
        string root;
        using (var telemetry = new TelemetryCapture(receiver))
        {
            root = telemetry.Root.SpanId.ToHexString();
            var secret = "top-secret";
            await host.Database.ExecuteAsync("create table exported (id integer primary key, name text)");
            await host.Database.ExecuteAsync($"insert into exported (id, name) values ({4711L}, {secret})");
            await host.Database.TransactAsync(async (tx, ct) => await tx.ExecuteAsync("update exported set name = 'top-secret' where id = 4711", ct: ct));
            await Assert.ThrowsAnyAsync<Exception>(async () => await host.Database.ExecuteAsync($"insert into exported (id, name) values ({4711L}, {secret})"));
            telemetry.Flush();
        }

        var spans = receiver.Spans.Where(static span => span.Source == "Routing").ToList();
        Assert.Equal(["CREATE TABLE", "INSERT exported", "BEGIN", "UPDATE exported", "COMMIT", "TRANSACTION", "INSERT exported"], spans.Select(static span => span.Name));
        Assert.All(spans.Where(static span => span.Name != "TRANSACTION"), static span => Assert.Equal(("Client", "sqlite", "db"), (span.Kind, span["db.system.name"], span["routing.data_source"])));
        Assert.Equal(root, spans[0].ParentId);
        Assert.Equal(spans[5].SpanId, spans[3].ParentId);
        Assert.Equal(("Error", "", "1555"), (spans[^1].Status, spans[^1].StatusText, spans[^1]["db.response.status_code"]));
        Assert.Equal("insert into exported (id, name) values (@p0, @p1)", spans[1]["db.query.text"]);

        var series = receiver.Histograms.Where(static series => series.Name == "db.client.operation.duration" && series["db.query.summary"] == "INSERT exported").ToList();
        Assert.Equal([null, "1555"], series.Select(static series => series["db.response.status_code"]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(series, static series => Assert.Equal(("Routing", "s", 9), (series.Meter, series.Unit, series.Bounds.Length)));
        Assert.All(receiver.Bodies, static body =>
        {
            Assert.DoesNotContain("top-secret", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
            Assert.DoesNotContain("4711", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        });
    }
}
